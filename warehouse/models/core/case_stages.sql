-- description: 案件各环节：每个案件经过的每个环节一行，何时进入、最近一次办理、停留多久，来自案件时间线
-- key: case_code, stage_code
-- column stage_name: 环节名称
-- column entered_at: 首次进入本环节的时间
-- column last_step_at: 本环节最近一次办理的时间
-- column next_stage_at: 首次进入后面环节的时间；仍在本环节或止于本环节的为空
-- column step_count: 本环节的办理次数
-- column is_now: 在办案件现在所处的环节
-- column stage_days: 停留天数：从进入到进入后面环节，没有的到办结，在办的到数据截至时
WITH entered AS (
    SELECT case_code, stage_code, min(happened_at) AS entered_at, max(happened_at) AS last_step_at, count(*) AS step_count
    FROM core.case_steps
    WHERE stage_code IS NOT NULL AND happened_at IS NOT NULL
    GROUP BY case_code, stage_code
), followed AS (
    SELECT *, min(entered_at) OVER (
            PARTITION BY case_code ORDER BY stage_code ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS later_at
    FROM entered
)
SELECT
    f.case_code, f.stage_code, stage.label AS stage_name, f.entered_at, f.last_step_at,
    CASE WHEN f.later_at >= f.entered_at THEN f.later_at END AS next_stage_at, f.step_count,
    c.is_open AND coalesce(c.stage_code = f.stage_code, false) AS is_now,
    date_diff('day', f.entered_at, greatest(f.entered_at,
        CASE WHEN c.is_open AND c.stage_code = f.stage_code THEN c.as_of
            WHEN f.later_at >= f.entered_at THEN f.later_at ELSE coalesce(c.closed_at, c.as_of) END)) AS stage_days,
    c.prefecture_code, c.county_code, c.town_code, c.village_code, c.grid_code
FROM followed AS f
INNER JOIN core.cases AS c ON c.case_code = f.case_code
LEFT JOIN ref.codes AS stage ON stage.list = 'stage' AND stage.code = f.stage_code
ORDER BY case_code
