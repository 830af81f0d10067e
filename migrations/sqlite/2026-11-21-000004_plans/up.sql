-- Plans by department; every row below carries the department in its key, so that the tables can be distributed by it.
CREATE TABLE plans (
  department_code TEXT PRIMARY KEY NOT NULL REFERENCES departments (code),
  -- Number of the revision in force (the latest TRANSMITTED or ACKNOWLEDGED), and of the one being worked on.
  current_number INTEGER,
  pending_number INTEGER,
  last_number INTEGER NOT NULL DEFAULT 0
);
-- semester is an ordinal: (year - 2000) * 2, plus 1 for the second half.
CREATE TABLE revisions (
  department_code TEXT NOT NULL REFERENCES plans (department_code),
  number INTEGER NOT NULL,
  semester INTEGER NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  diagnosis TEXT NOT NULL,
  uncovered_schools_reason TEXT NOT NULL,
  due_on DATE NOT NULL,
  opened_at TIMESTAMP NOT NULL,
  opened_by TEXT NOT NULL,
  copied_from INTEGER,
  transmitted_at TIMESTAMP,
  -- Kept from submission on, when the content no longer changes.
  content_hash TEXT,
  PRIMARY KEY (department_code, number)
);
CREATE UNIQUE INDEX one_pending_revision ON revisions (department_code) WHERE status IN ('DRAFT', 'SUBMITTED', 'SIGNED');
CREATE INDEX revisions_by_semester ON revisions (semester, department_code);
CREATE TABLE contributions (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  service TEXT NOT NULL,
  text TEXT NOT NULL,
  dated_on DATE NOT NULL,
  contributed_by TEXT NOT NULL,
  PRIMARY KEY (department_code, number, service),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE sectors (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  authority TEXT NOT NULL,
  parquet_code TEXT REFERENCES parquets (code),
  -- Space-separated.
  commune_codes TEXT NOT NULL,
  priority_neighbourhood_code TEXT,
  severity INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  description TEXT NOT NULL,
  area_km2 DOUBLE NOT NULL,
  centroid_lon DOUBLE NOT NULL,
  centroid_lat DOUBLE NOT NULL,
  west DOUBLE NOT NULL,
  south DOUBLE NOT NULL,
  east DOUBLE NOT NULL,
  north DOUBLE NOT NULL,
  PRIMARY KEY (department_code, number, code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- tolerance in metres; 0 is the sector as drawn.
CREATE TABLE sector_outlines (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  tolerance INTEGER NOT NULL,
  geometry TEXT NOT NULL,
  PRIMARY KEY (department_code, number, code, tolerance),
  FOREIGN KEY (department_code, number, code) REFERENCES sectors (department_code, number, code) ON DELETE CASCADE
);
CREATE TABLE objectives (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  code TEXT NOT NULL,
  rank INTEGER NOT NULL,
  axis TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  lead_service TEXT NOT NULL,
  -- Space-separated.
  partner_services TEXT NOT NULL,
  department_wide BOOLEAN NOT NULL,
  -- A JSON array of texts.
  modes_of_action TEXT NOT NULL,
  due_on DATE,
  PRIMARY KEY (department_code, number, code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE objective_sectors (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT NOT NULL,
  sector_code TEXT NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, sector_code),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE,
  FOREIGN KEY (department_code, number, sector_code) REFERENCES sectors (department_code, number, code) ON DELETE CASCADE
);
CREATE INDEX objective_sectors_by_sector ON objective_sectors (department_code, number, sector_code);
CREATE TABLE objective_schools (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT NOT NULL,
  uai TEXT NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, uai),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE
);
CREATE INDEX objective_schools_by_school ON objective_schools (department_code, number, uai);
-- Amounts are integers of ten-thousandths.
CREATE TABLE objective_targets (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT NOT NULL,
  indicator_code TEXT NOT NULL,
  baseline BIGINT,
  target BIGINT NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, indicator_code),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE
);
-- parquet_code: empty for the prefect. A signature of another parquet than the coordinating one is a visa.
CREATE TABLE signatures (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  role TEXT NOT NULL,
  parquet_code TEXT NOT NULL,
  visa BOOLEAN NOT NULL,
  signed_by TEXT NOT NULL,
  capacity TEXT NOT NULL,
  act_reference TEXT,
  act_date DATE,
  content_hash TEXT NOT NULL,
  signed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (department_code, number, role, parquet_code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- subject: SECTOR or OBJECTIVE with its code, or neither.
CREATE TABLE remarks (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  subject_kind TEXT,
  subject_code TEXT,
  reply TEXT,
  PRIMARY KEY (department_code, number, position),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE revision_steps (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  step TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  taken_by TEXT NOT NULL,
  PRIMARY KEY (department_code, number, position),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- Who changed the content since the revision was opened (contributions aside): they may not sign it.
CREATE TABLE revision_editors (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  username TEXT NOT NULL,
  PRIMARY KEY (department_code, number, username),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
