-- description: 在办案件的各个时限：每件来件的受理与办结时限，协议的申请确认、确认的裁定、引调的调解时限，各一行
-- key: system, subject, source_id, clock_code, phase
-- column subject: 受时限约束的是什么：report 来件，agreement 协议，confirmation 确认，referral 引调
-- column source_id: 受时限约束的记录在其系统中的主键
-- column phase: accept 受理，finish 办结
-- column clock_started_at: 起算时间
-- column due_at: 届满时间，已加延长、已扣中止
-- column done_at: 完成时间；尚未完成的为空
-- column state: running 进行中，paused 中止，overdue 已超期，done 按期完成，done_late 逾期完成
-- test: SELECT source_id FROM core.case_clocks WHERE state NOT IN ('running', 'paused', 'overdue', 'done', 'done_late')
-- test: SELECT k.source_id FROM core.case_clocks AS k JOIN core.case_states AS s ON s.leading_system = k.system
--     AND s.leading_source_id = k.source_id AND s.clock_code = k.clock_code AND s.clock_started_at = k.clock_started_at
--     WHERE k.subject = 'report' AND k.phase = 'finish' AND k.due_at <> s.due_at
WITH open_reports AS (
    SELECT r.* FROM core.case_reports AS r
    INNER JOIN core.case_states AS s ON s.case_code = r.case_code
    WHERE s.is_open
), begun AS (
    SELECT r.case_code, r.system, 'report' AS subject, r.source_id, r.clock_code, 'accept' AS phase, r.reported_at AS started_at,
        coalesce(r.accepted_at, r.closed_at) AS done_at, r.is_closed
    FROM open_reports AS r
    UNION ALL
    SELECT r.case_code, r.system, 'report', r.source_id, r.clock_code, 'finish',
        CASE WHEN c.starts_at = 'reported_at' THEN r.reported_at ELSE r.accepted_at END,
        CASE WHEN r.is_closed THEN coalesce(r.closed_at, r.source_updated_at, r.accepted_at, r.reported_at) END, r.is_closed
    FROM open_reports AS r
    INNER JOIN ref.clocks AS c ON c.clock_code = r.clock_code
    UNION ALL
    SELECT a.case_code, a.system, 'agreement', a.source_id, 'confirmation_application', 'finish', coalesce(a.effective_at, a.signed_at),
        (SELECT min(f.applied_at) FROM core.confirmations AS f
            WHERE f.system = a.system AND f.report_source_id = a.report_source_id), false
    FROM core.agreements AS a
    INNER JOIN core.case_states AS s ON s.case_code = a.case_code AND s.is_open
    UNION ALL
    SELECT f.case_code, f.system, 'confirmation', f.source_id, 'confirmation', 'finish', f.applied_at, f.ruled_at, false
    FROM core.confirmations AS f
    INNER JOIN core.case_states AS s ON s.case_code = f.case_code AND s.is_open
    UNION ALL
    SELECT f.case_code, f.system, 'referral', f.source_id, 'court_mediation', 'finish', f.referred_at, f.closed_at, false
    FROM core.referrals AS f
    INNER JOIN core.case_states AS s ON s.case_code = f.case_code AND s.is_open
    WHERE f.direction_code = 'to_mediation'
), limited AS (
    SELECT b.*, c.name AS clock_name,
        CASE WHEN b.phase = 'accept' THEN c.accept_limit ELSE c.finish_limit END AS limit_days,
        CASE WHEN b.phase = 'accept' THEN c.accept_unit ELSE c.finish_unit END AS limit_unit,
        CASE WHEN b.phase = 'finish' AND p.is_extended AND c.extension_unit = c.finish_unit
            THEN c.extension_limit ELSE 0 END AS extended_days,
        CASE WHEN b.phase = 'accept' OR p.system IS NULL THEN 0
            WHEN c.finish_unit = 'working_day' THEN p.paused_workdays ELSE p.paused_days END AS paused_days,
        b.phase = 'finish' AND coalesce(p.is_paused, false) AS is_paused,
        CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
    FROM begun AS b
    INNER JOIN ref.clocks AS c ON c.clock_code = b.clock_code
    LEFT JOIN core.report_pauses AS p
        ON p.system = b.system AND p.source_id = CASE WHEN b.subject = 'report' THEN b.source_id END
    WHERE b.started_at IS NOT NULL
), due AS (
    SELECT l.*,
        CAST(CASE WHEN l.limit_unit = 'working_day' THEN last_day.day
            ELSE CAST(l.started_at AS DATE) + (l.limit_days + l.extended_days + l.paused_days) * INTERVAL 1 DAY
            END AS TIMESTAMP) + INTERVAL 86399 SECOND AS due_at,
        coalesce(l.limit_unit = 'working_day' AND last_day.provisional, false) AS due_provisional
    FROM limited AS l
    LEFT JOIN ref.workdays AS first_day ON first_day.day = CAST(l.started_at AS DATE)
    LEFT JOIN ref.workdays AS last_day
        ON last_day.workday_no = first_day.workday_no + l.limit_days + l.extended_days + l.paused_days
        AND last_day.is_workday
    WHERE l.limit_days IS NOT NULL AND l.limit_unit IN ('day', 'working_day')
)
SELECT
    d.case_code, d.system, d.subject, d.source_id, d.clock_code, d.clock_name, d.phase, d.started_at AS clock_started_at,
    d.limit_days, d.limit_unit, d.extended_days, d.paused_days, d.due_at, d.due_provisional, d.done_at,
    CASE WHEN d.done_at > d.due_at THEN 'done_late' WHEN d.done_at IS NOT NULL OR d.is_closed THEN 'done'
        WHEN d.is_paused THEN 'paused' WHEN d.due_at < d.as_of THEN 'overdue' ELSE 'running' END AS state,
    d.as_of
FROM due AS d
ORDER BY case_code
