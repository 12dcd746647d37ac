-- What changed since the last day with a build: new and grown first.
SELECT c.system_title, d.title AS dataset_title, c.rule_title, c.responsibility, c.compared_with, c.rows_before,
    c.rows_failed, c.change, c.is_redefined
FROM {mart.quality_changes} AS c
LEFT JOIN {ref.datasets} AS d ON d.system = c.system AND d.dataset = c.dataset
WHERE c.department = $department AND ($system = '' OR c.system = $system)
ORDER BY list_position(['new', 'more', 'fewer', 'cleared'], c.change), abs(c.rows_failed - c.rows_before) DESC,
    c.rule_title
