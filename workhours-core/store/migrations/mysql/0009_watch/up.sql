-- The inputs that are followed, each by one program: the one that holds it until `until_us` unless it says so again.
CREATE TABLE IF NOT EXISTS followed (
  `id`          VARCHAR(255) NOT NULL PRIMARY KEY,
  `source_type` LONGTEXT NOT NULL,
  `label`       LONGTEXT NOT NULL,
  `path`        LONGTEXT NOT NULL,
  `holder`      LONGTEXT NOT NULL,
  `until_us`    BIGINT NOT NULL,
  `state`       LONGTEXT NOT NULL,
  `files`       BIGINT NOT NULL,
  `pending`     BIGINT NOT NULL,
  `since_us`    BIGINT NOT NULL,
  `looked_us`   BIGINT NOT NULL,
  `loaded_us`   BIGINT,
  `events`      BIGINT NOT NULL,
  `rejects`     BIGINT NOT NULL,
  `problem`     LONGTEXT,
  `hint`        LONGTEXT,
  `problem_us`  BIGINT
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- The runs of schedules, one for each time that one was due: whoever stores the row first runs it.
CREATE TABLE IF NOT EXISTS due_runs (
  `schedule` VARCHAR(255) NOT NULL,
  `due_us`   BIGINT NOT NULL,
  `holder`   LONGTEXT NOT NULL,
  `until_us` BIGINT NOT NULL,
  `state`    LONGTEXT NOT NULL,
  `began_us` BIGINT NOT NULL,
  `ended_us` BIGINT,
  `message`  LONGTEXT,
  PRIMARY KEY (`schedule`, `due_us`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
