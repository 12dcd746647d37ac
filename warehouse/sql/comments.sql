-- What is commented in the build, as schema.table: the comment of a table or view itself has no column name.
SELECT schema_name || '.' || table_name AS name, NULL AS column_name, comment FROM duckdb_tables()
WHERE database_name = 'wh' AND comment IS NOT NULL
UNION ALL
SELECT schema_name || '.' || view_name, NULL, comment FROM duckdb_views()
WHERE database_name = 'wh' AND comment IS NOT NULL
UNION ALL
SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns()
WHERE database_name = 'wh' AND comment IS NOT NULL;
