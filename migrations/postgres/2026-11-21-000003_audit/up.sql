-- The audit log: one hash chain per department and one, FR, for national acts. The head of a chain is also the row that a writer locks
-- before it changes anything in its territory.
CREATE TABLE chains (
  chain TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  -- The data epoch of the territory: grows with each act that was done there. Refusals and logins change no data and leave it.
  epoch BIGINT NOT NULL DEFAULT 0
-- Each head is moved by every act: in place.
) WITH (fillfactor = 20);
-- Locks a chain, and reads what is to be known under its lock, in one round trip. The nation's epoch is read by a statement of its own, begun once
-- the lock was had: in READ COMMITTED one statement sees one moment, its beginning, so that a SELECT ... FOR UPDATE that had to wait would answer
-- the locked row as it is now, and the nation's as it was before the wait. In a VOLATILE function each statement sees the moment of its own.
-- No row for a chain that is not there.
CREATE FUNCTION lock_chain(wanted TEXT) RETURNS TABLE (seq BIGINT, hash TEXT, epoch BIGINT, nation BIGINT) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT held.seq, held.hash, held.epoch INTO seq, hash, epoch FROM chains AS held WHERE held.chain = wanted FOR UPDATE;
  IF FOUND THEN
    SELECT fr.epoch INTO nation FROM chains AS fr WHERE fr.chain = 'FR';
    RETURN NEXT;
  END IF;
END $$;
CREATE TABLE audit_entries (
  chain TEXT COLLATE "C" NOT NULL REFERENCES chains (chain),
  seq BIGINT NOT NULL,
  -- PLAN, NATIONAL or ACCESS: who may read it.
  category TEXT COLLATE "C" NOT NULL,
  department_code TEXT COLLATE "C",
  at TIMESTAMP NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  act TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_entries_by_time ON audit_entries (at);
CREATE INDEX audit_entries_by_category ON audit_entries (category, at);
