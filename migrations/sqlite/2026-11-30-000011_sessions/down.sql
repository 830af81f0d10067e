ALTER TABLE refresh_tokens DROP COLUMN used_from;
ALTER TABLE refresh_tokens DROP COLUMN salt;
DROP TABLE sessions;
ALTER TABLE users DROP COLUMN unlocked_at;
ALTER TABLE users DROP COLUMN must_change_password;
