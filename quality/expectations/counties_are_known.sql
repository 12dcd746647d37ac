-- table: core.cases
-- severity: critical
-- title: 案件的县(市、区)必须在行政区划表中
SELECT cases.case_code, cases.county_code
FROM {batch} AS cases
LEFT JOIN ref.divisions AS divisions ON divisions.code = cases.county_code
WHERE cases.county_code IS NOT NULL AND divisions.code IS NULL
ORDER BY ALL
