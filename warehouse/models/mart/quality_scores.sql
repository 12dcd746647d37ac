-- description: 质量得分：每个数据集、系统、部门在 GB/T 36344-2018 每个维度一行；通过率 = 通过 ÷ 检查，一行在一个维度里只算一次；不合成总分
-- key: level, department, system, dataset, dimension
-- column level: dataset 数据集，system 系统，department 部门；上级为下级之和
-- column system: 来源系统编号；部门一级为空串
-- column dataset: 来源数据集；系统和部门两级为空串
-- column rules: 检查这一维度、责任在部门的规则数
-- column datasets: 数据集个数
-- column datasets_empty: 其中一行数据也没有的个数
-- column rows_checked: 检查的行数；完整性另加申报而没有收到的行，可访问性为近 30 天读取的次数
-- column rows_failed: 责任在部门的未通过行数；时效性超过中断时限的数据集整体计入，可访问性为读取失败的次数
-- test: SELECT * FROM mart.quality_scores WHERE rows_failed > rows_checked
-- test: SELECT system, dataset FROM mart.quality_scores GROUP BY level, department, system, dataset HAVING count(*) <> 6
WITH dimensions AS (
    SELECT d.dimension
    FROM (VALUES ('conformity'), ('completeness'), ('accuracy'), ('consistency'), ('timeliness'), ('accessibility'))
        AS d(dimension)
), stated AS (
    SELECT system, dataset, dimension, count(*) AS rules
    FROM ref.rules
    WHERE severity <> 'info' AND coalesce(kind, '') <> 'dataset' AND responsibility = 'department'
    GROUP BY system, dataset, dimension
), failing AS (
    SELECT f.system, f.dataset, r.dimension,
        count(DISTINCT CASE WHEN r.responsibility = 'department' THEN f.row_key END) AS rows_failed,
        count(DISTINCT CASE WHEN r.responsibility <> 'department' THEN f.row_key END) AS rows_failed_elsewhere
    FROM core.failing_rows AS f
    INNER JOIN ref.rules AS r ON r.system = f.system AND r.dataset = f.dataset AND r.rule_id = f.rule_id
    GROUP BY f.system, f.dataset, r.dimension
), declared AS (
    -- The last read for which the source said how many rows there are.
    SELECT system, dataset, CASE WHEN declared > landed THEN declared - landed ELSE 0 END AS rows_missing,
        row_number() OVER (PARTITION BY system, dataset ORDER BY load_id DESC) AS nth
    FROM ops.loads
    WHERE declared IS NOT NULL AND kind IN ('sync', 'backfill')
), stale AS (
    -- Nothing newer than the limit: the department's where we did read in time and found nothing newer, ours otherwise.
    SELECT t.system, t.dataset,
        coalesce(date_diff('minute', t.last_landed_at, t.as_of) <= d.fail_minutes, false) AS was_read
    FROM mart.trust AS t
    INNER JOIN ref.datasets AS d ON d.system = t.system AND d.dataset = t.dataset
    WHERE t.freshness_state = 'failed'
), attempted AS (
    SELECT system, dataset, sum(attempts) AS attempts, sum(failed) AS failed
    FROM ops.attempts
    WHERE date_diff('day', day, CAST(getvariable('as_of') AS DATE)) BETWEEN 0 AND 29
    GROUP BY system, dataset
), per_dataset AS (
    SELECT s.department, d.system, d.dataset, m.dimension, coalesce(r.rules, 0) AS rules,
        CASE WHEN k.rows_checked = 0 THEN 1 ELSE 0 END AS datasets_empty,
        CASE
            WHEN m.dimension = 'accessibility' THEN coalesce(a.attempts, 0)
            WHEN m.dimension = 'completeness' THEN k.rows_checked + coalesce(l.rows_missing, 0)
            WHEN m.dimension = 'timeliness' OR r.rules > 0 THEN k.rows_checked
            ELSE 0
        END AS rows_checked,
        CASE
            WHEN m.dimension = 'accessibility' THEN coalesce(a.failed, 0)
            WHEN m.dimension = 'completeness' THEN coalesce(f.rows_failed, 0) + coalesce(l.rows_missing, 0)
            WHEN m.dimension = 'timeliness' AND t.was_read THEN k.rows_checked
            ELSE coalesce(f.rows_failed, 0)
        END AS rows_failed,
        CASE
            WHEN m.dimension = 'accessibility' THEN 0
            WHEN m.dimension = 'timeliness' AND NOT t.was_read THEN k.rows_checked
            ELSE coalesce(f.rows_failed_elsewhere, 0)
        END AS rows_failed_elsewhere
    FROM ref.datasets AS d
    INNER JOIN ref.systems AS s ON s.system = d.system
    INNER JOIN core.checked_rows AS k ON k.system = d.system AND k.dataset = d.dataset
    CROSS JOIN dimensions AS m
    LEFT JOIN stated AS r ON r.system = d.system AND r.dataset = d.dataset AND r.dimension = m.dimension
    LEFT JOIN failing AS f ON f.system = d.system AND f.dataset = d.dataset AND f.dimension = m.dimension
    LEFT JOIN declared AS l ON l.system = d.system AND l.dataset = d.dataset AND l.nth = 1
    LEFT JOIN stale AS t ON t.system = d.system AND t.dataset = d.dataset
    LEFT JOIN attempted AS a ON a.system = d.system AND a.dataset = d.dataset
), levels AS (
    SELECT 'dataset' AS level, department, system, dataset, dimension, rules, 1 AS datasets, datasets_empty,
        rows_checked, rows_failed, rows_failed_elsewhere
    FROM per_dataset
    UNION ALL
    SELECT 'system', department, system, '', dimension, sum(rules), count(*), sum(datasets_empty),
        sum(rows_checked), sum(rows_failed), sum(rows_failed_elsewhere)
    FROM per_dataset
    GROUP BY department, system, dimension
    UNION ALL
    SELECT 'department', department, '', '', dimension, sum(rules), count(*), sum(datasets_empty),
        sum(rows_checked), sum(rows_failed), sum(rows_failed_elsewhere)
    FROM per_dataset
    GROUP BY department, dimension
), rated AS (
    SELECT *, CAST(rows_checked - rows_failed AS DOUBLE) / nullif(rows_checked, 0) AS rate FROM levels
), bands AS (
    SELECT tier, min_rate, lead(min_rate) OVER (ORDER BY min_rate) AS next_rate
    FROM ref.tiers
    WHERE min_rate IS NOT NULL
)
SELECT
    r.level, r.department, n.name_zh AS department_name, r.system, s.title AS system_title, r.dataset, r.dimension,
    CAST(r.rules AS BIGINT) AS rules, CAST(r.datasets AS BIGINT) AS datasets,
    CAST(r.datasets_empty AS BIGINT) AS datasets_empty, CAST(r.rows_checked AS BIGINT) AS rows_checked,
    CAST(r.rows_failed AS BIGINT) AS rows_failed, CAST(r.rows_failed_elsewhere AS BIGINT) AS rows_failed_elsewhere,
    r.rate, coalesce(b.tier, 'no_data') AS tier, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM rated AS r
INNER JOIN ref.departments AS n ON n.department = r.department
LEFT JOIN ref.systems AS s ON s.system = r.system
LEFT JOIN bands AS b ON r.rate >= b.min_rate AND (b.next_rate IS NULL OR r.rate < b.next_rate)
