-- description: 案件：一案一码，一行一案。没有来件的编码不在此表；颜色属于案件，从不属于人
-- key: case_code
-- test: SELECT case_code FROM core.cases WHERE is_open AND closed_at IS NOT NULL
-- test: SELECT case_code FROM core.cases WHERE is_open AND (is_resolved OR is_closed_late)
-- test: SELECT case_code FROM core.cases WHERE colour NOT IN ('red', 'yellow', 'green', 'grey') OR colour_reason IS NULL
-- test: SELECT alias.old_code FROM core.case_aliases AS alias JOIN core.cases AS c ON c.case_code = alias.old_code
WITH joined AS (
    SELECT
        f.*, s.is_open, s.stage_code, s.status_code, s.leading_system, s.leading_source_id, s.handling_org_name,
        s.mediator_name, s.clock_code, s.clock_name, s.clock_started_at, s.limit_days, s.limit_unit,
        s.due_at, s.due_provisional, s.extended_days, s.paused_days, s.is_paused,
        CASE WHEN s.is_open THEN NULL ELSE f.closed_at END AS ended_at,
        NOT s.is_open AND coalesce(f.result_code IN ('01', '02', '03'), false) AS is_resolved,
        coalesce(u.has_agreement, false) AS has_agreement,
        coalesce(u.has_confirmation, false) AS has_confirmation,
        u.referral_direction, u.satisfaction, u.unsigned_since,
        coalesce(u.transfer_count, 0) AS transfer_count, coalesce(u.returned_count, 0) AS returned_count,
        CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
    FROM core.case_facts AS f
    INNER JOIN core.case_states AS s ON s.case_code = f.case_code
    LEFT JOIN core.case_follow_ups AS u ON u.case_code = f.case_code
), timed AS (
    SELECT j.*,
        j.is_open AND coalesce(j.due_at < j.as_of, false) AS is_overdue,
        greatest(until.workday_no - since.workday_no, 0) AS elapsed_working_days,
        due.workday_no - now_day.workday_no AS working_days_left,
        date_diff('second', j.clock_started_at, j.as_of) AS seconds_run,
        date_diff('second', j.clock_started_at, j.due_at) AS seconds_allowed,
        CASE WHEN j.is_open THEN date_diff('minute', j.unsigned_since, j.as_of) END AS minutes_unsigned
    FROM joined AS j
    LEFT JOIN ref.workdays AS since ON since.day = CAST(coalesce(j.accepted_at, j.reported_at) AS DATE)
    LEFT JOIN ref.workdays AS until ON until.day = CAST(coalesce(j.ended_at, j.as_of) AS DATE)
    LEFT JOIN ref.workdays AS due ON due.day = CAST(j.due_at AS DATE)
    LEFT JOIN ref.workdays AS now_day ON now_day.day = CAST(j.as_of AS DATE)
), reasons AS (
    -- Time: the legal limit, and transfers that nobody signed for (a day; half of it warns). Each line is one rule.
    SELECT *,
        concat_ws('；',
            CASE WHEN is_overdue THEN
                '已超' || clock_name || '期限' || CAST(date_diff('day', due_at, as_of) AS VARCHAR) || '天' END,
            CASE WHEN minutes_unsigned > 1440 THEN '转办超过24小时无人签收' END
        ) AS time_red,
        concat_ws('；',
            CASE WHEN is_open AND NOT is_overdue AND seconds_run >= 0.7 * seconds_allowed
                THEN clock_name || '期限已过七成' END,
            CASE WHEN is_open AND NOT is_overdue AND limit_days >= 5 AND working_days_left <= 2
                THEN '距期限不足3个工作日' END,
            CASE WHEN is_open AND NOT is_overdue AND limit_days < 5 AND seconds_allowed - seconds_run <= 86400
                THEN '距期限不足24小时' END,
            CASE WHEN minutes_unsigned > 720 AND minutes_unsigned <= 1440 THEN '转办超过12小时无人签收' END
        ) AS time_yellow,
        concat_ws('；',
            CASE WHEN risk_level = 1 THEN '风险等级一级' END,
            CASE WHEN scale_code = '03' THEN '重大群体性事件' END,
            CASE WHEN returned_count >= 2 THEN '退回' || CAST(returned_count AS VARCHAR) || '次' END
        ) AS risk_red,
        concat_ws('；',
            CASE WHEN scale_code = '02' THEN '一般群体性事件' END,
            CASE WHEN amount_involved >= 500000 THEN '涉及金额50万元以上' END,
            CASE WHEN system_count >= 2 THEN CAST(system_count AS VARCHAR) || '个渠道重复反映' END,
            CASE WHEN has_minor THEN '涉未成年人' END,
            CASE WHEN is_group AND coalesce(scale_code, '01') = '01' THEN '群体性事项' END
        ) AS risk_yellow
    FROM timed
), coloured AS (
    SELECT *,
        CASE WHEN NOT is_open THEN 'green' WHEN time_red <> '' THEN 'red' WHEN time_yellow <> '' THEN 'yellow'
            ELSE 'green' END AS time_colour,
        CASE WHEN NOT is_open THEN 'green' WHEN risk_red <> '' THEN 'red' WHEN risk_yellow <> '' THEN 'yellow'
            ELSE 'green' END AS risk_colour,
        NOT is_open AND ended_at < as_of - INTERVAL 90 DAY AS is_archived
    FROM reasons
)
SELECT
    c.case_code, c.case_type_code, type.label AS case_type_name, c.matter_kind,
    c.prefecture_code, c.county_code, place.name AS county_name,
    CASE WHEN substr(c.town_code, 1, 6) = c.county_code THEN c.town_code END AS town_code,
    CASE WHEN substr(c.village_code, 1, 6) = c.county_code THEN c.village_code END AS village_code,
    CASE WHEN substr(c.grid_code, 1, 6) = c.county_code THEN c.grid_code END AS grid_code,
    c.county_code_then, place_then.name AS county_name_then,
    CASE WHEN substr(c.town_code_then, 1, 6) = c.county_code_then THEN c.town_code_then END AS town_code_then,
    c.first_system, c.first_source_id, c.leading_system, c.leading_source_id, c.report_count, c.system_count,
    c.occurred_at, c.reported_at, c.last_reported_at, c.accepted_at, c.ended_at AS closed_at,
    c.clock_code, c.clock_name, c.clock_started_at, c.due_at, c.due_provisional,
    c.extended_days, c.paused_days, c.is_open AND c.is_paused AS is_paused,
    c.stage_code, c.status_code, CASE WHEN NOT c.is_open THEN c.result_code END AS result_code, c.resolve_way_code,
    c.scale_code, c.risk_level, c.amount_involved, c.party_count, c.has_minor, c.is_group,
    c.is_open, c.is_resolved, c.is_overdue,
    CASE WHEN c.is_overdue THEN date_diff('day', c.due_at, c.as_of) ELSE 0 END AS overdue_days,
    NOT c.is_open AND coalesce(c.ended_at > c.due_at, false) AS is_closed_late,
    -- Settled where it arose: one system, no transfer, no court, and a grid or village that is known.
    c.is_resolved AND c.system_count = 1 AND c.transfer_count = 0 AND c.referral_direction IS NULL
        AND (c.grid_code IS NOT NULL OR c.village_code IS NOT NULL) AS is_resolved_in_grid,
    c.time_colour, c.risk_colour,
    CASE WHEN c.is_archived THEN 'grey'
        WHEN 'red' IN (c.time_colour, c.risk_colour) THEN 'red'
        WHEN 'yellow' IN (c.time_colour, c.risk_colour) THEN 'yellow'
        ELSE 'green' END AS colour,
    CASE WHEN c.is_archived THEN '已办结满90天'
        WHEN NOT c.is_open THEN '已办结，处于回访期'
        WHEN c.time_red <> '' OR c.risk_red <> '' THEN concat_ws('；', nullif(c.time_red, ''), nullif(c.risk_red, ''))
        WHEN c.time_yellow <> '' OR c.risk_yellow <> ''
            THEN concat_ws('；', nullif(c.time_yellow, ''), nullif(c.risk_yellow, ''))
        WHEN c.due_at IS NULL THEN '没有适用的办理期限'
        ELSE '在期限内' END AS colour_reason,
    c.platform_code, c.platform_name, c.handling_org_name, c.mediator_name,
    c.satisfaction, c.has_agreement, c.has_confirmation, c.referral_direction, c.transfer_count, c.returned_count,
    c.elapsed_working_days, c.pending_correction, c.as_of
FROM coloured AS c
LEFT JOIN ref.codes AS type ON type.list = 'case_type' AND type.code = c.case_type_code
LEFT JOIN core.divisions AS place ON place.code = c.county_code
LEFT JOIN core.divisions AS place_then ON place_then.code = c.county_code_then
ORDER BY case_code
