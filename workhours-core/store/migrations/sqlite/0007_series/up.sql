-- Events that belong together: all instances of a calendar entry, whose later version replaces them. A series is known by
-- 64 bits of the hash that its events have in their ids.
CREATE TABLE series (
  id             BIGINT NOT NULL PRIMARY KEY,
  revision       BIGINT NOT NULL,
  file_id        BIGINT NOT NULL,
  newest_file_id BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE series_events (
  series_id BIGINT NOT NULL,
  event_id  BLOB NOT NULL,
  PRIMARY KEY (series_id, event_id)
) WITHOUT ROWID;
