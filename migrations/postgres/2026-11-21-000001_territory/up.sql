-- Reference territories: facts loaded from config/reference, and the outlines that `import boundaries` brings.
CREATE TABLE regions (
  code TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL
);
CREATE TABLE defence_zones (
  code TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  seat TEXT NOT NULL
);
CREATE TABLE parquets (
  code TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  court_of_appeal TEXT NOT NULL
);
CREATE TABLE departments (
  code TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  region_code TEXT NOT NULL REFERENCES regions (code),
  zone_code TEXT NOT NULL REFERENCES defence_zones (code),
  department_since DATE,
  prefecture_town TEXT NOT NULL,
  prefecture_lon DOUBLE PRECISION NOT NULL,
  prefecture_lat DOUBLE PRECISION NOT NULL,
  west DOUBLE PRECISION NOT NULL,
  south DOUBLE PRECISION NOT NULL,
  east DOUBLE PRECISION NOT NULL,
  north DOUBLE PRECISION NOT NULL,
  coordinating_parquet_code TEXT NOT NULL REFERENCES parquets (code)
);
CREATE TABLE department_parquets (
  department_code TEXT NOT NULL REFERENCES departments (code),
  parquet_code TEXT NOT NULL REFERENCES parquets (code),
  PRIMARY KEY (department_code, parquet_code)
);
CREATE INDEX department_parquets_by_parquet ON department_parquets (parquet_code);
-- tolerance in metres; 0 is the outline as imported. digest: of the outline at tolerance 0, on all of its rows; it changes when the outline does.
CREATE TABLE boundaries (
  department_code TEXT NOT NULL REFERENCES departments (code),
  tolerance INTEGER NOT NULL,
  geometry TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (department_code, tolerance)
);
