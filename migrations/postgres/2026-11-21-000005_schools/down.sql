DROP TABLE national_list_entries;
DROP TABLE sector_schools;
DROP TABLE schools;
