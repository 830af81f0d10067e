-- The audit log: one hash chain per department and one, FR, for national acts. The head of a chain is also the row that a writer locks
-- before it changes anything in its territory.
CREATE TABLE chains (
  chain TEXT PRIMARY KEY NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  -- The data epoch of the territory: grows with each act that was done there. Refusals and logins change no data and leave it.
  epoch BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE audit_entries (
  chain TEXT NOT NULL REFERENCES chains (chain),
  seq BIGINT NOT NULL,
  -- PLAN, NATIONAL or ACCESS: who may read it.
  category TEXT NOT NULL,
  department_code TEXT,
  at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_entries_by_time ON audit_entries (at);
CREATE INDEX audit_entries_by_category ON audit_entries (category, at);
