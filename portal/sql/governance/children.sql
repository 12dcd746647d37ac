-- The places under $area with what a ranking tile shows; a placeholder town stands for the villages under it.
SELECT
    area_code AS code, area_name AS name,
    max(numerator) FILTER (WHERE metric = $metric AND period = $period) AS numerator,
    max(denominator) FILTER (WHERE metric = $metric AND period = $period) AS denominator,
    max(value) FILTER (WHERE metric = $metric AND period = $period) AS value,
    coalesce(max(value) FILTER (WHERE metric = 'open_cases' AND period = 'all'), 0) AS open_cases,
    coalesce(max(value) FILTER (WHERE metric = 'red_open' AND period = 'all'), 0) AS red_open,
    coalesce(max(value) FILTER (WHERE metric = 'overdue_open' AND period = 'all'), 0) AS overdue_open
FROM {mart.centre}
WHERE parent_code = $area AND area_name NOT LIKE '%直辖村级区划' AND period IN ('all', $period)
GROUP BY ALL
