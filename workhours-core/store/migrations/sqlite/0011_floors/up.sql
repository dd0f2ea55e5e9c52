-- From when on the events of a source type are kept. Older ones were removed, and are not loaded again.
CREATE TABLE floors (
  source_type TEXT NOT NULL PRIMARY KEY,
  floor_us    BIGINT NOT NULL
) WITHOUT ROWID;
