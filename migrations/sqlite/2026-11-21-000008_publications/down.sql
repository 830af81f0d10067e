DROP TABLE publication_cells;
DROP TABLE publications;
