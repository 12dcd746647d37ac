-- What the return says of which row. `base` is what the receiver has acknowledged, `loose` are the rows of which later
-- returns have said something that it may or may not have applied: those are said again, whatever they are now.
CREATE OR REPLACE TEMP TABLE named AS
SELECT
    CASE
        WHEN s.row_id IS NULL THEN 'withdrawn' WHEN $everything OR b.row_id IS NULL THEN 'inserted' ELSE 'changed'
    END AS change,
    coalesce(s.row_id, b.row_id, l.row_id) AS row_id, s.row_hash,
    b.row_id IS NOT NULL AS was_held {keys}
FROM scoped AS s
FULL JOIN {base} AS b ON b.row_id = s.row_id
FULL JOIN {loose} AS l ON l.row_id = coalesce(s.row_id, b.row_id)
WHERE $everything OR s.row_id IS NULL OR b.row_id IS NULL OR b.row_hash <> s.row_hash OR l.row_id IS NOT NULL
