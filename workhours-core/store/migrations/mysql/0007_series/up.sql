-- Events that belong together: all instances of a calendar entry, whose later version replaces them. A series is known by
-- 64 bits of the hash that its events have in their ids.
CREATE TABLE IF NOT EXISTS series (
  `id`             BIGINT NOT NULL PRIMARY KEY,
  `revision`       BIGINT NOT NULL,
  `file_id`        BIGINT NOT NULL,
  `newest_file_id` BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS series_events (
  `series_id` BIGINT NOT NULL,
  `event_id`  BINARY(16) NOT NULL,
  PRIMARY KEY (`series_id`, `event_id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
