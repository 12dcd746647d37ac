-- description: 数据集整体现在的问题（字段变化、数据量、时效、读取、“其他”占比、退回占比）：每个问题一行
-- key: system, dataset, rule_id, field
-- column field: 问题所在的字段：字段变化为来源字段名，“其他”占比为共享字段名，其余为空
-- column severity: 严重程度；来文因字段变化被拒绝时为 critical
-- column observed: 实际情况
-- column expected: 应有的情况
-- column since: 从何时起；从未有过数据的为空
WITH told AS (
    SELECT CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
), drifted AS (
    SELECT system, dataset,
        CASE change WHEN 'new' THEN 'new_field' WHEN 'missing' THEN 'missing_field' ELSE 'retyped_field' END AS rule_id,
        field, is_refused,
        CASE change WHEN 'retyped' THEN detail
            ELSE coalesce(nullif(detail, '') || ' ', '来文') || CASE change WHEN 'new' THEN '中有此字段' ELSE '中没有此字段' END
            END || CASE WHEN is_refused THEN '；整批来文被拒绝' ELSE '' END AS observed,
        CASE change WHEN 'new' THEN '只有声明的字段' WHEN 'missing' THEN '有此字段' ELSE '值符合声明的类型' END AS expected,
        since
    FROM core.drifts
), odd_days AS (
    SELECT v.system, v.dataset, v.day, v.verdict, v.row_count, v.expected, v.low, v.high, v.empty_since, v.empty_expected,
        CASE v.day_class WHEN '1' THEN '周一' WHEN '2' THEN '周二' WHEN '3' THEN '周三' WHEN '4' THEN '周四'
            WHEN '5' THEN '周五' WHEN '6' THEN '周六上班' WHEN '7' THEN '周日上班' WHEN 'holiday' THEN '休息日'
            ELSE '全量' END AS day_name,
        row_number() OVER (PARTITION BY v.system, v.dataset, v.verdict ORDER BY v.day DESC) AS nth
    FROM mart.volumes AS v
    CROSS JOIN told AS t
    WHERE v.verdict IN ('low', 'zero', 'high') AND v.day >= CAST(t.as_of - INTERVAL '7' DAY AS DATE)
), freshness AS (
    SELECT t.system, t.dataset, t.freshness_state, t.fresh_at, t.last_landed_at,
        t.fresh_at + d.warn_minutes * INTERVAL '1' MINUTE AS late_since,
        CASE WHEN t.freshness_state = 'late' THEN d.warn_minutes ELSE d.fail_minutes END AS limit_minutes
    FROM mart.trust AS t
    INNER JOIN ref.datasets AS d ON d.system = t.system AND d.dataset = t.dataset
), last_day AS (
    SELECT a.system, a.dataset, a.day, a.attempts, a.failed
    FROM ops.attempts AS a
    INNER JOIN (SELECT system, dataset, max(day) AS day FROM ops.attempts GROUP BY system, dataset) AS m
        ON m.system = a.system AND m.dataset = a.dataset AND m.day = a.day
), unread AS (
    -- The last day's reads all failed, or none went well since the data became late: nobody knows what the source has.
    SELECT f.system, f.dataset, f.last_landed_at, coalesce(d.attempts = d.failed, false) AS is_failing, d.day, d.attempts
    FROM freshness AS f
    LEFT JOIN last_day AS d ON d.system = f.system AND d.dataset = f.dataset
    WHERE d.attempts = d.failed
        OR (f.freshness_state <> 'ok' AND (f.last_landed_at IS NULL OR f.last_landed_at < f.late_since))
), week AS (
    -- Each version of a row once, on the day when it first arrived: reading the same rows again changes nothing.
    SELECT a.system, a.dataset, count(*) AS landed, count(*) FILTER (a.is_rejected) AS rejected, min(a.landed_at) AS since
    FROM (
        SELECT system, dataset, landed_at, false AS is_rejected FROM history.versions
        UNION ALL
        SELECT system, dataset, min(landed_at), true
        FROM ops.rejected_rows
        GROUP BY system, dataset, source_id, row_token, source_updated_at
    ) AS a
    CROSS JOIN told AS t
    WHERE a.landed_at >= t.as_of - INTERVAL '7' DAY
    GROUP BY a.system, a.dataset
), found AS (
    SELECT system, dataset, rule_id, field, is_refused, observed, expected, since FROM drifted
    UNION ALL
    SELECT system, dataset, 'volume_' || verdict, '', false,
        CASE WHEN empty_since < day THEN CAST(empty_since AS VARCHAR) || ' 至 ' || CAST(day AS VARCHAR) || ' 都是 0 行'
            ELSE CAST(day AS VARCHAR) || '（' || day_name || '）' || CAST(row_count AS VARCHAR) || ' 行' END,
        CASE WHEN empty_since < day THEN '合计约 ' || CAST(CAST(round(empty_expected) AS BIGINT) AS VARCHAR) || ' 行'
            ELSE '约 ' || CAST(CAST(round(expected) AS BIGINT) AS VARCHAR) || ' 行，'
                || CAST(CAST(ceil(low) AS BIGINT) AS VARCHAR) || ' 至 ' || CAST(CAST(floor(high) AS BIGINT) AS VARCHAR) || ' 行'
            END,
        CAST(coalesce(empty_since, day) AS TIMESTAMP)
    FROM odd_days
    WHERE nth = 1
    UNION ALL
    SELECT system, dataset, 'freshness_' || freshness_state, '', false,
        coalesce('最新一条 ' || substr(CAST(fresh_at AS VARCHAR), 1, 16), '从未有数据'),
        '不早于 ' || CASE
            WHEN limit_minutes % 1440 = 0 THEN CAST(CAST(limit_minutes / 1440 AS BIGINT) AS VARCHAR) || ' 天'
            WHEN limit_minutes % 60 = 0 THEN CAST(CAST(limit_minutes / 60 AS BIGINT) AS VARCHAR) || ' 小时'
            ELSE CAST(limit_minutes AS VARCHAR) || ' 分钟' END || '前',
        late_since
    FROM freshness
    WHERE freshness_state <> 'ok' AND last_landed_at IS NOT NULL AND (fresh_at IS NULL OR last_landed_at >= late_since)
    UNION ALL
    SELECT system, dataset, 'reads_failing', '', false,
        CASE WHEN is_failing THEN CAST(day AS VARCHAR) || ' 读取 ' || CAST(attempts AS VARCHAR) || ' 次全部失败，' ELSE '' END
            || coalesce('最近一次成功 ' || substr(CAST(last_landed_at AS VARCHAR), 1, 16), '从未成功'),
        '按计划读取成功', last_landed_at
    FROM unread
    UNION ALL
    SELECT system, dataset, 'other_rising', field, false,
        '近 30 天 ' || CAST(CAST(100 * share_recent AS DECIMAL(4, 1)) AS VARCHAR) || '%（'
            || CAST(others_recent AS VARCHAR) || ' / ' || CAST(rows_recent AS VARCHAR) || '）',
        '此前 180 天 ' || CAST(CAST(100 * share_before AS DECIMAL(4, 1)) AS VARCHAR) || '%',
        t.as_of - INTERVAL '30' DAY
    FROM mart.other_shares
    CROSS JOIN told AS t
    WHERE verdict = 'rising'
    UNION ALL
    SELECT w.system, w.dataset, 'rejects_over_expectation', '', false,
        '近 7 天 ' || CAST(CAST(100.0 * w.rejected / w.landed AS DECIMAL(4, 1)) AS VARCHAR) || '%（'
            || CAST(w.rejected AS VARCHAR) || ' / ' || CAST(w.landed AS VARCHAR) || '）',
        '不超过 ' || CAST(CAST(100 * d.max_reject_share AS DECIMAL(4, 1)) AS VARCHAR) || '%',
        w.since
    FROM week AS w
    INNER JOIN ref.datasets AS d ON d.system = w.system AND d.dataset = w.dataset
    WHERE w.landed >= 20 AND w.rejected > d.max_reject_share * w.landed
)
SELECT
    f.system, f.dataset, r.contract, f.rule_id, f.field,
    CASE WHEN f.is_refused THEN 'critical' ELSE r.severity END AS severity, f.observed, f.expected, f.since
FROM found AS f
INNER JOIN ref.rules AS r ON r.system = f.system AND r.dataset = f.dataset AND r.rule_id = f.rule_id
