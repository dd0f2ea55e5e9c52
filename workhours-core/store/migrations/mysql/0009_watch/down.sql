DROP TABLE due_runs;
DROP TABLE followed;
