-- description: 调解员负荷：每名调解员一行，在办、近90天办结与化解；案件按办理单位和调解员姓名归属
-- key: system, source_id
-- column name: 姓名
-- column kind_code: 调解员类别
-- column active: 在任
-- column closed_90d: 近90天办结的案件数
-- column resolved_90d: 其中化解的
WITH counted AS (
    SELECT handling_org_name, mediator_name,
        count(CASE WHEN is_open THEN 1 END) AS open_cases,
        count(CASE WHEN is_open AND colour = 'red' THEN 1 END) AS red_open,
        count(CASE WHEN is_overdue THEN 1 END) AS overdue_open,
        count(CASE WHEN closed_at >= as_of - INTERVAL '90' DAY THEN 1 END) AS closed_90d,
        count(CASE WHEN closed_at >= as_of - INTERVAL '90' DAY AND is_resolved THEN 1 END) AS resolved_90d
    FROM core.cases
    WHERE handling_org_name IS NOT NULL AND mediator_name IS NOT NULL
    GROUP BY handling_org_name, mediator_name
)
SELECT
    m.system, m.source_id, m.name, m.organisation_source_id, m.organisation_name, m.kind_code,
    m.prefecture_code, m.county_code, m.active,
    coalesce(c.open_cases, 0) AS open_cases, coalesce(c.red_open, 0) AS red_open,
    coalesce(c.overdue_open, 0) AS overdue_open, coalesce(c.closed_90d, 0) AS closed_90d,
    coalesce(c.resolved_90d, 0) AS resolved_90d, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM core.mediators AS m
LEFT JOIN counted AS c ON c.handling_org_name = m.organisation_name AND c.mediator_name = m.name
