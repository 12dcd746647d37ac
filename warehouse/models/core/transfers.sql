-- description: 部门间流转：每次转办一行；is_unsigned 表示转出后既未签收也未退回
-- key: system, source_id
-- column is_unsigned: 转出后既未签收、受理，也未退回
-- column is_returned: 已退回
SELECT
    r.case_code, t.system, t.source_id, t.report_source_id,
    t.from_org, t.to_org, t.sent_at, t.received_at, t.accepted_at, t.returned_at, t.return_reason_code,
    t.returned_at IS NOT NULL AS is_returned,
    coalesce(t.received_at, t.accepted_at, t.returned_at) IS NULL AS is_unsigned,
    r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.platform_code, r.platform_name,
    t.load_id, t.position, t.landed_at
FROM record.case_transfers AS t
LEFT JOIN core.case_reports AS r ON r.system = t.system AND r.source_id = t.report_source_id
ORDER BY case_code
