-- Nothing: on PostgreSQL 2026-11-21-000006_meetings holds measures to their meetings already. On SQLite triggers do from here on.
SELECT 1;
