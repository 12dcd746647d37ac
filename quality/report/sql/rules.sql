-- Every rule that rows fail now: refusals first, then by rows.
SELECT q.system, q.system_title, q.dataset, d.title AS dataset_title, q.contract, q.field, o.title AS field_title,
    o.source_field, q.rule_id, q.kind, q.rule_title, q.dimension, q.severity, q.responsibility, q.message, q.advice,
    q.rows_checked, q.rows_failed, q.rows_rejected
FROM {mart.quality} AS q
JOIN {ref.datasets} AS d ON d.system = q.system AND d.dataset = q.dataset
LEFT JOIN {ref.origins} AS o ON o.system = q.system AND o.dataset = q.dataset AND o.field = q.field
WHERE q.rows_failed > 0 AND q.department = $department AND ($system = '' OR q.system = $system)
ORDER BY q.severity = 'critical' DESC, q.rows_failed DESC, q.system, q.dataset, q.rule_id
