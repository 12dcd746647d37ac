-- The rules that fail most, refusals first.
SELECT *, rows_failed / nullif(rows_checked, 0) AS share FROM {mart.quality}
WHERE rows_failed > 0 AND ($department = '' OR department = $department) AND ($system = '' OR system = $system)
  AND ($dimension = '' OR dimension = $dimension)
ORDER BY severity = 'critical' DESC, rows_failed DESC, system, dataset, rule_id
LIMIT $size
