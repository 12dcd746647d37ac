-- Every failing row, once per rule that it fails: the department's own to mend first.
SELECT s.title AS system_title, d.title AS dataset_title, f.source_id, coalesce(o.title, '整行') AS field_title,
    o.source_field, r.message, r.advice, f.shown, r.severity, r.dimension, r.responsibility, f.file, f.position, f.cell,
    f.landed_at, f.load_id, f.rule_id, f.contract, f.system, f.field
FROM {core.failing_rows} AS f
JOIN {ref.rules} AS r ON r.system = f.system AND r.dataset = f.dataset AND r.rule_id = f.rule_id
JOIN {ref.systems} AS s ON s.system = f.system
JOIN {ref.datasets} AS d ON d.system = f.system AND d.dataset = f.dataset
LEFT JOIN {ref.origins} AS o ON o.system = f.system AND o.dataset = f.dataset AND o.field = f.field
WHERE s.department = $department AND ($system = '' OR f.system = $system)
ORDER BY r.responsibility <> 'department', r.severity <> 'critical', f.system, f.dataset, f.rule_id, f.row_key
