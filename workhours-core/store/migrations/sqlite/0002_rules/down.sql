DROP TABLE tombstones;
ALTER TABLE event_tags DROP COLUMN by_rule;
