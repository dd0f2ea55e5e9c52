DELETE FROM meta WHERE key = 'move_host_to_peer';
ALTER TABLE events DROP COLUMN peer;
ALTER TABLE corrections DROP COLUMN person;
ALTER TABLE corrections DROP COLUMN made_by;
