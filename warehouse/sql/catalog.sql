-- What the database $name consists of but for rows: every column, constraint and view, and what is said of them.
SELECT schema_name, table_name, column_name, column_index, data_type, is_nullable, column_default, comment
FROM duckdb_columns()
WHERE database_name = $name AND NOT internal
UNION ALL
SELECT schema_name, table_name, constraint_text, constraint_index, constraint_type, NULL, NULL, NULL
FROM duckdb_constraints()
WHERE database_name = $name
UNION ALL
SELECT schema_name, table_name, NULL, NULL, 'TABLE', NULL, NULL, comment
FROM duckdb_tables()
WHERE database_name = $name AND NOT internal
UNION ALL
SELECT schema_name, view_name, sql, NULL, 'VIEW', NULL, NULL, comment
FROM duckdb_views()
WHERE database_name = $name AND NOT internal
UNION ALL
SELECT schema_name, NULL, NULL, NULL, 'SCHEMA', NULL, NULL, comment
FROM duckdb_schemas()
WHERE database_name = $name AND NOT internal
ORDER BY ALL
