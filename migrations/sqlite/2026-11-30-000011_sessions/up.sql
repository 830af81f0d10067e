-- Initial passwords are changed at the first sign-in; an operator lifts the waiting time after failed ones.
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN unlocked_at TIMESTAMP;
-- One row for each session, from login to its end. Access tokens name it, and die with it.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  family TEXT NOT NULL UNIQUE,
  user_id BIGINT NOT NULL REFERENCES users (id),
  -- A mark of the account and the address of its login, by which both are known again; not the address.
  place TEXT NOT NULL,
  opened_at TIMESTAMP NOT NULL,
  -- The last login or refresh.
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP
);
CREATE INDEX sessions_by_user ON sessions (user_id, place);
INSERT INTO sessions (family, user_id, place, opened_at, seen_at, expires_at, ended_at)
  SELECT family, user_id, '', MIN(issued_at), MAX(issued_at), MAX(expires_at), MIN(revoked_at)
  FROM refresh_tokens GROUP BY family, user_id;
-- With its predecessor's text the salt gives the token again, when the same refresh is sent twice.
ALTER TABLE refresh_tokens ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE refresh_tokens ADD COLUMN used_from TEXT NOT NULL DEFAULT '';
