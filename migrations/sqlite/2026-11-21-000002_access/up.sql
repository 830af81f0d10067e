-- Accounts, what they may do and where, and the credentials that prove it. Secrets are stored hashed only.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  username TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled BOOLEAN NOT NULL DEFAULT FALSE,
  -- An account of the demonstration, whose password everybody knows: admitted in demonstration mode only.
  demonstration BOOLEAN NOT NULL DEFAULT FALSE,
  -- Grows when every token of the account must die (disabled, password changed).
  token_version INTEGER NOT NULL DEFAULT 1,
  created_at TIMESTAMP NOT NULL
);
-- Territory: at most one of the three codes; none is the nation. A revoked grant stays, for the record.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  department_code TEXT REFERENCES departments (code),
  zone_code TEXT REFERENCES defence_zones (code),
  parquet_code TEXT REFERENCES parquets (code),
  since DATE NOT NULL,
  until DATE,
  revoked_at TIMESTAMP
);
CREATE INDEX grants_by_user ON grants (user_id);
-- One row per refresh token ever given; a family is one login. Reuse of a used token revokes the family.
CREATE TABLE refresh_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  family TEXT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES users (id),
  token_hash TEXT NOT NULL UNIQUE,
  issued_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  used_at TIMESTAMP,
  revoked_at TIMESTAMP
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
-- Long-lived tokens of machines (dashboards): a role over the nation, no account.
CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  label TEXT NOT NULL,
  role TEXT NOT NULL,
  jti TEXT NOT NULL UNIQUE,
  issued_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  issued_by TEXT NOT NULL,
  revoked_at TIMESTAMP
);
