-- description: 调解协议：每份协议一行，地点取所属来件
-- key: system, source_id
-- column amount: 协议金额
-- column is_confirmed: 所属案件已有司法确认有效的裁定
WITH confirmed AS (
    SELECT DISTINCT r.case_code
    FROM record.confirmations AS c
    INNER JOIN core.case_reports AS r ON r.system = c.system AND r.source_id = c.report_source_id
    WHERE c.result_code = '01' AND r.case_code IS NOT NULL
)
SELECT
    r.case_code, a.system, a.source_id, a.report_source_id,
    a.form_code, a.signed_at, a.effective_at, a.amount, a.performed,
    k.case_code IS NOT NULL AS is_confirmed,
    r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.platform_code, r.platform_name,
    a.load_id, a.position, a.landed_at
FROM record.agreements AS a
LEFT JOIN core.case_reports AS r ON r.system = a.system AND r.source_id = a.report_source_id
LEFT JOIN confirmed AS k ON k.case_code = r.case_code
ORDER BY case_code
