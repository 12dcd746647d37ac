-- description: 颜色的历史：案件的颜色每变一次一行，从何时起、到何时止、为什么、当时在谁手里；以建库时所见为准。初见时已归档的不记
-- key: case_code, seq
-- column case_code: 当时的案件编码；并案后的旧编码见 core.case_aliases
-- column seq: 本案第几个颜色
-- column seen_at: 最先看到这一颜色的建库的数据截至时间
-- column until_at: 最先看到下一颜色的时间；空为现在仍是
-- column colour_before: 此前的颜色；初见时为空
-- column colour_reason: 当时颜色的理由
-- column holder_org: 当时负责的单位
-- column days: 至变色（没有变的至数据截至时）的天数
WITH known AS (
    SELECT *, row_number() OVER (PARTITION BY case_code ORDER BY seen_at DESC) AS from_last
    FROM ops.case_colours WHERE seen_at < CAST(getvariable('as_of') AS TIMESTAMP)
), present AS (
    SELECT c.case_code, c.as_of AS seen_at, c.colour, c.time_colour, c.risk_colour, c.colour_reason, h.holder_org
    FROM core.cases AS c
    LEFT JOIN core.case_holders AS h ON h.case_code = c.case_code
), told AS (
    SELECT case_code, seen_at, colour, time_colour, risk_colour, colour_reason, holder_org FROM known
    UNION ALL
    SELECT p.case_code, p.seen_at, p.colour, p.time_colour, p.risk_colour, p.colour_reason, p.holder_org
    FROM present AS p
    LEFT JOIN known AS k ON k.case_code = p.case_code AND k.from_last = 1
    WHERE CASE WHEN k.case_code IS NULL THEN p.colour <> 'grey'
        ELSE p.colour <> k.colour OR p.time_colour <> k.time_colour OR p.risk_colour <> k.risk_colour END
), spans AS (
    SELECT *, row_number() OVER (PARTITION BY case_code ORDER BY seen_at) AS seq,
        lead(seen_at) OVER (PARTITION BY case_code ORDER BY seen_at) AS until_at,
        lag(colour) OVER (PARTITION BY case_code ORDER BY seen_at) AS colour_before
    FROM told
)
SELECT case_code, seq, seen_at, until_at, colour_before, colour, time_colour, risk_colour, colour_reason, holder_org,
    date_diff('day', seen_at, coalesce(until_at, CAST(getvariable('as_of') AS TIMESTAMP))) AS days
FROM spans
ORDER BY case_code
