-- The last ledger lines, newest first.
SELECT l.*, s.title AS system_title, coalesce(d.title, l.dataset) AS dataset_title
FROM {ops.loads} AS l
JOIN {ref.systems} AS s ON s.system = l.system
LEFT JOIN {ref.datasets} AS d ON d.system = l.system AND d.dataset = l.dataset
WHERE ($department = '' OR s.department = $department) AND ($system = '' OR l.system = $system)
ORDER BY l.load_id DESC
LIMIT $size
