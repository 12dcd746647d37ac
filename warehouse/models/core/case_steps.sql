-- description: 案件时间线：系统报送的办理环节，加上来件、协议、确认、引调、评价、流转自身记载的节点，按发生时间编号
-- key: case_code, seq
-- column org_name: 办理单位
-- column origin: 节点出处：step 环节表，report 来件，agreement 协议，confirmation 确认，referral 引调，transfer 流转，
--     evaluation 评价
-- column origin_source_id: 出处记录在其系统中的主键
-- test: SELECT s.case_code FROM core.case_steps AS s LEFT JOIN core.case_reports AS r
--     ON r.system = s.system AND r.source_id = s.source_id AND r.case_code = s.case_code WHERE r.case_code IS NULL
WITH implied AS (
    SELECT 0 AS rank, 'report' AS origin, system, source_id AS origin_source_id, source_id AS report_source_id,
        '01' AS step_code, '10' AS stage_code, CAST(NULL AS VARCHAR) AS status_code, reported_at AS happened_at,
        CAST(NULL AS VARCHAR) AS org_name, CAST(NULL AS VARCHAR) AS actor_name, load_id, position
    FROM core.case_reports
    UNION ALL
    SELECT 2, 'report', system, source_id, source_id, '02', '10', '12', accepted_at,
        handling_org_name, NULL, load_id, position
    FROM core.case_reports WHERE accepted_at IS NOT NULL
    UNION ALL
    SELECT 9, 'report', system, source_id, source_id, '14', stage_code, coalesce(status_code, '90'), closed_at,
        handling_org_name, mediator_name, load_id, position
    FROM core.case_reports WHERE closed_at IS NOT NULL
    UNION ALL
    SELECT 3, 'transfer', system, source_id, report_source_id, '04', '10', '20', sent_at,
        from_org, NULL, load_id, position
    FROM core.transfers WHERE sent_at IS NOT NULL
    UNION ALL
    SELECT 4, 'transfer', system, source_id, report_source_id, '05', '10', '20', received_at,
        to_org, NULL, load_id, position
    FROM core.transfers WHERE received_at IS NOT NULL
    UNION ALL
    SELECT 4, 'transfer', system, source_id, report_source_id, '06', '10', '20', returned_at,
        to_org, NULL, load_id, position
    FROM core.transfers WHERE returned_at IS NOT NULL
    UNION ALL
    SELECT 5, 'agreement', system, source_id, report_source_id, '08', '20', '22', signed_at,
        NULL, NULL, load_id, position
    FROM core.agreements WHERE signed_at IS NOT NULL
    UNION ALL
    SELECT 6, 'confirmation', system, source_id, report_source_id, '10', '30', '30', applied_at,
        court_name, NULL, load_id, position
    FROM core.confirmations WHERE applied_at IS NOT NULL
    UNION ALL
    SELECT 7, 'confirmation', system, source_id, report_source_id, '11', '30',
        CASE result_code WHEN '01' THEN '31' WHEN '02' THEN '32' END, ruled_at, court_name, NULL, load_id, position
    FROM core.confirmations WHERE ruled_at IS NOT NULL
    UNION ALL
    SELECT 6, 'referral', system, source_id, report_source_id,
        CASE WHEN direction_code = 'to_court' THEN '13' ELSE '12' END, '40', '40', referred_at,
        court_name, NULL, load_id, position
    FROM core.referrals WHERE referred_at IS NOT NULL
    UNION ALL
    SELECT 10, 'evaluation', system, source_id, report_source_id, '15', '50',
        CASE WHEN satisfaction >= 4 THEN '51' WHEN satisfaction IS NOT NULL THEN '52' ELSE '50' END,
        coalesce(replied_at, invited_at), NULL, NULL, load_id, position
    FROM core.evaluations WHERE coalesce(replied_at, invited_at) IS NOT NULL
), told_once AS (
    -- What a system told as a step and again as a field of the report is one event: the step says more.
    SELECT *,
        row_number() OVER (
            PARTITION BY system, report_source_id, step_code, happened_at ORDER BY rank, origin_source_id
        ) AS telling
    FROM implied AS i
    WHERE NOT EXISTS (
        SELECT 1 FROM record.case_steps AS s
        WHERE s.system = i.system AND s.report_source_id = i.report_source_id
            AND s.step_code IS NOT DISTINCT FROM i.step_code AND s.happened_at IS NOT DISTINCT FROM i.happened_at
    )
), nodes AS (
    SELECT 1 AS rank, 'step' AS origin, system, source_id AS origin_source_id, report_source_id, step_code, stage_code,
        status_code, happened_at, recorded_at, org_name, actor_name, load_id, position
    FROM record.case_steps
    UNION ALL
    SELECT rank, origin, system, origin_source_id, report_source_id, step_code, stage_code, status_code, happened_at,
        NULL, org_name, actor_name, load_id, position
    FROM told_once WHERE telling = 1
)
SELECT
    r.case_code,
    row_number() OVER (
        PARTITION BY r.case_code
        ORDER BY n.happened_at, n.rank, n.system, n.origin, n.origin_source_id, n.step_code
    ) AS seq,
    n.origin, n.system, n.report_source_id AS source_id, n.origin_source_id, n.stage_code, n.step_code, n.status_code,
    n.happened_at, n.recorded_at, n.org_name, n.actor_name, n.load_id, n.position
FROM nodes AS n
INNER JOIN core.case_reports AS r ON r.system = n.system AND r.source_id = n.report_source_id
WHERE r.case_code IS NOT NULL
ORDER BY case_code
