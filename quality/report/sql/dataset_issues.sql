-- What is wrong with a dataset as a whole: form, volume, freshness.
SELECT i.system, i.dataset, i.rule_id, i.field, i.severity, i.observed, i.expected, i.since, r.title AS rule_title,
    r.dimension, r.responsibility, r.message, r.advice, d.title AS dataset_title, s.title AS system_title, i.contract
FROM {core.dataset_issues} AS i
JOIN {ref.rules} AS r ON r.system = i.system AND r.dataset = i.dataset AND r.rule_id = i.rule_id
JOIN {ref.datasets} AS d ON d.system = i.system AND d.dataset = i.dataset
JOIN {ref.systems} AS s ON s.system = i.system
WHERE s.department = $department AND ($system = '' OR i.system = $system)
ORDER BY i.severity = 'critical' DESC, i.system, i.dataset, i.rule_id, i.field
