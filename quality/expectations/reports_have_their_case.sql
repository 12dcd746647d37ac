-- table: core.case_reports
-- severity: critical
-- title: 来件所属的案件必须存在
SELECT reports.system, reports.source_id, reports.case_code
FROM {batch} AS reports
LEFT JOIN core.cases AS cases ON cases.case_code = reports.case_code
WHERE reports.case_code IS NOT NULL AND cases.case_code IS NULL
ORDER BY ALL
