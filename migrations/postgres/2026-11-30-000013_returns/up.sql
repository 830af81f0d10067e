-- The fortnight in which a sector that had left came back, because the revision that left it out was returned: from then on what was reported
-- for it before is its last value again. Nothing: it has not come back that way.
ALTER TABLE retired_sectors ADD COLUMN back INTEGER;
