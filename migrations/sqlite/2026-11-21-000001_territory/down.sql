DROP TABLE boundaries;
DROP TABLE department_parquets;
DROP TABLE departments;
DROP TABLE parquets;
DROP TABLE defence_zones;
DROP TABLE regions;
