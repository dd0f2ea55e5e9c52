-- The foundation: every table of the data model. Times are microseconds since 1970 UTC, ids of events
-- 16 bytes in order of time, JSON is text. Text sorts by its bytes, as it does in the other backends. There is no
-- secondary index on events on purpose: the key answers time ranges, and an index on a scattered column would cost
-- more than the load itself.

CREATE TABLE meta (
  key   TEXT COLLATE "C" PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

-- Dense numbers, handed out under the row's lock.
CREATE TABLE counters (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value BIGINT NOT NULL
);

CREATE TABLE queues (
  source_type TEXT COLLATE "C" PRIMARY KEY,
  activity    TEXT COLLATE "C" NOT NULL,
  created_us  BIGINT NOT NULL
);

CREATE TABLE inputs (
  id          BIGINT PRIMARY KEY,
  source_type TEXT COLLATE "C" NOT NULL,
  label       TEXT COLLATE "C" NOT NULL,
  path        TEXT COLLATE "C" NOT NULL,
  scope       TEXT COLLATE "C" NOT NULL,
  host        TEXT COLLATE "C",
  "user"      TEXT COLLATE "C",
  timezone    TEXT COLLATE "C" NOT NULL,
  activity    TEXT COLLATE "C" NOT NULL,
  options     TEXT COLLATE "C" NOT NULL,
  created_us  BIGINT NOT NULL
);
-- A path may be longer than an index entry.
CREATE UNIQUE INDEX inputs_by_name ON inputs (source_type, label, md5(path), scope);

-- A logical file: known by its head or, for a whole document, by its content; never by its name.
CREATE TABLE files (
  id             BIGINT PRIMARY KEY,
  source_type    TEXT COLLATE "C" NOT NULL,
  scope          TEXT COLLATE "C" NOT NULL,
  input_id       BIGINT NOT NULL,
  path           TEXT COLLATE "C" NOT NULL,
  head_len       BIGINT NOT NULL,
  head_hash      BYTEA NOT NULL,
  predecessor_id BIGINT,
  carry          BYTEA NOT NULL,
  timezone       TEXT COLLATE "C" NOT NULL,
  tz_version     TEXT COLLATE "C" NOT NULL,
  reference_secs BIGINT NOT NULL,
  has_local      BOOLEAN NOT NULL,
  last_date      BIGINT,
  created_us     BIGINT NOT NULL
);
CREATE INDEX files_by_head ON files (source_type, scope, head_len, head_hash);

-- Where a logical file was last seen, to know it again without reading it.
CREATE TABLE sightings (
  path_key    BYTEA NOT NULL,
  source_type TEXT COLLATE "C" NOT NULL,
  scope       TEXT COLLATE "C" NOT NULL,
  path        TEXT COLLATE "C" NOT NULL,
  file_id     BIGINT NOT NULL,
  stat        TEXT COLLATE "C" NOT NULL,
  seen_us     BIGINT NOT NULL,
  PRIMARY KEY (path_key, source_type, scope)
);

-- How far a logical file has been read. Written in the transaction of the batch it belongs to.
CREATE TABLE cursors (
  file_id         BIGINT PRIMARY KEY,
  "offset"        BIGINT NOT NULL,
  lines           BIGINT NOT NULL,
  state           BYTEA NOT NULL,
  warm_offset     BIGINT NOT NULL,
  warm_lines      BIGINT NOT NULL,
  warm_state      BYTEA NOT NULL,
  tail_offset     BIGINT NOT NULL,
  tail_len        BIGINT NOT NULL,
  tail_hash       BYTEA NOT NULL,
  provisional_id  BYTEA,
  provisional_len BIGINT NOT NULL
);

-- Which object of the filestore holds which bytes of a logical file.
CREATE TABLE segments (
  file_id BIGINT NOT NULL,
  "start" BIGINT NOT NULL,
  length  BIGINT NOT NULL,
  object  TEXT COLLATE "C" NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (file_id, "start")
);

CREATE TABLE tasks (
  id          BIGINT PRIMARY KEY,
  source_type TEXT COLLATE "C" NOT NULL,
  input_id    BIGINT NOT NULL,
  file_id     BIGINT,
  path        TEXT COLLATE "C" NOT NULL,
  state       TEXT COLLATE "C" NOT NULL,
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
  error       TEXT COLLATE "C",
  cursor_before TEXT COLLATE "C"
);

CREATE TABLE batches (
  seq     BIGINT PRIMARY KEY,
  id      BIGINT NOT NULL UNIQUE,
  task_id BIGINT NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  min_id  BYTEA,
  max_id  BYTEA,
  n       BIGINT NOT NULL,
  committed_us BIGINT NOT NULL
);
CREATE INDEX batches_by_task ON batches (task_id);

CREATE TABLE events (
  id          BYTEA PRIMARY KEY,
  "date"      BIGINT,
  offset_min  SMALLINT,
  "precision" SMALLINT NOT NULL,
  flags       INTEGER NOT NULL,
  duration_us BIGINT,
  kind        TEXT COLLATE "C" NOT NULL,
  source_type TEXT COLLATE "C" NOT NULL,
  input_id    BIGINT NOT NULL,
  task_id     BIGINT NOT NULL,
  batch_id    BIGINT NOT NULL,
  place_id    BIGINT,
  referrer_id BIGINT,
  agent_id    BIGINT,
  url         TEXT COLLATE "C",
  title       TEXT COLLATE "C",
  "text"      TEXT COLLATE "C",
  host        TEXT COLLATE "C",
  "user"      TEXT COLLATE "C",
  meta        TEXT COLLATE "C",
  file_id     BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  file_length BIGINT NOT NULL
);

-- What changed in events that were there before: deletes, updates, tags. Same numbering as batches.
CREATE TABLE changes (
  seq      BIGINT NOT NULL,
  event_id BYTEA NOT NULL,
  kind     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (seq, event_id, kind)
);

CREATE TABLE places (
  id       BIGINT PRIMARY KEY,
  url      TEXT COLLATE "C" NOT NULL,
  scheme   TEXT COLLATE "C" NOT NULL,
  host     TEXT COLLATE "C",
  port     INTEGER,
  path     TEXT COLLATE "C" NOT NULL,
  query    TEXT COLLATE "C",
  fragment TEXT COLLATE "C"
);

CREATE TABLE agents (
  id    BIGINT PRIMARY KEY,
  agent TEXT COLLATE "C" NOT NULL
);

CREATE TABLE tags (
  id  BIGINT PRIMARY KEY,
  tag TEXT COLLATE "C" NOT NULL
);

CREATE TABLE event_tags (
  event_id BYTEA NOT NULL,
  tag_id   BIGINT NOT NULL,
  PRIMARY KEY (event_id, tag_id)
);

CREATE TABLE rejects (
  file_id     BIGINT NOT NULL,
  file_offset BIGINT NOT NULL,
  file_length BIGINT NOT NULL,
  line        BIGINT NOT NULL,
  code        TEXT COLLATE "C" NOT NULL,
  reason      TEXT COLLATE "C" NOT NULL,
  excerpt     TEXT COLLATE "C" NOT NULL,
  provisional BOOLEAN NOT NULL,
  input_id    BIGINT NOT NULL,
  task_id     BIGINT NOT NULL,
  batch_id    BIGINT NOT NULL,
  PRIMARY KEY (file_id, file_offset)
);

CREATE TABLE saved_searches (
  name       TEXT COLLATE "C" PRIMARY KEY,
  query      TEXT COLLATE "C" NOT NULL,
  created_us BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('seq', 0), ('batch', 0), ('task', 0), ('input', 0), ('file', 0);
