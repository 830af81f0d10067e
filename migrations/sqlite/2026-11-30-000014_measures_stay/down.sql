DROP TRIGGER IF EXISTS indicators_keep_ids;
DROP TRIGGER IF EXISTS indicators_stay;
DROP TRIGGER IF EXISTS meetings_keep_ids;
DROP TRIGGER IF EXISTS meetings_stay;
DROP TRIGGER IF EXISTS measures_stay;
DROP TRIGGER IF EXISTS measures_have_meetings;
