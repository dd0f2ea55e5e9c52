-- The inputs that are followed, each by one program: the one that holds it until `until_us` unless it says so again.
CREATE TABLE followed (
  id          TEXT NOT NULL PRIMARY KEY,
  source_type TEXT NOT NULL,
  label       TEXT NOT NULL,
  path        TEXT NOT NULL,
  holder      TEXT NOT NULL,
  until_us    BIGINT NOT NULL,
  state       TEXT NOT NULL,
  files       BIGINT NOT NULL,
  pending     BIGINT NOT NULL,
  since_us    BIGINT NOT NULL,
  looked_us   BIGINT NOT NULL,
  loaded_us   BIGINT,
  events      BIGINT NOT NULL,
  rejects     BIGINT NOT NULL,
  problem     TEXT,
  hint        TEXT,
  problem_us  BIGINT
) WITHOUT ROWID;

-- The runs of schedules, one for each time that one was due: whoever stores the row first runs it.
CREATE TABLE due_runs (
  schedule TEXT NOT NULL,
  due_us   BIGINT NOT NULL,
  holder   TEXT NOT NULL,
  until_us BIGINT NOT NULL,
  state    TEXT NOT NULL,
  began_us BIGINT NOT NULL,
  ended_us BIGINT,
  message  TEXT,
  PRIMARY KEY (schedule, due_us)
) WITHOUT ROWID;
