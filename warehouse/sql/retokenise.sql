-- Tokens of the build file under another key. Temp table token_map (kind, old, new) has every token that changes.

-- name: map
CREATE OR REPLACE TEMP TABLE token_map (kind VARCHAR, old VARCHAR, new VARCHAR);

-- name: rows
-- Rejected rows without a key: their tokens, and where their content is.
SELECT DISTINCT system, dataset, load_id FROM ops.rejected_rows WHERE row_token IS NOT NULL ORDER BY ALL;

-- name: contents
SELECT any_value(r.row_token) AS token, coalesce(q.raw::VARCHAR, '') AS raw
FROM ops.rejected_rows AS r
JOIN read_parquet($path) AS q ON q.position = r.position
WHERE r.load_id = $load_id AND r.row_token IS NOT NULL
GROUP BY r.row_token, raw;

-- name: lost
-- Rows whose content quarantine has no more: they are closed, and get a token that stands for nothing.
INSERT INTO token_map
SELECT 'row', r.row_token, replace(uuid()::VARCHAR, '-', '')
FROM (SELECT DISTINCT row_token FROM ops.rejected_rows WHERE row_token IS NOT NULL) AS r
ANTI JOIN token_map AS m ON m.kind = 'row' AND m.old = r.row_token;

-- name: columns
-- Every text column of what is kept; core and mart are made anew by the next build.
SELECT c.schema_name || '.' || c.table_name AS name, list(c.column_name ORDER BY c.column_index)
FROM duckdb_columns() AS c
JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
WHERE database_name = 'wh' AND schema_name IN ('record', 'history', 'vault', 'link', 'ops') AND c.data_type = 'VARCHAR'
GROUP BY name ORDER BY name;

-- name: beginnings
-- The first 8 digits by which a link names the token that two reports had in common, of every report, old and new.
CREATE OR REPLACE TEMP TABLE token_beginnings AS
SELECT DISTINCT r.system, r.source_id, left(r.token, 8) AS old, left(coalesce(m.new, r.token), 8) AS new
FROM (
    {tokens}
) AS r
LEFT JOIN token_map AS m ON m.old = r.token
WHERE r.token IS NOT NULL;

-- name: reports
UPDATE link.{table} AS m
SET evidence = replace(m.evidence, '"matched":"' || b.old || '"', '"matched":"' || b.new || '"')
FROM token_beginnings AS b
WHERE json_extract_string(m.evidence, '$.rule') IN ('id_rule', 'phone_rule')
  AND b.system = m.system AND b.source_id = m.source_id AND b.old = json_extract_string(m.evidence, '$.matched');

-- name: edges
UPDATE link.edges AS e
SET evidence = replace(e.evidence, '"matched":"' || b.old || '"', '"matched":"' || b.new || '"')
FROM token_beginnings AS b
WHERE e.rule IN ('id_rule', 'phone_rule')
  AND b.system = e.system_a AND b.source_id = e.source_id_a AND b.old = json_extract_string(e.evidence, '$.matched');

-- name: gone_reports
-- What names a token that neither report has any more (its person was erased): it names none.
UPDATE link.{table} AS m SET evidence = regexp_replace(m.evidence, '"matched":"[0-9a-f]{8}"', '"matched":null')
WHERE json_extract_string(m.evidence, '$.rule') IN ('id_rule', 'phone_rule')
  AND json_extract_string(m.evidence, '$.matched') IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM token_beginnings AS b
      WHERE b.system = m.system AND b.source_id = m.source_id AND b.new = json_extract_string(m.evidence, '$.matched')
  );

-- name: gone_edges
UPDATE link.edges AS e SET evidence = regexp_replace(e.evidence, '"matched":"[0-9a-f]{8}"', '"matched":null')
WHERE e.rule IN ('id_rule', 'phone_rule')
  AND json_extract_string(e.evidence, '$.matched') IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM token_beginnings AS b
      WHERE b.system = e.system_a AND b.source_id = e.source_id_a AND b.new = json_extract_string(e.evidence, '$.matched')
  );
