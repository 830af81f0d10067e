-- As the keys of PostgreSQL do: a measure's meeting is one of its department; no meeting and no indicator is ever removed, nor its id changed.
-- IF NOT EXISTS: some databases had them before this migration.
CREATE TRIGGER IF NOT EXISTS measures_have_meetings BEFORE INSERT ON measures
WHEN NOT EXISTS (SELECT 1 FROM meetings WHERE id = NEW.meeting_id AND department_code = NEW.department_code)
BEGIN SELECT RAISE(ABORT, 'a measure belongs to a meeting of its department'); END;
CREATE TRIGGER IF NOT EXISTS measures_stay BEFORE UPDATE OF meeting_id, department_code ON measures
BEGIN SELECT RAISE(ABORT, 'measures stay with their meeting'); END;
CREATE TRIGGER IF NOT EXISTS meetings_stay BEFORE DELETE ON meetings BEGIN SELECT RAISE(ABORT, 'meetings are never removed'); END;
CREATE TRIGGER IF NOT EXISTS meetings_keep_ids BEFORE UPDATE OF id, department_code ON meetings
BEGIN SELECT RAISE(ABORT, 'meetings keep their ids'); END;
CREATE TRIGGER IF NOT EXISTS indicators_stay BEFORE DELETE ON indicators
BEGIN SELECT RAISE(ABORT, 'indicators are never removed: measures rest on them'); END;
CREATE TRIGGER IF NOT EXISTS indicators_keep_ids BEFORE UPDATE OF id ON indicators
BEGIN SELECT RAISE(ABORT, 'indicators keep their ids'); END;
