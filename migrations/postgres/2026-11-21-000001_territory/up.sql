-- Every text is COLLATE "C": ordered by its bytes, as SQLite orders it, whatever the locale of the server or the database. So the same list is in
-- the same order everywhere, and a cursor stays true when a database moves.
-- Reference territories: facts loaded from config/reference, and the outlines that `import boundaries` brings.
CREATE TABLE regions (
  code TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT COLLATE "C" NOT NULL
);
CREATE TABLE defence_zones (
  code TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  seat TEXT COLLATE "C" NOT NULL
);
CREATE TABLE parquets (
  code TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  court_of_appeal TEXT COLLATE "C" NOT NULL
);
CREATE TABLE departments (
  code TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  region_code TEXT COLLATE "C" NOT NULL REFERENCES regions (code),
  zone_code TEXT COLLATE "C" NOT NULL REFERENCES defence_zones (code),
  department_since DATE,
  prefecture_town TEXT COLLATE "C" NOT NULL,
  prefecture_lon DOUBLE PRECISION NOT NULL,
  prefecture_lat DOUBLE PRECISION NOT NULL,
  west DOUBLE PRECISION NOT NULL,
  south DOUBLE PRECISION NOT NULL,
  east DOUBLE PRECISION NOT NULL,
  north DOUBLE PRECISION NOT NULL,
  coordinating_parquet_code TEXT COLLATE "C" NOT NULL REFERENCES parquets (code)
);
CREATE TABLE department_parquets (
  department_code TEXT COLLATE "C" NOT NULL REFERENCES departments (code),
  parquet_code TEXT COLLATE "C" NOT NULL REFERENCES parquets (code),
  PRIMARY KEY (department_code, parquet_code)
);
CREATE INDEX department_parquets_by_parquet ON department_parquets (parquet_code);
-- tolerance in metres; 0 is the outline as imported. digest: of the outline at tolerance 0, on all of its rows; it changes when the outline does.
CREATE TABLE boundaries (
  department_code TEXT COLLATE "C" NOT NULL REFERENCES departments (code),
  tolerance INTEGER NOT NULL,
  geometry TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (department_code, tolerance)
);
