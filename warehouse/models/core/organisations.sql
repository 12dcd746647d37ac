-- description: 调解组织与机构：公开的职能信息
-- key: system, source_id
SELECT
    o.system, o.source_id, o.name, o.uscc, o.org_type_code,
    substr(coalesce(t.today_code, o.county_code), 1, 4) AS prefecture_code,
    coalesce(t.today_code, o.county_code) AS county_code, o.town_code, o.active, o.load_id, o.position, o.landed_at
FROM record.organisations AS o
LEFT JOIN ref.division_today AS t ON t.old_code = o.county_code
