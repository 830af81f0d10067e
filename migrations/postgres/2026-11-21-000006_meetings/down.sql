DROP TABLE idempotency_keys;
DROP TABLE not_applicable;
DROP TABLE measure_corrections;
DROP TABLE measures;
DROP TABLE decisions;
DROP TABLE meetings;
DROP TABLE indicators;
DROP FUNCTION indicators_stay();
