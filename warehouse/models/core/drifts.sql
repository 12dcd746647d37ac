-- description: 来文的字段现在与声明的不同之处：每个数据集、字段、变化一行
-- key: system, dataset, field, change
-- column field: 来源系统的字段名
-- column change: new 新增，missing 缺少，retyped 值的类型变了
-- column detail: 最近一次见到时，在哪里、有多少
-- column is_refused: 来文因此被拒绝，没有并入；更正声明后自动并入，来源改正后重新读取即了结
-- column since: 从哪次来文起

-- A missing or retyped field stands until a later delivery with records is without it. A new field may be in few
-- records, so its absence says nothing: it stands until it is declared or has not come for 30 days.
WITH found AS (
    SELECT d.*, l.load_id IS NULL AS is_refused
    FROM ops.drift AS d
    LEFT JOIN ops.loads AS l ON l.load_id = d.load_id
), changes AS (
    SELECT DISTINCT system, dataset, field, change FROM found
), clean AS (
    SELECT c.system, c.dataset, c.field, c.change, max(l.load_id) AS load_id
    FROM changes AS c
    INNER JOIN ops.loads AS l ON l.system = c.system AND l.dataset = c.dataset
    LEFT JOIN ops.drift AS d ON d.load_id = l.load_id AND d.field = c.field AND d.change = c.change
    WHERE l.kind = 'sync' AND l.landed > l.deleted AND d.load_id IS NULL
    GROUP BY c.system, c.dataset, c.field, c.change
), standing AS (
    SELECT f.*
    FROM found AS f
    LEFT JOIN clean AS c
        ON c.system = f.system AND c.dataset = f.dataset AND c.field = f.field AND c.change = f.change
    LEFT JOIN ref.fields AS r ON r.system = f.system AND r.dataset = f.dataset AND r.field = f.field
    WHERE f.is_refused
        OR CASE
            WHEN f.change = 'new'
                THEN r.field IS NULL AND f.landed_at >= CAST(getvariable('as_of') AS TIMESTAMP) - INTERVAL '30' DAY
            ELSE coalesce(r.is_read, false) AND (c.load_id IS NULL OR f.load_id > c.load_id)
        END
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY system, dataset, field, change ORDER BY load_id DESC) AS nth,
        min(landed_at) OVER (PARTITION BY system, dataset, field, change) AS since,
        max(CASE WHEN is_refused THEN 1 ELSE 0 END) OVER (PARTITION BY system, dataset, field, change) AS refused
    FROM standing
)
SELECT system, dataset, field, change, detail, refused = 1 AS is_refused, load_id, since
FROM numbered
WHERE nth = 1
