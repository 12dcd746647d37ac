-- The four platforms of one place: one row each, one column per metric.
SELECT
    platform_code, platform_name,
    coalesce(max(value) FILTER (WHERE metric = 'cases_accepted' AND period = $period), 0) AS accepted,
    coalesce(max(value) FILTER (WHERE metric = 'closed_cases' AND period = $period), 0) AS closed,
    max(value) FILTER (WHERE metric = 'on_time_rate' AND period = $period) AS on_time_rate,
    max(value) FILTER (WHERE metric = 'resolution_rate' AND period = $period) AS resolution_rate,
    coalesce(max(value) FILTER (WHERE metric = 'open_cases' AND period = 'all'), 0) AS open_cases,
    coalesce(max(value) FILTER (WHERE metric = 'overdue_open' AND period = 'all'), 0) AS overdue_open,
    coalesce(max(value) FILTER (WHERE metric = 'red_open' AND period = 'all'), 0) AS red_open
FROM {mart.platforms}
WHERE area_code = $area AND platform_code IS NOT NULL
GROUP BY ALL
ORDER BY open_cases DESC NULLS LAST, platform_code
