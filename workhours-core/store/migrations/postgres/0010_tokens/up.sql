-- The tokens of programs that send events. Only a hash of each is here, so that who reads the database can't use them.
CREATE TABLE tokens (
  name       TEXT NOT NULL PRIMARY KEY,
  hash       TEXT NOT NULL,
  scope      TEXT NOT NULL,
  sources    TEXT NOT NULL,
  host       TEXT,
  "user"     TEXT,
  created_us BIGINT NOT NULL,
  expires_us BIGINT,
  used_us    BIGINT
);
