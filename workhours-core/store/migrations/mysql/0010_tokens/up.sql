-- The tokens of programs that send events. Only a hash of each is here, so that who reads the database can't use them.
CREATE TABLE IF NOT EXISTS tokens (
  `name`       VARCHAR(255) NOT NULL PRIMARY KEY,
  `hash`       LONGTEXT NOT NULL,
  `scope`      LONGTEXT NOT NULL,
  `sources`    LONGTEXT NOT NULL,
  `host`       LONGTEXT,
  `user`       LONGTEXT,
  `created_us` BIGINT NOT NULL,
  `expires_us` BIGINT,
  `used_us`    BIGINT
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 /*M! COLLATE=utf8mb4_nopad_bin */ /*!80000 COLLATE=utf8mb4_0900_bin */;
