-- description: 调解组织负荷：每个调解组织一行，在办、近90天办结与化解、在任调解员、人均在办
-- key: system, source_id
-- column active: 在用
-- column closed_90d: 近90天办结的案件数
-- column resolved_90d: 其中化解的
-- column success_rate: 近90天办结案件的化解率；没有办结的为空
-- column mediator_count: 在任调解员数
-- column open_per_mediator: 每名在任调解员的在办案件数；没有调解员的为空
WITH agencies AS (
    -- One name may stand in several counties; a case belongs to the one of its own county, else to the only one.
    SELECT *, count(*) OVER (PARTITION BY name) AS namesakes
    FROM core.organisations WHERE org_type_code IN ('01', '02', '03', '04', '05', '06', '07', '08', '09')
), handled AS (
    SELECT a.system, a.source_id, c.is_open, c.is_resolved, c.is_overdue, c.colour,
        c.closed_at >= c.as_of - INTERVAL '90' DAY AS is_recent
    FROM core.cases AS c
    INNER JOIN agencies AS a
        ON a.name = c.handling_org_name AND (a.namesakes = 1 OR a.county_code = c.county_code)
), counted AS (
    SELECT system, source_id,
        count(CASE WHEN is_open THEN 1 END) AS open_cases,
        count(CASE WHEN is_open AND colour = 'red' THEN 1 END) AS red_open,
        count(CASE WHEN is_overdue THEN 1 END) AS overdue_open,
        count(CASE WHEN is_recent THEN 1 END) AS closed_90d,
        count(CASE WHEN is_recent AND is_resolved THEN 1 END) AS resolved_90d
    FROM handled GROUP BY system, source_id
), staffed AS (
    SELECT system, organisation_source_id AS source_id, count(*) AS mediator_count
    FROM core.mediators WHERE active GROUP BY system, organisation_source_id
)
SELECT
    a.system, a.source_id, a.name, a.org_type_code, a.prefecture_code, a.county_code, a.town_code, a.active,
    coalesce(c.open_cases, 0) AS open_cases, coalesce(c.red_open, 0) AS red_open,
    coalesce(c.overdue_open, 0) AS overdue_open, coalesce(c.closed_90d, 0) AS closed_90d,
    coalesce(c.resolved_90d, 0) AS resolved_90d,
    CAST(c.resolved_90d AS DOUBLE) / nullif(c.closed_90d, 0) AS success_rate,
    coalesce(s.mediator_count, 0) AS mediator_count,
    CAST(coalesce(c.open_cases, 0) AS DOUBLE) / nullif(s.mediator_count, 0) AS open_per_mediator,
    CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM agencies AS a
LEFT JOIN counted AS c ON c.system = a.system AND c.source_id = a.source_id
LEFT JOIN staffed AS s ON s.system = a.system AND s.source_id = a.source_id
