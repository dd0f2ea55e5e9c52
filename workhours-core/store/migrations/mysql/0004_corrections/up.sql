-- What the user knows better than the traces: stretches of time to be added to the hours, taken away, moved or named.
-- Never events or sessions, which may be loaded anew. Nothing is changed or deleted here; to undo is one more row.
CREATE TABLE IF NOT EXISTS corrections (
  `id`       BIGINT NOT NULL PRIMARY KEY,
  `made_us`  BIGINT NOT NULL,
  `kind`     LONGTEXT NOT NULL,
  `from_us`  BIGINT NOT NULL,
  `until_us` BIGINT NOT NULL,
  `to_us`    BIGINT,
  `label`    LONGTEXT,
  `note`     LONGTEXT
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
INSERT INTO counters (`name`, `value`) VALUES ('correction', 0)
  ON DUPLICATE KEY UPDATE `value` = `value`;

-- Reports with their settings, by a name of the user's.
CREATE TABLE IF NOT EXISTS saved_reports (
  `name`       VARCHAR(255) NOT NULL PRIMARY KEY,
  `arguments`  LONGTEXT NOT NULL,
  `created_us` BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
