DROP TABLE retired_sectors;
ALTER TABLE indicators DROP COLUMN has_counted_persons;
ALTER TABLE indicators DROP COLUMN counts;
