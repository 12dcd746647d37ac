-- table: core.case_steps
-- severity: critical
-- title: 同一案件的办理环节按时间先后编号且序号不重复
SELECT case_code, seq
FROM (
    SELECT
        case_code,
        seq,
        happened_at,
        lag(happened_at) OVER numbered AS previous_at,
        lag(seq) OVER numbered AS previous_seq
    FROM {batch}
    WINDOW numbered AS (PARTITION BY case_code ORDER BY seq, happened_at)
)
WHERE seq = previous_seq OR happened_at < previous_at
ORDER BY ALL
