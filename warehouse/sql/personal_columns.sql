-- Columns of published tables that have the name of a tokenised or vaulted column, and so would hold its values.
WITH all_columns AS (
    SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'wh'
),
personal AS (
    SELECT column_name FROM all_columns
    WHERE schema_name = 'vault' AND table_name NOT IN ('personal_values', 'token_keys', 'mask_forms')
      AND column_name NOT IN ('system', 'source_id', 'load_id', 'record_hash')
    UNION
    SELECT regexp_replace(column_name, '_token$', '') AS column_name FROM all_columns
    WHERE schema_name = 'record' AND column_name LIKE '%\_token' ESCAPE '\'
)
SELECT schema_name || '.' || table_name AS name, column_name
FROM all_columns
WHERE schema_name IN ('record', 'core') AND column_name IN (SELECT column_name FROM personal)
ORDER BY ALL;
