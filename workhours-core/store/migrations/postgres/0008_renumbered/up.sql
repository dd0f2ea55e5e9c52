-- An equal record of another file of the same rotated log had the number: `given` is the id the record has instead of the
-- one that its place among the equal records of its own file would give it.
CREATE TABLE renumbered (
  file_id BIGINT NOT NULL,
  id      BYTEA NOT NULL,
  given   BYTEA NOT NULL,
  PRIMARY KEY (file_id, id)
);

-- The time of a file's first record, where it is known: with last_date, the time that the file spans.
ALTER TABLE files ADD COLUMN first_date BIGINT;
