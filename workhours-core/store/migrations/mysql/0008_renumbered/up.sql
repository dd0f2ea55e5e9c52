-- An equal record of another file of the same rotated log had the number: `given` is the id the record has instead of the
-- one that its place among the equal records of its own file would give it.
CREATE TABLE IF NOT EXISTS renumbered (
  `file_id` BIGINT NOT NULL,
  `id`      BINARY(16) NOT NULL,
  `given`   BINARY(16) NOT NULL,
  PRIMARY KEY (`file_id`, `id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- The time of a file's first record, where it is known: with last_date, the time that the file spans.
ALTER TABLE files ADD COLUMN /*M! IF NOT EXISTS */ `first_date` BIGINT;
