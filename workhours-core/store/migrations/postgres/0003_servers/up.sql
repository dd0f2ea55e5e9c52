-- How often anything was purged, so that a load finds out when what it remembers may be gone; and the gate, a row
-- that servers' transactions lock: shared by those that load, alone by those that must be.
INSERT INTO counters (name, value) SELECT 'purge', count(*) FROM tombstones;
INSERT INTO counters (name, value) VALUES ('gate', 0);
