DROP FUNCTION lock_chain(TEXT);
DROP TABLE audit_entries;
DROP TABLE chains;
