-- description: 司法确认：每件申请一行，地点取所属来件
-- key: system, source_id
-- column result_code: 裁定结果
SELECT
    r.case_code, c.system, c.source_id, c.report_source_id,
    c.court_name, c.applied_at, c.ruled_at, c.result_code, c.document_no,
    r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.platform_code, r.platform_name,
    c.load_id, c.position, c.landed_at
FROM record.confirmations AS c
LEFT JOIN core.case_reports AS r ON r.system = c.system AND r.source_id = c.report_source_id
ORDER BY case_code
