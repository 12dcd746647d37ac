-- table: core.cases
-- severity: critical
-- title: 案件的平台必须在平台表中
SELECT cases.case_code, cases.platform_code
FROM {batch} AS cases
LEFT JOIN ref.platforms AS platforms ON platforms.code = cases.platform_code
WHERE cases.platform_code IS NOT NULL AND platforms.code IS NULL
ORDER BY ALL
