-- Tags that a rule of the user's gave, which it may take away again, beside those of the source.
ALTER TABLE event_tags ADD COLUMN by_rule BOOLEAN NOT NULL DEFAULT FALSE;

-- What was purged, so that no later load brings it back: the ids of events, and of rejects a hash of their place.
CREATE TABLE tombstones (
  id        BYTEA PRIMARY KEY,
  purged_us BIGINT NOT NULL
);
