-- description: 网格：每个网格一行；同一代码由多个系统报送时取最近更新的
-- key: grid_code
-- column grid_code: 网格代码
-- column name: 网格名称
-- column kind_code: 网格类别
WITH ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY grid_code ORDER BY coalesce(source_updated_at, landed_at) DESC, system, source_id
    ) AS nth
    FROM record.grids
)
SELECT
    g.grid_code, g.system, g.source_id, g.name, g.village_code,
    CASE WHEN town.today_code IS NULL THEN g.town_code WHEN length(town.today_code) = 9 THEN town.today_code END
        AS town_code,
    substr(coalesce(town.today_code, county.today_code, g.county_code, g.grid_code), 1, 6) AS county_code,
    substr(coalesce(town.today_code, county.today_code, g.county_code, g.grid_code), 1, 4) AS prefecture_code,
    g.kind_code, g.household_count, g.person_count, g.leader_name, g.load_id, g.position, g.landed_at
FROM ranked AS g
LEFT JOIN ref.division_today AS county ON county.old_code = g.county_code
LEFT JOIN ref.division_today AS town ON town.old_code = substr(coalesce(g.town_code, g.grid_code), 1, 9)
WHERE g.nth = 1
