DROP TABLE rollup_days;
DROP TABLE rollup_dirty;
DELETE FROM counters WHERE name = 'rollup';
