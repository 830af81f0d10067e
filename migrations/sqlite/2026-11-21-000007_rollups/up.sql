-- Cells kept in the transaction of each measure. granularity: F fortnight, M month, Q quarter, S semester, Y year; period is the ordinal of its
-- first fortnight. M, Q and Y exist for LATEST only; the others add up fortnights and semesters.
CREATE TABLE rollup_cells (
  indicator_id INTEGER NOT NULL REFERENCES indicators (id),
  granularity TEXT NOT NULL,
  period INTEGER NOT NULL,
  department_code TEXT NOT NULL,
  service TEXT NOT NULL,
  authority TEXT NOT NULL,
  parquet_code TEXT NOT NULL,
  -- Sum of the values (of the last ones, for LATEST), number of measures, greatest value.
  total BIGINT NOT NULL,
  measures INTEGER NOT NULL,
  maximum BIGINT NOT NULL,
  PRIMARY KEY (indicator_id, granularity, period, department_code, service, authority, parquet_code)
-- The rows lie in the order of the key, in which rollups read them.
) WITHOUT ROWID;
-- The key serves every rollup: an indicator, a length, some periods. This serves the work of one department, making its cells anew and verifying
-- them, which would read the nation's otherwise, once for each department.
CREATE INDEX rollup_cells_by_department ON rollup_cells (department_code, period);
