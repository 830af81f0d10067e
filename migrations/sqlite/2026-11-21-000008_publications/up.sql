-- What the secretariat published: frozen cells, with the suppression decided once.
CREATE TABLE publications (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  period TEXT NOT NULL,
  version INTEGER NOT NULL,
  published_at TIMESTAMP NOT NULL,
  published_by TEXT NOT NULL,
  UNIQUE (period, version)
);
CREATE TABLE publication_cells (
  publication_id BIGINT NOT NULL REFERENCES publications (id),
  indicator_code TEXT NOT NULL,
  axis TEXT NOT NULL,
  cell_key TEXT NOT NULL,
  label TEXT NOT NULL,
  value DOUBLE,
  suppressed BOOLEAN NOT NULL,
  -- What a suppressed cell held: read only to decide the next version's suppression, never shown.
  withheld_value DOUBLE,
  withheld_measures INTEGER,
  measures INTEGER NOT NULL,
  reporting INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  previous DOUBLE,
  year_earlier DOUBLE,
  PRIMARY KEY (publication_id, indicator_code, axis, cell_key)
);
