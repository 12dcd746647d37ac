-- The case types of one place by cases accepted in a period, and in three months that are compared.
SELECT
    case_type_code AS code, case_type_name AS name,
    coalesce(max(numerator) FILTER (WHERE metric = 'cases_accepted' AND period = $period), 0) AS accepted,
    coalesce(max(numerator) FILTER (WHERE metric = 'cases_accepted' AND period = $month), 0) AS of_month,
    coalesce(max(numerator) FILTER (WHERE metric = 'cases_accepted' AND period = $month_before), 0) AS of_month_before,
    coalesce(max(numerator) FILTER (WHERE metric = 'cases_accepted' AND period = $year_before), 0) AS of_year_before,
    max(value) FILTER (WHERE metric = 'resolution_rate' AND period = $period) AS resolution_rate,
    coalesce(max(numerator) FILTER (WHERE metric = 'open_cases' AND period = 'all'), 0) AS open_cases,
    coalesce(max(numerator) FILTER (WHERE metric = 'overdue_open' AND period = 'all'), 0) AS overdue_open,
    coalesce(max(numerator) FILTER (WHERE metric = 'red_open' AND period = 'all'), 0) AS red_open
FROM {mart.types}
WHERE area_code = $area
GROUP BY ALL
HAVING accepted > 0
ORDER BY accepted DESC, open_cases DESC, code
LIMIT $size
