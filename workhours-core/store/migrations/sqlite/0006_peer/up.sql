-- The other end of what happened: the client of a request, the machine a login came from. host is the machine where it
-- happened.
ALTER TABLE events ADD COLUMN peer TEXT;

-- Events of these source types had the other end in host. It is moved in ranges of their key, so that it can be
-- interrupted; this row goes when all is done.
INSERT INTO meta (key, value) VALUES ('move_host_to_peer', 'log.http log.wtmp');

-- Whose hours a correction is about, and who made it; no person is me.
ALTER TABLE corrections ADD COLUMN person TEXT;
ALTER TABLE corrections ADD COLUMN made_by TEXT;

-- Sums by minute tell users apart from now on.
DELETE FROM rollup_days;
INSERT OR IGNORE INTO rollup_dirty (day, seq)
SELECT DISTINCT CASE
    WHEN date IS NULL THEN 2147483647
    WHEN date < 0 THEN (date - 86399999999) / 86400000000
    ELSE date / 86400000000
  END, 0
FROM events;
