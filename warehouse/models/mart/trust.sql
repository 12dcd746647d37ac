-- description: 可信条：每个数据集一行，数据截至何时、是否迟到、多少行待更正、多少代码尚无对照
-- key: system, dataset
-- column freshness_state: ok 正常，late 迟到，failed 中断；按声明的时限，看最新一条的来源时间；全量读取的数据集看最近一次有内容的落地时间
-- column fresh_at: 判断新鲜程度所看的时间；从未有数据的为空
-- column unmapped_codes: 因代码无对照而待处理的拒收行数
WITH rejected AS (
    SELECT j.system, j.dataset, count(*) AS rows_rejected,
        count(CASE WHEN u.row_key IS NOT NULL THEN 1 END) AS rows_unmapped
    FROM (SELECT *, coalesce(source_id, row_token) AS row_key FROM ops.open_rejections) AS j
    LEFT JOIN (
        SELECT DISTINCT o.system, o.dataset, coalesce(o.source_id, o.row_token) AS row_key
        FROM ops.open_rejections AS o CROSS JOIN UNNEST(o.rule_ids) AS w(rule_id)
        WHERE w.rule_id LIKE '%.unmapped'
    ) AS u ON u.system = j.system AND u.dataset = j.dataset AND u.row_key = j.row_key
    GROUP BY j.system, j.dataset
), landed AS (
    SELECT system, dataset, max(landed_at) AS last_landed_at,
        max(CASE WHEN landed > 0 THEN landed_at END) AS last_filled_at
    FROM ops.loads WHERE kind IN ('sync', 'backfill', 'verification') GROUP BY system, dataset
), stated AS (
    SELECT d.system, d.dataset, d.contract, d.warn_minutes, d.fail_minutes, c.newest_source_at, l.last_landed_at,
        coalesce(c.rows_current, 0) AS rows_current, coalesce(j.rows_rejected, 0) AS rows_rejected_open,
        coalesce(c.pending_corrections, 0) AS pending_corrections, coalesce(j.rows_unmapped, 0) AS unmapped_codes,
        -- A full snapshot is as fresh as its last delivery, however long its records have stood. All others are as
        -- fresh as their newest record, however often a read went well and brought nothing.
        CASE WHEN d.mode = 'snapshot' THEN l.last_filled_at
            ELSE coalesce(c.newest_source_at, c.last_changed_at) END AS fresh_at
    FROM ref.datasets AS d
    LEFT JOIN core.record_counts AS c ON c.system = d.system AND c.dataset = d.dataset
    LEFT JOIN landed AS l ON l.system = d.system AND l.dataset = d.dataset
    LEFT JOIN rejected AS j ON j.system = d.system AND j.dataset = d.dataset
), aged AS (
    SELECT *, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of,
        date_diff('minute', fresh_at, CAST(getvariable('as_of') AS TIMESTAMP)) AS minutes_old
    FROM stated
)
SELECT
    t.system, s.title AS system_title, s.department, s.department_name, t.dataset, t.contract,
    t.newest_source_at, t.last_landed_at, t.fresh_at,
    CASE WHEN t.minutes_old IS NULL OR t.minutes_old > t.fail_minutes THEN 'failed'
        WHEN t.minutes_old > t.warn_minutes THEN 'late' ELSE 'ok' END AS freshness_state,
    t.rows_current, t.rows_rejected_open, t.pending_corrections, t.unmapped_codes,
    CAST(t.rows_rejected_open AS DOUBLE) / nullif(t.rows_current + t.rows_rejected_open, 0) AS rejected_share,
    t.as_of
FROM aged AS t
INNER JOIN ref.systems AS s ON s.system = t.system
