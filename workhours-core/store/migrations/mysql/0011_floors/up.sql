-- From when on the events of a source type are kept. Older ones were removed, and are not loaded again.
CREATE TABLE IF NOT EXISTS floors (
  `source_type` VARCHAR(255) NOT NULL PRIMARY KEY,
  `floor_us`    BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
