-- A few named values that belong to the database as a whole.
CREATE TABLE marks (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

-- Requests that wrote under a key of their sender's, with what they were answered; removed after a day. `request_key` is a keyed hash of the
-- account and its key, `fingerprint` one of the document and its variables, `rights` one of the rights that the answer was made with.
CREATE TABLE request_keys (
  request_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL,
  rights TEXT COLLATE "C" NOT NULL,
  -- None: too long to be kept.
  answer TEXT COLLATE "C",
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX request_keys_by_account ON request_keys (account, created_at);
CREATE INDEX request_keys_by_age ON request_keys (created_at);
