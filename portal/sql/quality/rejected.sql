-- Rows still refused, newest first, with the source's own key and the place in the delivery; the fields also as the source
-- calls them.
SELECT r.*, s.title AS system_title, coalesce(d.title, r.dataset) AS dataset_title, (
    SELECT coalesce(list({'title': o.title, 'source_field': o.source_field} ORDER BY o.field), [])
    FROM {ref.origins} AS o
    WHERE o.system = r.system AND o.dataset = r.dataset AND list_contains(r.fields, o.field)
) AS origins
FROM {ops.open_rejections} AS r
JOIN {ref.systems} AS s ON s.system = r.system
LEFT JOIN {ref.datasets} AS d ON d.system = r.system AND d.dataset = r.dataset
WHERE ($department = '' OR s.department = $department) AND ($system = '' OR r.system = $system)
ORDER BY r.landed_at DESC, r.system, r.dataset, r.position
LIMIT $size OFFSET $start
