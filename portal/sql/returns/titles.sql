-- What the published tables are called, by their comments.
SELECT schema_name || '.' || table_name AS name, comment AS title
FROM duckdb_tables() WHERE database_name = 'current' AND schema_name = 'core'
