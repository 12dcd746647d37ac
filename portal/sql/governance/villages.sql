-- Villages of a town (or of a county without towns) from the grid table, with the cases accepted in them.
SELECT g.village_code AS code, coalesce(any_value(d.name), g.village_code) AS name,
       coalesce(sum(c.accepted), 0)::BIGINT AS accepted, sum(g.open_cases)::BIGINT AS open_cases,
       sum(g.red_open)::BIGINT AS red_open, sum(g.overdue_open)::BIGINT AS overdue_open
FROM {mart.grids} AS g
LEFT JOIN {place_names} AS d ON d.code = g.village_code
LEFT JOIN (
    SELECT grid_code AS grid, count(*) AS accepted FROM {core.cases} WHERE accepted_at IS NOT NULL GROUP BY grid_code
) AS c ON c.grid = g.grid_code
WHERE {inside_area}
GROUP BY g.village_code
ORDER BY red_open DESC, overdue_open DESC, open_cases DESC, code
