-- Reports of one place in the year before $as_of, by system.
SELECT system, count(*) AS reports
FROM {core.case_reports}
WHERE {inside_area} AND reported_at >= CAST($as_of AS TIMESTAMP) - INTERVAL 1 YEAR
GROUP BY ALL
