-- Plans by department; every row below carries the department in its key, so that the tables can be distributed by it.
CREATE TABLE plans (
  department_code TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES departments (code),
  -- Number of the revision in force (the latest TRANSMITTED or ACKNOWLEDGED), and of the one being worked on.
  current_number INTEGER,
  pending_number INTEGER,
  last_number INTEGER NOT NULL DEFAULT 0
);
-- semester is an ordinal: (year - 2000) * 2, plus 1 for the second half.
CREATE TABLE revisions (
  department_code TEXT COLLATE "C" NOT NULL REFERENCES plans (department_code),
  number INTEGER NOT NULL,
  semester INTEGER NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  diagnosis TEXT COLLATE "C" NOT NULL,
  uncovered_schools_reason TEXT COLLATE "C" NOT NULL,
  due_on DATE NOT NULL,
  opened_at TIMESTAMP NOT NULL,
  opened_by TEXT COLLATE "C" NOT NULL,
  copied_from INTEGER,
  transmitted_at TIMESTAMP,
  -- Kept from submission on, when the content no longer changes.
  content_hash TEXT COLLATE "C",
  PRIMARY KEY (department_code, number)
);
CREATE UNIQUE INDEX one_pending_revision ON revisions (department_code) WHERE status IN ('DRAFT', 'SUBMITTED', 'SIGNED');
CREATE INDEX revisions_by_semester ON revisions (semester, department_code);
CREATE TABLE contributions (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  service TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  dated_on DATE NOT NULL,
  contributed_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, service),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE sectors (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  authority TEXT COLLATE "C" NOT NULL,
  parquet_code TEXT COLLATE "C" REFERENCES parquets (code),
  -- Space-separated.
  commune_codes TEXT COLLATE "C" NOT NULL,
  priority_neighbourhood_code TEXT COLLATE "C",
  severity INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  area_km2 DOUBLE PRECISION NOT NULL,
  centroid_lon DOUBLE PRECISION NOT NULL,
  centroid_lat DOUBLE PRECISION NOT NULL,
  west DOUBLE PRECISION NOT NULL,
  south DOUBLE PRECISION NOT NULL,
  east DOUBLE PRECISION NOT NULL,
  north DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (department_code, number, code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- tolerance in metres; 0 is the sector as drawn.
CREATE TABLE sector_outlines (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  tolerance INTEGER NOT NULL,
  geometry TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, code, tolerance),
  FOREIGN KEY (department_code, number, code) REFERENCES sectors (department_code, number, code) ON DELETE CASCADE
);
CREATE TABLE objectives (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  rank INTEGER NOT NULL,
  axis TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  lead_service TEXT COLLATE "C" NOT NULL,
  -- Space-separated.
  partner_services TEXT COLLATE "C" NOT NULL,
  department_wide BOOLEAN NOT NULL,
  -- A JSON array of texts.
  modes_of_action TEXT COLLATE "C" NOT NULL,
  due_on DATE,
  PRIMARY KEY (department_code, number, code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE objective_sectors (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT COLLATE "C" NOT NULL,
  sector_code TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, sector_code),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE,
  FOREIGN KEY (department_code, number, sector_code) REFERENCES sectors (department_code, number, code) ON DELETE CASCADE
);
CREATE INDEX objective_sectors_by_sector ON objective_sectors (department_code, number, sector_code);
CREATE TABLE objective_schools (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT COLLATE "C" NOT NULL,
  uai TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, uai),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE
);
CREATE INDEX objective_schools_by_school ON objective_schools (department_code, number, uai);
-- Amounts are integers of ten-thousandths.
CREATE TABLE objective_targets (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  objective_code TEXT COLLATE "C" NOT NULL,
  indicator_code TEXT COLLATE "C" NOT NULL,
  baseline BIGINT,
  target BIGINT NOT NULL,
  PRIMARY KEY (department_code, number, objective_code, indicator_code),
  FOREIGN KEY (department_code, number, objective_code) REFERENCES objectives (department_code, number, code) ON DELETE CASCADE
);
-- parquet_code: empty for the prefect. A signature of another parquet than the coordinating one is a visa.
CREATE TABLE signatures (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  parquet_code TEXT COLLATE "C" NOT NULL,
  visa BOOLEAN NOT NULL,
  signed_by TEXT COLLATE "C" NOT NULL,
  capacity TEXT COLLATE "C" NOT NULL,
  act_reference TEXT COLLATE "C",
  act_date DATE,
  content_hash TEXT COLLATE "C" NOT NULL,
  signed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (department_code, number, role, parquet_code),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- subject: SECTOR or OBJECTIVE with its code, or neither.
CREATE TABLE remarks (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  subject_kind TEXT COLLATE "C",
  subject_code TEXT COLLATE "C",
  reply TEXT COLLATE "C",
  PRIMARY KEY (department_code, number, position),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
CREATE TABLE revision_steps (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  step TEXT COLLATE "C" NOT NULL,
  at TIMESTAMP NOT NULL,
  taken_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, position),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
-- Who changed the content since the revision was opened (contributions aside): they may not sign it.
CREATE TABLE revision_editors (
  department_code TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  username TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, number, username),
  FOREIGN KEY (department_code, number) REFERENCES revisions (department_code, number) ON DELETE CASCADE
);
