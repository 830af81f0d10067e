-- The school directory, what lies near which sector, and the national lists that the secretariat keeps.
CREATE TABLE schools (
  department_code TEXT NOT NULL REFERENCES departments (code),
  uai TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  lon DOUBLE NOT NULL,
  lat DOUBLE NOT NULL,
  PRIMARY KEY (department_code, uai)
);
-- Distances in metres from a school to a sector of a revision, for those within the configured distance. Computed when either is
-- written; no part of the plan's content.
CREATE TABLE sector_schools (
  department_code TEXT NOT NULL,
  number INTEGER NOT NULL,
  sector_code TEXT NOT NULL,
  uai TEXT NOT NULL,
  distance_m DOUBLE NOT NULL,
  PRIMARY KEY (department_code, number, sector_code, uai),
  FOREIGN KEY (department_code, number, sector_code) REFERENCES sectors (department_code, number, code) ON DELETE CASCADE,
  FOREIGN KEY (department_code, uai) REFERENCES schools (department_code, uai) ON DELETE CASCADE
);
CREATE INDEX sector_schools_by_school ON sector_schools (department_code, uai);
-- Membership is dated: from since, until the day before until. Either sector_code or uai is set.
CREATE TABLE national_list_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  list TEXT NOT NULL,
  department_code TEXT NOT NULL REFERENCES departments (code),
  sector_code TEXT,
  uai TEXT,
  since DATE NOT NULL,
  until DATE
);
CREATE INDEX national_list_entries_by_list ON national_list_entries (list, department_code);
