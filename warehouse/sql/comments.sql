-- What is commented of one table or view of the build: its own comment has no column name.
SELECT NULL AS column_name, comment FROM duckdb_tables()
WHERE database_name = 'wh' AND schema_name = $schema AND table_name = $table AND comment IS NOT NULL
UNION ALL
SELECT NULL AS column_name, comment FROM duckdb_views()
WHERE database_name = 'wh' AND schema_name = $schema AND view_name = $table AND comment IS NOT NULL
UNION ALL
SELECT column_name, comment FROM duckdb_columns()
WHERE database_name = 'wh' AND schema_name = $schema AND table_name = $table AND comment IS NOT NULL;
