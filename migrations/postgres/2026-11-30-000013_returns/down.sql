ALTER TABLE retired_sectors DROP COLUMN back;
