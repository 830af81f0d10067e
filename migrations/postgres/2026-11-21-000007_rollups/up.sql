-- Cells kept in the transaction of each measure. granularity: F fortnight, M month, Q quarter, S semester, Y year; period is the ordinal of its
-- first fortnight. M, Q and Y exist for LATEST only; the others add up fortnights and semesters.
CREATE TABLE rollup_cells (
  indicator_id INTEGER NOT NULL,
  granularity TEXT COLLATE "C" NOT NULL,
  period INTEGER NOT NULL,
  department_code TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL,
  authority TEXT COLLATE "C" NOT NULL,
  parquet_code TEXT COLLATE "C" NOT NULL,
  -- Sum of the values (of the last ones, for LATEST), number of measures, greatest value.
  total BIGINT NOT NULL,
  measures INTEGER NOT NULL,
  maximum BIGINT NOT NULL,
  PRIMARY KEY (indicator_id, granularity, period, department_code, service, authority, parquet_code)
-- Cells grow in place as meetings bring measures: with room on their pages, their indexes stay as they are. Without a reference to
-- indicators, for the same reason as measures.
) WITH (fillfactor = 75);
-- The key serves every rollup: an indicator, a length, some periods. This serves the work of one department, making its cells anew and verifying
-- them, which would read the nation's otherwise, once for each department.
CREATE INDEX rollup_cells_by_department ON rollup_cells (department_code, period);
