-- The foundation: every table of the data model. Times are microseconds since 1970 UTC, ids of events
-- 16 bytes in order of time, JSON is text. There is no secondary index on events on purpose: the clustered
-- key answers time ranges, and an index on a scattered column would cost more than the load itself.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Dense numbers, handed out under the row's lock.
CREATE TABLE counters (
  name  TEXT PRIMARY KEY NOT NULL,
  value BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE queues (
  source_type TEXT PRIMARY KEY NOT NULL,
  activity    TEXT NOT NULL,
  created_us  BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE inputs (
  id          BIGINT PRIMARY KEY NOT NULL,
  source_type TEXT NOT NULL,
  label       TEXT NOT NULL,
  path        TEXT NOT NULL,
  scope       TEXT NOT NULL,
  host        TEXT,
  user        TEXT,
  timezone    TEXT NOT NULL,
  activity    TEXT NOT NULL,
  options     TEXT NOT NULL,
  created_us  BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX inputs_by_name ON inputs (source_type, label, path, scope);

-- A logical file: known by its head or, for a whole document, by its content; never by its name.
CREATE TABLE files (
  id             BIGINT PRIMARY KEY NOT NULL,
  source_type    TEXT NOT NULL,
  scope          TEXT NOT NULL,
  input_id       BIGINT NOT NULL,
  path           TEXT NOT NULL,
  head_len       BIGINT NOT NULL,
  head_hash      BLOB NOT NULL,
  predecessor_id BIGINT,
  carry          BLOB NOT NULL,
  timezone       TEXT NOT NULL,
  tz_version     TEXT NOT NULL,
  reference_secs BIGINT NOT NULL,
  has_local      BOOLEAN NOT NULL,
  last_date      BIGINT,
  created_us     BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_head ON files (source_type, scope, head_len, head_hash);

-- Where a logical file was last seen, to know it again without reading it.
CREATE TABLE sightings (
  path_key    BLOB NOT NULL,
  source_type TEXT NOT NULL,
  scope       TEXT NOT NULL,
  path        TEXT NOT NULL,
  file_id     BIGINT NOT NULL,
  stat        TEXT NOT NULL,
  seen_us     BIGINT NOT NULL,
  PRIMARY KEY (path_key, source_type, scope)
) WITHOUT ROWID;

-- How far a logical file has been read. Written in the transaction of the batch it belongs to.
CREATE TABLE cursors (
  file_id         BIGINT PRIMARY KEY NOT NULL,
  offset          BIGINT NOT NULL,
  lines           BIGINT NOT NULL,
  state           BLOB NOT NULL,
  warm_offset     BIGINT NOT NULL,
  warm_lines      BIGINT NOT NULL,
  warm_state      BLOB NOT NULL,
  tail_offset     BIGINT NOT NULL,
  tail_len        BIGINT NOT NULL,
  tail_hash       BLOB NOT NULL,
  provisional_id  BLOB,
  provisional_len BIGINT NOT NULL
) WITHOUT ROWID;

-- Which object of the filestore holds which bytes of a logical file.
CREATE TABLE segments (
  file_id BIGINT NOT NULL,
  start   BIGINT NOT NULL,
  length  BIGINT NOT NULL,
  object  TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (file_id, start)
) WITHOUT ROWID;

CREATE TABLE tasks (
  id          BIGINT PRIMARY KEY NOT NULL,
  source_type TEXT NOT NULL,
  input_id    BIGINT NOT NULL,
  file_id     BIGINT,
  path        TEXT NOT NULL,
  state       TEXT NOT NULL,
  records     BIGINT NOT NULL,
  events      BIGINT NOT NULL,
  inserted    BIGINT NOT NULL,
  duplicates  BIGINT NOT NULL,
  updated     BIGINT NOT NULL,
  rejected    BIGINT NOT NULL,
  ignored     BIGINT NOT NULL,
  bytes       BIGINT NOT NULL,
  started_us  BIGINT NOT NULL,
  elapsed_ms  BIGINT NOT NULL,
  error       TEXT,
  cursor_before TEXT
) WITHOUT ROWID;

CREATE TABLE batches (
  seq     BIGINT PRIMARY KEY NOT NULL,
  id      BIGINT NOT NULL UNIQUE,
  task_id BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  min_id  BLOB,
  max_id  BLOB,
  n       BIGINT NOT NULL,
  committed_us BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_by_task ON batches (task_id);

CREATE TABLE events (
  id          BLOB PRIMARY KEY NOT NULL,
  date        BIGINT,
  offset_min  SMALLINT,
  precision   SMALLINT NOT NULL,
  flags       INTEGER NOT NULL,
  duration_us BIGINT,
  kind        TEXT NOT NULL,
  source_type TEXT NOT NULL,
  input_id    BIGINT NOT NULL,
  task_id     BIGINT NOT NULL,
  batch_id    BIGINT NOT NULL,
  place_id    BIGINT,
  referrer_id BIGINT,
  agent_id    BIGINT,
  url         TEXT,
  title       TEXT,
  text        TEXT,
  host        TEXT,
  user        TEXT,
  meta        TEXT,
  file_id     BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  file_length BIGINT NOT NULL
) WITHOUT ROWID;

-- What changed in events that were there before: deletes, updates, tags. Same numbering as batches.
CREATE TABLE changes (
  seq      BIGINT NOT NULL,
  event_id BLOB NOT NULL,
  kind     TEXT NOT NULL,
  PRIMARY KEY (seq, event_id, kind)
) WITHOUT ROWID;

CREATE TABLE places (
  id       BIGINT PRIMARY KEY NOT NULL,
  url      TEXT NOT NULL,
  scheme   TEXT NOT NULL,
  host     TEXT,
  port     INTEGER,
  path     TEXT NOT NULL,
  query    TEXT,
  fragment TEXT
) WITHOUT ROWID;

CREATE TABLE agents (
  id    BIGINT PRIMARY KEY NOT NULL,
  agent TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tags (
  id  BIGINT PRIMARY KEY NOT NULL,
  tag TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE event_tags (
  event_id BLOB NOT NULL,
  tag_id   BIGINT NOT NULL,
  PRIMARY KEY (event_id, tag_id)
) WITHOUT ROWID;

CREATE TABLE rejects (
  file_id     BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  file_length BIGINT NOT NULL,
  line        BIGINT NOT NULL,
  code        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  excerpt     TEXT NOT NULL,
  provisional BOOLEAN NOT NULL,
  input_id    BIGINT NOT NULL,
  task_id     BIGINT NOT NULL,
  batch_id    BIGINT NOT NULL,
  PRIMARY KEY (file_id, file_offset)
) WITHOUT ROWID;

CREATE TABLE saved_searches (
  name       TEXT PRIMARY KEY NOT NULL,
  query      TEXT NOT NULL,
  created_us BIGINT NOT NULL
) WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('seq', 0), ('batch', 0), ('task', 0), ('input', 0), ('file', 0);
