SELECT count(*) AS rows
FROM {core.failing_rows} AS f
JOIN {ref.systems} AS s ON s.system = f.system
WHERE s.department = $department AND ($system = '' OR f.system = $system)
