-- description: 案件现状：由主导来件决定。未办结的来件先于已办结的，再取环节最靠后的，再取更新最近的
-- key: case_code
-- column leading_system: 主导来件所属系统
-- column leading_source_id: 主导来件编号
-- column clock_started_at: 时限起算时间
-- column extended_days: 已办理延长的天数，单位同 limit_unit
-- column paused_days: 中止而扣除的天数，单位同 limit_unit
-- column is_paused: 现在处于中止
WITH ranked AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY case_code
            ORDER BY is_closed, coalesce(status_code, '') = '95', coalesce(stage_code, '') DESC,
                coalesce(source_updated_at, closed_at, accepted_at, reported_at) DESC, system, source_id
        ) AS nth
    FROM (
        SELECT case_code, system, source_id, is_closed, stage_code, status_code, reported_at, accepted_at, closed_at,
            source_updated_at, clock_code, handling_org_name, mediator_name
        FROM core.case_reports WHERE case_code IS NOT NULL
    ) AS reports
), leading_reports AS (
    SELECT * FROM ranked WHERE nth = 1
), started AS (
    -- Until a matter is accepted, the limit for accepting it runs, where the law gives one.
    SELECT l.*, c.name AS clock_name,
        CASE WHEN l.accepted_at IS NULL OR c.starts_at = 'reported_at' THEN l.reported_at
            ELSE l.accepted_at END AS clock_started_at,
        CASE WHEN l.accepted_at IS NULL AND c.accept_limit IS NOT NULL THEN c.accept_limit
            ELSE c.finish_limit END AS limit_days,
        CASE WHEN l.accepted_at IS NULL AND c.accept_limit IS NOT NULL THEN c.accept_unit
            ELSE c.finish_unit END AS limit_unit,
        -- What was extended or paused is of the time for finishing.
        CASE WHEN l.accepted_at IS NULL AND c.accept_limit IS NOT NULL THEN 0
            WHEN p.is_extended AND c.extension_unit = c.finish_unit THEN c.extension_limit ELSE 0 END AS extended_days,
        CASE WHEN p.system IS NULL OR (l.accepted_at IS NULL AND c.accept_limit IS NOT NULL) THEN 0
            WHEN c.finish_unit = 'working_day' THEN p.paused_workdays ELSE p.paused_days END AS paused_days,
        coalesce(p.is_paused, false) AS is_paused
    FROM leading_reports AS l
    LEFT JOIN ref.clocks AS c ON c.clock_code = l.clock_code
    LEFT JOIN core.report_pauses AS p ON p.system = l.system AND p.source_id = l.source_id
)
SELECT
    s.case_code, s.system AS leading_system, s.source_id AS leading_source_id, NOT s.is_closed AS is_open,
    s.stage_code, s.status_code, s.handling_org_name, s.mediator_name,
    s.clock_code, s.clock_name, s.clock_started_at, s.limit_days, s.limit_unit, s.extended_days, s.paused_days, s.is_paused,
    CAST(CASE WHEN s.limit_unit = 'working_day' THEN last_day.day
        ELSE CAST(s.clock_started_at AS DATE) + (s.limit_days + s.extended_days + s.paused_days) * INTERVAL 1 DAY END AS TIMESTAMP)
        + INTERVAL 86399 SECOND AS due_at,
    coalesce(s.limit_unit = 'working_day' AND last_day.provisional, false) AS due_provisional
FROM started AS s
LEFT JOIN ref.workdays AS first_day ON first_day.day = CAST(s.clock_started_at AS DATE)
LEFT JOIN ref.workdays AS last_day
    ON last_day.workday_no = first_day.workday_no + s.limit_days + s.extended_days + s.paused_days AND last_day.is_workday
ORDER BY case_code
