-- description: 诉讼引调：法院引调与调解转诉，每次一行，地点取所属来件
-- key: system, source_id
-- column closed_at: 引调结束时间
-- column result_code: 引调结果
SELECT
    r.case_code, f.system, f.source_id, f.report_source_id,
    f.direction_code, f.court_name, f.mediation_no, f.referred_at, f.closed_at, f.result_code,
    r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.platform_code, r.platform_name,
    f.load_id, f.position, f.landed_at
FROM record.referrals AS f
LEFT JOIN core.case_reports AS r ON r.system = f.system AND r.source_id = f.report_source_id
ORDER BY case_code
