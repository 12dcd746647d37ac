-- table: core.cases
-- severity: critical
-- title: 每个案件至少有一个来件
SELECT cases.case_code
FROM {batch} AS cases
LEFT JOIN core.case_reports AS reports ON reports.case_code = cases.case_code
WHERE reports.case_code IS NULL
ORDER BY ALL
