-- What is wrong with whole datasets in scope, the gravest first.
SELECT i.*, s.title AS system_title, coalesce(d.title, i.dataset) AS dataset_title, o.title AS field_title,
    o.source_field, r.title, r.responsibility, r.dimension, r.advice
FROM {core.dataset_issues} AS i
JOIN {ref.systems} AS s ON s.system = i.system
JOIN {ref.rules} AS r ON r.system = i.system AND r.dataset = i.dataset AND r.rule_id = i.rule_id
LEFT JOIN {ref.datasets} AS d ON d.system = i.system AND d.dataset = i.dataset
LEFT JOIN {ref.origins} AS o ON o.system = i.system AND o.dataset = i.dataset AND o.field = i.field
WHERE ($department = '' OR s.department = $department) AND ($system = '' OR i.system = $system)
ORDER BY i.severity = 'critical' DESC, i.since NULLS FIRST, i.system, i.dataset, i.rule_id, i.field
