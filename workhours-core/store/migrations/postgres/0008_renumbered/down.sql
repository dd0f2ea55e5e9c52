ALTER TABLE files DROP COLUMN first_date;
DROP TABLE renumbered;
