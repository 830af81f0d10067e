-- What an indicator counts: PERSONS, ACTS_ON_PERSONS, ACTS, MASS, MONEY, SCORE, STOCK or HOURS; nothing for a RATIO. Numbers from 1 to 4 of persons and
-- of acts on persons are hidden in publications, whatever the unit is called. Indicators that nobody said it of count persons, the safe way.
ALTER TABLE indicators ADD COLUMN counts TEXT COLLATE "C";
-- Whether it counts persons, or did by an earlier definition: what was hidden then is not laid open by a later one.
ALTER TABLE indicators ADD COLUMN has_counted_persons BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE indicators SET counts = 'PERSONS' WHERE aggregation <> 'RATIO';
UPDATE indicators SET counts = 'ACTS_ON_PERSONS'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('AFD_USAGE', 'GAV_ILS', 'ENQUETES', 'ENQUETES_GIR', 'ENQUETES_PATRIMOINE', 'RESEAUX');
UPDATE indicators SET counts = 'ACTS'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('OPS_CP', 'ARMES', 'REUNIONS_ECOLE', 'DIAG_SURETE');
UPDATE indicators SET counts = 'MASS'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('CANNABIS_KG', 'COCAINE_KG', 'HEROINE_KG');
UPDATE indicators SET counts = 'MONEY'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('AVOIRS_EUR', 'FISCAL_EUR');
UPDATE indicators SET counts = 'HOURS'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('PRESENCE_H');
UPDATE indicators SET counts = 'STOCK'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('POINTS_DEAL');
UPDATE indicators SET counts = 'SCORE'
WHERE department_code IS NULL AND aggregation <> 'RATIO' AND code IN ('PHYSIONOMIE');
UPDATE indicators SET has_counted_persons = TRUE WHERE counts IN ('PERSONS', 'ACTS_ON_PERSONS');
-- Sectors that a plan in force held and the one after it does not, with the fortnight in which that was transmitted. A last value that was
-- reported for one before is not carried on: others stand in its place. What was replaced before this migration is not here.
CREATE TABLE retired_sectors (
  department_code TEXT COLLATE "C" NOT NULL REFERENCES departments (code),
  sector_code TEXT COLLATE "C" NOT NULL,
  fortnight INTEGER NOT NULL,
  PRIMARY KEY (department_code, sector_code, fortnight)
);
