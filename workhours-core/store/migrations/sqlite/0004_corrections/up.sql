-- What the user knows better than the traces: stretches of time to be added to the hours, taken away, moved or named.
-- Never events or sessions, which may be loaded anew. Nothing is changed or deleted here; to undo is one more row.
CREATE TABLE corrections (
  id       BIGINT PRIMARY KEY NOT NULL,
  made_us  BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  from_us  BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  to_us    BIGINT,
  label    TEXT,
  note     TEXT
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('correction', 0);

-- Reports with their settings, by a name of the user's.
CREATE TABLE saved_reports (
  name       TEXT PRIMARY KEY NOT NULL,
  arguments  TEXT NOT NULL,
  created_us BIGINT NOT NULL
) WITHOUT ROWID;
