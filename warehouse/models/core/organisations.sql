-- description: 组织机构：调解组织和其他机构公开的职能信息
-- key: system, source_id
-- column active: 在用；来源只报登记状态的，存续为在用
SELECT
    o.system, o.source_id, o.name, o.uscc, o.org_type_code,
    substr(coalesce(town.today_code, county.today_code, o.county_code), 1, 4) AS prefecture_code,
    substr(coalesce(town.today_code, county.today_code, o.county_code), 1, 6) AS county_code,
    CASE WHEN town.today_code IS NULL THEN o.town_code WHEN length(town.today_code) = 9 THEN town.today_code END
        AS town_code,
    coalesce(o.active, o.status_code = '01') AS active, o.load_id, o.position, o.landed_at
FROM record.organisations AS o
LEFT JOIN ref.division_today AS county ON county.old_code = o.county_code
LEFT JOIN ref.division_today AS town ON town.old_code = o.town_code
