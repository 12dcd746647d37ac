-- The first examples of each failing rule, those with a key first.
SELECT system, dataset, rule_id, source_id, shown, file, cell, position, landed_at
FROM {core.failing_rows}
WHERE system IN (SELECT system FROM {ref.systems} WHERE department = $department AND ($system = '' OR system = $system))
QUALIFY row_number() OVER (
    PARTITION BY system, dataset, rule_id ORDER BY source_id IS NULL, shown IS NULL, source_id, row_key
) <= $size
ORDER BY system, dataset, rule_id, source_id IS NULL, shown IS NULL, source_id, row_key
