-- There is nothing before the foundation.
SELECT 1;
