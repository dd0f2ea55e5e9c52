DROP TABLE saved_reports;
DROP TABLE corrections;
DELETE FROM counters WHERE name = 'correction';
