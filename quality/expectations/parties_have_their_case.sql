-- table: core.parties
-- severity: critical
-- title: 当事人所属的案件必须存在
SELECT parties.case_code, parties.role_code
FROM {batch} AS parties
LEFT JOIN core.cases AS cases ON cases.case_code = parties.case_code
WHERE cases.case_code IS NULL
ORDER BY ALL
