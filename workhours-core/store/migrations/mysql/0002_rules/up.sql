-- What was purged, so that no later load brings it back: the ids of events, and of rejects a hash of their place.
-- The mark on tags that a rule gave is in the foundation already: there is no way to add a column that can be run again.
CREATE TABLE IF NOT EXISTS tombstones (
  id        BINARY(16) NOT NULL PRIMARY KEY,
  purged_us BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4;
