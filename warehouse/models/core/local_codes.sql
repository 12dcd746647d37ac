-- description: 地方码：全省统一编码前由地方给出的编码（长兴码、滨江码、桐解码等），作为案件编码的别名永远保留；每个码每个案件一行
-- key: local_code, case_code
-- column local_code: 地方码
-- column scheme: 编码体系（ref.local_codes）；认不出的为空
-- column scheme_name: 编码体系名称
-- column report_count: 写有这个地方码的来件数
-- column first_reported_at: 其中最早的来件时间
-- column is_contested: 同一个地方码指向几个案件，须由人并案或更正来源
WITH written AS (
    SELECT local_code, case_code, count(*) AS report_count, min(reported_at) AS first_reported_at
    FROM core.case_reports
    WHERE local_code IS NOT NULL AND case_code IS NOT NULL
    GROUP BY local_code, case_code
)
SELECT w.local_code, w.case_code, s.scheme, s.name AS scheme_name, w.report_count, w.first_reported_at,
    count(*) OVER (PARTITION BY w.local_code) > 1 AS is_contested
FROM written AS w
LEFT JOIN ref.local_codes AS s ON substr(w.local_code, 1, length(s.prefix)) = s.prefix
ORDER BY case_code
