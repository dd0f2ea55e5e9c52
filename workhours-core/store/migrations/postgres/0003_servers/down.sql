DELETE FROM counters WHERE name IN ('purge', 'gate');
