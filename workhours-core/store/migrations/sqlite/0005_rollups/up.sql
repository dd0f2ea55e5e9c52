-- Sums of events, so that reports need not read each of them. They are a cache: what a load, a purge or a tag touches is
-- marked here, a day at a time, and summed up anew from the events before a report next relies on it.
CREATE TABLE rollup_dirty (
  day BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (day, seq)
) WITHOUT ROWID;

-- Of each UTC day and each input, packed: the values its events have in a field, with how many, when, and in which
-- quarters of an hour. Fields: 0 kind, 1 host, 2 user, 3 domain, 4 tag; and 5, the minutes in which there was any.
CREATE TABLE rollup_days (
  field    SMALLINT NOT NULL,
  day      BIGINT NOT NULL,
  input_id BIGINT NOT NULL,
  sums     BLOB NOT NULL,
  PRIMARY KEY (field, day, input_id)
) WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('rollup', 0);

-- Whatever was loaded before is yet to be summed up. Undated events have a day of their own, the last there is.
INSERT INTO rollup_dirty (day, seq)
SELECT DISTINCT CASE
    WHEN date IS NULL THEN 2147483647
    WHEN date < 0 THEN (date - 86399999999) / 86400000000
    ELSE date / 86400000000
  END, 0
FROM events;
