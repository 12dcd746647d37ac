-- table: mart.centre
-- severity: critical
-- title: 全省指标必须等于案件明细的计数
SELECT centre.metric, centre.numerator, counted.cases_counted
FROM {batch} AS centre
INNER JOIN (
    SELECT 'open_cases' AS metric, count(*) AS cases_counted FROM core.cases WHERE is_open
    UNION ALL
    SELECT 'overdue_open', count(*) FROM core.cases WHERE is_open AND is_overdue
) AS counted ON counted.metric = centre.metric
WHERE
    centre.area_level = 'province'
    AND centre.period = 'all'
    AND centre.numerator IS DISTINCT FROM counted.cases_counted
ORDER BY ALL
