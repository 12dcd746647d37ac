-- description: 网格：每个网格一行；同一代码由多个系统报送时取最近更新的
-- key: grid_code
WITH ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY grid_code ORDER BY coalesce(source_updated_at, landed_at) DESC, system, source_id
    ) AS nth
    FROM record.grids
)
SELECT
    g.grid_code, g.system, g.source_id, g.name, g.village_code, g.town_code,
    coalesce(t.today_code, g.county_code, substr(g.grid_code, 1, 6)) AS county_code,
    substr(coalesce(t.today_code, g.county_code, g.grid_code), 1, 4) AS prefecture_code,
    g.kind_code, g.household_count, g.person_count, g.leader_name, g.load_id, g.position, g.landed_at
FROM ranked AS g
LEFT JOIN ref.division_today AS t ON t.old_code = g.county_code
WHERE g.nth = 1
