-- What a receiver holds that has applied a return on top of what it held.
SELECT b.* FROM {base} AS b ANTI JOIN {rows} AS r ON r.row_id = b.row_id
UNION ALL BY NAME
SELECT * FROM {rows} WHERE row_hash IS NOT NULL
