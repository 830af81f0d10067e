-- Indicators, the twice-monthly meetings, and the measures recorded there. Fortnights are ordinals (see domain::fortnight; twice the month, plus 1
-- for the second half); values are integers of ten-thousandths.
CREATE TABLE indicators (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  unit TEXT NOT NULL,
  definition TEXT NOT NULL,
  aggregation TEXT NOT NULL,
  numerator TEXT,
  denominator TEXT,
  department_code TEXT REFERENCES departments (code),
  -- Space-separated services; empty: any.
  recorded_by TEXT NOT NULL,
  published BOOLEAN NOT NULL
);
CREATE TABLE meetings (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  department_code TEXT NOT NULL REFERENCES departments (code),
  kind TEXT NOT NULL,
  held_on DATE NOT NULL,
  fortnight INTEGER NOT NULL,
  -- Space-separated services.
  attendance TEXT NOT NULL,
  minutes TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at TIMESTAMP NOT NULL
);
CREATE INDEX meetings_by_department ON meetings (department_code, held_on, id);
CREATE INDEX meetings_by_fortnight ON meetings (department_code, fortnight);
CREATE TABLE decisions (
  department_code TEXT NOT NULL,
  meeting_id BIGINT NOT NULL REFERENCES meetings (id),
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  owner TEXT,
  due_on DATE,
  state TEXT NOT NULL,
  PRIMARY KEY (department_code, meeting_id, position)
);
-- sector_code, authority and parquet_code as of recording; empty where the measure is for the whole department.
CREATE TABLE measures (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  department_code TEXT NOT NULL REFERENCES departments (code),
  meeting_id BIGINT NOT NULL REFERENCES meetings (id),
  indicator_id INTEGER NOT NULL REFERENCES indicators (id),
  fortnight INTEGER NOT NULL,
  sector_code TEXT NOT NULL,
  authority TEXT NOT NULL,
  parquet_code TEXT NOT NULL,
  service TEXT NOT NULL,
  value BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  recorded_by TEXT NOT NULL
);
-- One measure per fortnight, indicator, sector and service: what finds a double, in a request and in an import of millions. The same order serves
-- the SECTOR axis, LATEST and the making of cells, all of which read one department, some indicators and a range of fortnights.
CREATE UNIQUE INDEX one_measure ON measures (department_code, indicator_id, fortnight, sector_code, service);
-- The lists of measures in their order, so that a page is read and no more: a meeting's (and the foreign key), and a sector's.
CREATE INDEX measures_by_meeting ON measures (meeting_id, fortnight, id);
CREATE INDEX measures_by_sector ON measures (department_code, sector_code, fortnight, id);
-- A value that was replaced: what it was, who had recorded it and when; then who corrected it, when and why.
CREATE TABLE measure_corrections (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  department_code TEXT NOT NULL,
  measure_id BIGINT NOT NULL REFERENCES measures (id),
  value BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  recorded_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  corrected_at TIMESTAMP NOT NULL,
  corrected_by TEXT NOT NULL
);
CREATE INDEX measure_corrections_by_measure ON measure_corrections (measure_id);
-- until_fortnight: inclusive; NULL while it lasts.
CREATE TABLE not_applicable (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  department_code TEXT NOT NULL REFERENCES departments (code),
  indicator_id INTEGER NOT NULL REFERENCES indicators (id),
  from_fortnight INTEGER NOT NULL,
  until_fortnight INTEGER,
  reason TEXT NOT NULL,
  declared_by TEXT NOT NULL,
  declared_at TIMESTAMP NOT NULL
);
CREATE INDEX not_applicable_by_indicator ON not_applicable (indicator_id, department_code);
CREATE TABLE idempotency_keys (
  username TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  department_code TEXT NOT NULL,
  meeting_id BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (username, idempotency_key)
);
