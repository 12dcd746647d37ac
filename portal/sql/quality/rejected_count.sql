SELECT count(*) AS rows
FROM {ops.open_rejections} AS r JOIN {ref.systems} AS s ON s.system = r.system
WHERE ($department = '' OR s.department = $department) AND ($system = '' OR r.system = $system)
