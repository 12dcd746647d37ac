-- description: 调解员：履行公共职务的人员，姓名公开
-- key: system, source_id
-- column name: 姓名
-- column kind_code: 调解员类别
-- column active: 在任
SELECT
    m.system, m.source_id, m.name, m.organisation_source_id, o.name AS organisation_name, m.kind_code,
    substr(coalesce(t.today_code, m.county_code), 1, 4) AS prefecture_code,
    coalesce(t.today_code, m.county_code) AS county_code, m.active, m.load_id, m.position, m.landed_at
FROM record.mediators AS m
LEFT JOIN record.organisations AS o ON o.system = m.system AND o.source_id = m.organisation_source_id
LEFT JOIN ref.division_today AS t ON t.old_code = m.county_code
