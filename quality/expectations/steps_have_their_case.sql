-- table: core.case_steps
-- severity: critical
-- title: 办理环节所属的案件必须存在
SELECT steps.system, steps.case_code, steps.seq
FROM {batch} AS steps
LEFT JOIN core.cases AS cases ON cases.case_code = steps.case_code
WHERE cases.case_code IS NULL
ORDER BY ALL
