-- The rows by which one cause changed an indicator of an area after a step, the newest step first.
SELECT r.case_code, c.case_code IS NOT NULL AS is_there, s.title AS system_title, r.source_id,
    coalesce((SELECT p.name FROM {place_names} AS p WHERE p.code = r.area_code), r.area_code) AS county_name,
    r.period, r.measured, r.numerator, r.denominator, t.version, t.as_of, count(*) OVER () AS total
FROM {ops.metric_rows} AS r
JOIN {ops.metric_steps} AS t ON t.step = r.step
LEFT JOIN {ref.systems} AS s ON s.system = r.system
LEFT JOIN {core.cases} AS c ON c.case_code = r.case_code
WHERE r.step > $step AND r.metric = $metric AND r.cause = $cause AND starts_with(r.area_code, $area)
    AND ($period = 'all' OR r.period = $period)
ORDER BY r.step DESC, r.period DESC, r.area_code, r.case_code, r.system, r.source_id, r.measured
LIMIT $size
