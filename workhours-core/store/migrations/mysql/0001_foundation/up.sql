-- The foundation: every table of the data model. Times are microseconds since 1970 UTC, ids of events
-- 16 bytes in order of time, JSON is text. There is no secondary index on events on purpose: the clustered
-- key answers time ranges, and an index on a scattered column would cost more than the load itself.
--
-- Text sorts and compares by its bytes, trailing spaces included, as it does in the other backends: MariaDB and
-- MySQL 8 have a collation for it each, and read each other's as a comment. Text that is part of a key is limited to
-- 255 characters there. What identifies an input is too long for a unique index; the lock on its counter keeps it
-- unique.
--
-- Each statement commits by itself there. So all can be run again, should a first run be cut short.

CREATE TABLE IF NOT EXISTS meta (
  `key`   VARCHAR(255) NOT NULL PRIMARY KEY,
  `value`   LONGTEXT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- Dense numbers, handed out under the row's lock.
CREATE TABLE IF NOT EXISTS counters (
  `name`VARCHAR(255) NOT NULL PRIMARY KEY,
  `value`   BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS queues (
  `source_type` VARCHAR(255) NOT NULL PRIMARY KEY,
  `activity`    LONGTEXT NOT NULL,
  `created_us`  BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS inputs (
  `id`          BIGINT NOT NULL PRIMARY KEY,
  `source_type` VARCHAR(255) NOT NULL,
  `label`       VARCHAR(255) NOT NULL,
  `path`        LONGTEXT NOT NULL,
  `scope`       VARCHAR(255) NOT NULL,
  `host`        LONGTEXT,
  `user`        LONGTEXT,
  `timezone`    LONGTEXT NOT NULL,
  `activity`    LONGTEXT NOT NULL,
  `options`     LONGTEXT NOT NULL,
  `created_us`  BIGINT NOT NULL,
  INDEX inputs_by_name (`source_type`, `label`(100), `scope`(100), `path`(190))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- A logical file: known by its head or, for a whole document, by its content; never by its name.
CREATE TABLE IF NOT EXISTS files (
  `id`             BIGINT NOT NULL PRIMARY KEY,
  `source_type`    VARCHAR(255) NOT NULL,
  `scope`          VARCHAR(255) NOT NULL,
  `input_id`       BIGINT NOT NULL,
  `path`           LONGTEXT NOT NULL,
  `head_len`       BIGINT NOT NULL,
  `head_hash`      VARBINARY(64) NOT NULL,
  `predecessor_id` BIGINT,
  `carry`          LONGBLOB NOT NULL,
  `timezone`       LONGTEXT NOT NULL,
  `tz_version`     LONGTEXT NOT NULL,
  `reference_secs` BIGINT NOT NULL,
  `has_local`      BOOLEAN NOT NULL,
  `last_date`      BIGINT,
  `created_us`     BIGINT NOT NULL,
  INDEX files_by_head (`source_type`, `scope`, `head_len`, `head_hash`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- Where a logical file was last seen, to know it again without reading it.
CREATE TABLE IF NOT EXISTS sightings (
  `path_key`    VARBINARY(64) NOT NULL,
  `source_type` VARCHAR(255) NOT NULL,
  `scope`       VARCHAR(255) NOT NULL,
  `path`        LONGTEXT NOT NULL,
  `file_id`     BIGINT NOT NULL,
  `stat`        LONGTEXT NOT NULL,
  `seen_us`     BIGINT NOT NULL,
  PRIMARY KEY (`path_key`, `source_type`, `scope`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- How far a logical file has been read. Written in the transaction of the batch it belongs to.
CREATE TABLE IF NOT EXISTS cursors (
  `file_id`         BIGINT NOT NULL PRIMARY KEY,
  `offset`          BIGINT NOT NULL,
  `lines`           BIGINT NOT NULL,
  `state`           LONGBLOB NOT NULL,
  `warm_offset`     BIGINT NOT NULL,
  `warm_lines`      BIGINT NOT NULL,
  `warm_state`      LONGBLOB NOT NULL,
  `tail_offset`     BIGINT NOT NULL,
  `tail_len`        BIGINT NOT NULL,
  `tail_hash`       VARBINARY(64) NOT NULL,
  `provisional_id`  BINARY(16),
  `provisional_len` BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- Which object of the filestore holds which bytes of a logical file.
CREATE TABLE IF NOT EXISTS segments (
  `file_id` BIGINT NOT NULL,
  `start`   BIGINT NOT NULL,
  `length`  BIGINT NOT NULL,
  `object`  LONGTEXT NOT NULL,
  `created_us` BIGINT NOT NULL,
  PRIMARY KEY (`file_id`, `start`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS tasks (
  `id`          BIGINT NOT NULL PRIMARY KEY,
  `source_type` LONGTEXT NOT NULL,
  `input_id`    BIGINT NOT NULL,
  `file_id`     BIGINT,
  `path`        LONGTEXT NOT NULL,
  `state`       LONGTEXT NOT NULL,
  `records`     BIGINT NOT NULL,
  `events`      BIGINT NOT NULL,
  `inserted`    BIGINT NOT NULL,
  `duplicates`  BIGINT NOT NULL,
  `updated`     BIGINT NOT NULL,
  `rejected`    BIGINT NOT NULL,
  `ignored`     BIGINT NOT NULL,
  `bytes`       BIGINT NOT NULL,
  `started_us`  BIGINT NOT NULL,
  `elapsed_ms`  BIGINT NOT NULL,
  `error`       LONGTEXT,
  `cursor_before` LONGTEXT
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS batches (
  `seq`     BIGINT NOT NULL PRIMARY KEY,
  `id`      BIGINT NOT NULL UNIQUE,
  `task_id` BIGINT NOT NULL,
  `kind`    VARCHAR(255) NOT NULL,
  `min_id`  BINARY(16),
  `max_id`  BINARY(16),
  `n`       BIGINT NOT NULL,
  `committed_us` BIGINT NOT NULL,
  INDEX batches_by_task (`task_id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS events (
  `id`          BINARY(16) NOT NULL PRIMARY KEY,
  `date`        BIGINT,
  `offset_min`  SMALLINT,
  `precision`   SMALLINT NOT NULL,
  `flags`       INTEGER NOT NULL,
  `duration_us` BIGINT,
  `kind`        LONGTEXT NOT NULL,
  `source_type` VARCHAR(255) NOT NULL,
  `input_id`    BIGINT NOT NULL,
  `task_id`     BIGINT NOT NULL,
  `batch_id`    BIGINT NOT NULL,
  `place_id`    BIGINT,
  `referrer_id` BIGINT,
  `agent_id`    BIGINT,
  `url`         LONGTEXT,
  `title`       LONGTEXT,
  `text`        LONGTEXT,
  `host`        LONGTEXT,
  `user`        LONGTEXT,
  `meta`        LONGTEXT,
  `file_id`     BIGINT NOT NULL,
  `file_offset` BIGINT NOT NULL,
  `file_length` BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

-- What changed in events that were there before: deletes, updates, tags. Same numbering as batches.
CREATE TABLE IF NOT EXISTS changes (
  `seq`      BIGINT NOT NULL,
  `event_id` BINARY(16) NOT NULL,
  `kind`     VARCHAR(255) NOT NULL,
  PRIMARY KEY (`seq`, `event_id`, `kind`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS places (
  `id`       BIGINT NOT NULL PRIMARY KEY,
  `url`      LONGTEXT NOT NULL,
  `scheme`   LONGTEXT NOT NULL,
  `host`     LONGTEXT,
  `port`     INTEGER,
  `path`     LONGTEXT NOT NULL,
  `query`    LONGTEXT,
  `fragment` LONGTEXT
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS agents (
  `id`    BIGINT NOT NULL PRIMARY KEY,
  `agent` LONGTEXT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS tags (
  `id`  BIGINT NOT NULL PRIMARY KEY,
  `tag` LONGTEXT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS event_tags (
  `event_id` BINARY(16) NOT NULL,
  `tag_id`   BIGINT NOT NULL,
  `by_rule`  BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (`event_id`, `tag_id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS rejects (
  `file_id`     BIGINT NOT NULL,
  `file_offset` BIGINT NOT NULL,
  `file_length` BIGINT NOT NULL,
  `line`        BIGINT NOT NULL,
  `code`        LONGTEXT NOT NULL,
  `reason`      LONGTEXT NOT NULL,
  `excerpt`     LONGTEXT NOT NULL,
  `provisional` BOOLEAN NOT NULL,
  `input_id`    BIGINT NOT NULL,
  `task_id`     BIGINT NOT NULL,
  `batch_id`    BIGINT NOT NULL,
  PRIMARY KEY (`file_id`, `file_offset`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS saved_searches (
  `name`       VARCHAR(255) NOT NULL PRIMARY KEY,
  `query`      LONGTEXT NOT NULL,
  `created_us` BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

INSERT INTO counters (`name`, `value`) VALUES ('seq', 0), ('batch', 0), ('task', 0), ('input', 0), ('file', 0)
  ON DUPLICATE KEY UPDATE `value` = `value`;
