-- description: 中止与延长：办理中有中止或延长期限的来件每件一行，来自系统报送的办理环节（20 中止、21 恢复、22 延长期限）
-- key: system, source_id
-- column pause_count: 中止次数
-- column paused_days: 中止的自然日数，未恢复的计到办结，在办的计到数据截至时
-- column paused_workdays: 中止的工作日数
-- column is_paused: 尚未恢复，也未办结
-- column is_extended: 已办理延长期限
WITH marks AS (
    SELECT s.system, s.report_source_id, s.step_code, s.happened_at, s.source_id,
        r.closed_at, coalesce(r.closed_at, CAST(getvariable('as_of') AS TIMESTAMP)) AS end_at
    FROM record.case_steps AS s
    INNER JOIN record.case_reports AS r ON r.system = s.system AND r.source_id = s.report_source_id
    WHERE s.step_code IN ('20', '21', '22') AND s.happened_at IS NOT NULL
), spans AS (
    -- A pause lasts until what follows it: its end, or another pause.
    SELECT system, report_source_id, step_code, closed_at, happened_at AS from_at,
        lead(happened_at) OVER (PARTITION BY system, report_source_id ORDER BY happened_at, source_id) AS next_at,
        end_at
    FROM marks WHERE step_code IN ('20', '21') AND happened_at <= end_at
), paused AS (
    SELECT s.system, s.report_source_id, count(*) AS pause_count,
        sum(date_diff('day', CAST(s.from_at AS DATE), CAST(coalesce(s.next_at, s.end_at) AS DATE))) AS paused_days,
        sum(until.workday_no - since.workday_no) AS paused_workdays,
        max(CASE WHEN s.next_at IS NULL AND s.closed_at IS NULL THEN 1 ELSE 0 END) AS unfinished
    FROM spans AS s
    LEFT JOIN ref.workdays AS since ON since.day = CAST(s.from_at AS DATE)
    LEFT JOIN ref.workdays AS until ON until.day = CAST(coalesce(s.next_at, s.end_at) AS DATE)
    WHERE s.step_code = '20'
    GROUP BY s.system, s.report_source_id
), extended AS (
    SELECT system, report_source_id, max(CASE WHEN step_code = '22' THEN 1 ELSE 0 END) AS extensions
    FROM marks GROUP BY system, report_source_id
)
SELECT
    e.system, e.report_source_id AS source_id, coalesce(p.pause_count, 0) AS pause_count,
    CAST(coalesce(p.paused_days, 0) AS BIGINT) AS paused_days,
    CAST(coalesce(p.paused_workdays, 0) AS BIGINT) AS paused_workdays,
    coalesce(p.unfinished = 1, false) AS is_paused, e.extensions = 1 AS is_extended
FROM extended AS e
LEFT JOIN paused AS p ON p.system = e.system AND p.report_source_id = e.report_source_id
