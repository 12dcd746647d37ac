-- description: “其他”类占比：每个数据集每个有“其他”类的代码字段一行，近 30 天与此前 180 天相比
-- key: system, dataset, field
-- column list: 字段的代码表
-- column rows_recent: 近 30 天有代码的记录数
-- column others_recent: 其中归入“其他”类的记录数
-- column share_recent: 近 30 天“其他”类占比
-- column rows_before: 此前 180 天有代码的记录数
-- column others_before: 其中归入“其他”类的记录数
-- column share_before: 此前 180 天“其他”类占比
-- column verdict: ok 正常，rising 上升超过 10 个百分点，unknown 某一段不足 30 条，无从判断

-- Codes whose label begins with 其他, which is how the code lists name what fits nowhere else. Records count by when
-- their event happened; where a contract names no event, by when they first landed.
WITH vague AS (
    SELECT list, code FROM ref.codes WHERE label LIKE '其他%'
), dated AS (
    SELECT c.system, c.dataset, c.contract, c.field, c.list,
        c.happened_at >= CAST(getvariable('as_of') AS TIMESTAMP) - INTERVAL '30' DAY AS is_recent,
        v.code IS NOT NULL AS is_vague
    FROM history.coded_values AS c
    LEFT JOIN vague AS v ON v.list = c.list AND v.code = c.code
    WHERE c.list IN (SELECT list FROM vague)
        AND c.happened_at >= CAST(getvariable('as_of') AS TIMESTAMP) - INTERVAL '210' DAY
        AND c.happened_at <= CAST(getvariable('as_of') AS TIMESTAMP)
), counted AS (
    SELECT system, dataset, contract, field, list,
        count(CASE WHEN is_recent THEN 1 END) AS rows_recent,
        count(CASE WHEN is_recent AND is_vague THEN 1 END) AS others_recent,
        count(CASE WHEN NOT is_recent THEN 1 END) AS rows_before,
        count(CASE WHEN NOT is_recent AND is_vague THEN 1 END) AS others_before
    FROM dated
    GROUP BY system, dataset, contract, field, list
), shared AS (
    SELECT *, CAST(others_recent AS DOUBLE) / nullif(rows_recent, 0) AS share_recent,
        CAST(others_before AS DOUBLE) / nullif(rows_before, 0) AS share_before
    FROM counted
)
SELECT
    s.system, r.department, s.dataset, s.contract, s.field, s.list, s.rows_recent, s.others_recent, s.share_recent,
    s.rows_before, s.others_before, s.share_before,
    CASE
        WHEN s.rows_recent < 30 OR s.rows_before < 30 THEN 'unknown'
        WHEN s.share_recent - s.share_before > 0.1 THEN 'rising'
        ELSE 'ok'
    END AS verdict
FROM shared AS s
INNER JOIN ref.systems AS r ON r.system = s.system
