-- description: 网格：每个网格一行，案件数与静默天数
-- key: grid_code
-- column grid_code: 网格代码
-- column flag: silent 14天以上没有案件或从未有案件，all_closed 五件以上且全部办结（同样值得核实），空为正常
-- column resolved_in_grid: 就地化解的案件数
-- column worker_count: 在岗网格员数
-- column is_vacant: 没有在岗网格员；没有任何系统报送网格员时为空
-- column cases: 案件数
WITH counted AS (
    SELECT grid_code, count(*) AS cases,
        count(CASE WHEN is_open THEN 1 END) AS open_cases,
        count(CASE WHEN is_open AND colour = 'red' THEN 1 END) AS red_open,
        count(CASE WHEN is_open AND colour = 'yellow' THEN 1 END) AS yellow_open,
        count(CASE WHEN is_overdue THEN 1 END) AS overdue_open,
        count(CASE WHEN is_resolved_in_grid THEN 1 END) AS resolved_in_grid,
        max(last_reported_at) AS last_case_at
    FROM core.cases WHERE grid_code IS NOT NULL GROUP BY grid_code
), staffed AS (
    SELECT grid_code, count(DISTINCT name) AS worker_count FROM core.grid_workers WHERE active GROUP BY grid_code
), joined AS (
    SELECT g.grid_code, g.name AS grid_name, g.village_code, g.town_code, g.prefecture_code, g.county_code,
        g.household_count, g.person_count, g.leader_name, coalesce(w.worker_count, 0) AS worker_count,
        CASE WHEN EXISTS (SELECT 1 FROM core.grid_workers) THEN w.grid_code IS NULL END AS is_vacant,
        coalesce(c.cases, 0) AS cases, coalesce(c.open_cases, 0) AS open_cases,
        coalesce(c.red_open, 0) AS red_open, coalesce(c.yellow_open, 0) AS yellow_open,
        coalesce(c.overdue_open, 0) AS overdue_open, coalesce(c.resolved_in_grid, 0) AS resolved_in_grid,
        c.last_case_at,
        -- A report may be dated up to a day later than now, by a clock that is ahead.
        CASE WHEN c.last_case_at > CAST(getvariable('as_of') AS TIMESTAMP) THEN 0
            ELSE date_diff('day', c.last_case_at, CAST(getvariable('as_of') AS TIMESTAMP)) END AS silent_days,
        CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
    FROM core.grids AS g
    LEFT JOIN counted AS c ON c.grid_code = g.grid_code
    LEFT JOIN staffed AS w ON w.grid_code = g.grid_code
)
SELECT
    grid_code, grid_name, village_code, town_code, prefecture_code, county_code,
    household_count, person_count, leader_name, worker_count, is_vacant,
    cases, open_cases, red_open, yellow_open, overdue_open, resolved_in_grid, last_case_at, silent_days,
    CASE WHEN silent_days IS NULL OR silent_days >= 14 THEN 'silent'
        WHEN cases >= 5 AND open_cases = 0 THEN 'all_closed' END AS flag,
    as_of
FROM joined
