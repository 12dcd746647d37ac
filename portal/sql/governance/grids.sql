-- Grids that need a look: red first, then overdue, then the longest silent.
SELECT g.*, d.name AS village_name, coalesce(c.accepted, 0) AS accepted
FROM {mart.grids} AS g
LEFT JOIN {place_names} AS d ON d.code = g.village_code
LEFT JOIN (
    SELECT grid_code AS grid, count(*) AS accepted FROM {core.cases} WHERE accepted_at IS NOT NULL GROUP BY grid_code
) AS c ON c.grid = g.grid_code
WHERE {inside_area}
ORDER BY g.red_open DESC, g.overdue_open DESC, g.flag IS NOT NULL DESC, g.silent_days DESC NULLS FIRST, g.grid_code
LIMIT $size
