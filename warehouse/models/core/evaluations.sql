-- description: 评价回访：每次邀评一行，满意度 1 至 5，4 分及以上为满意
-- key: system, source_id
SELECT
    r.case_code, e.system, e.source_id, e.report_source_id,
    e.channel_code, e.satisfaction, e.invited_at, e.replied_at,
    r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.platform_code, r.platform_name,
    e.load_id, e.position, e.landed_at
FROM record.evaluations AS e
LEFT JOIN core.case_reports AS r ON r.system = e.system AND r.source_id = e.report_source_id
ORDER BY case_code
