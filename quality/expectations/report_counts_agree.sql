-- table: core.cases
-- severity: critical
-- title: 案件的来件数等于其来件行数
SELECT cases.case_code, cases.report_count, count(reports.source_id) AS rows_found
FROM {batch} AS cases
LEFT JOIN core.case_reports AS reports ON reports.case_code = cases.case_code
GROUP BY cases.case_code, cases.report_count
HAVING cases.report_count <> count(reports.source_id)
ORDER BY ALL
