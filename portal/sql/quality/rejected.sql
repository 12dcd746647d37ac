-- Rows still refused, newest first, with the source's own key and the place in the delivery.
SELECT r.*, s.title AS system_title
FROM {ops.open_rejections} AS r JOIN {ref.systems} AS s ON s.system = r.system
WHERE ($department = '' OR s.department = $department) AND ($system = '' OR r.system = $system)
ORDER BY r.landed_at DESC, r.system, r.dataset, r.position
LIMIT $size OFFSET $start
