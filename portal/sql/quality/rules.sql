-- The rules that fail most, refusals first; with the field's name in Chinese and at the source, where the rule has one.
SELECT q.*, q.rows_failed / nullif(q.rows_checked, 0) AS share, coalesce(d.title, q.dataset) AS dataset_title,
    o.title AS field_title, o.source_field
FROM {mart.quality} AS q
LEFT JOIN {ref.datasets} AS d ON d.system = q.system AND d.dataset = q.dataset
LEFT JOIN {ref.origins} AS o ON o.system = q.system AND o.dataset = q.dataset AND o.field = q.field
WHERE q.rows_failed > 0 AND ($department = '' OR q.department = $department) AND ($system = '' OR q.system = $system)
  AND ($dimension = '' OR q.dimension = $dimension)
ORDER BY q.severity = 'critical' DESC, q.rows_failed DESC, q.system, q.dataset, q.rule_id
LIMIT $size
