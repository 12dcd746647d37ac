-- description: 来访：每次来访一行，persons 为人次；来访不等于来件，也不等于案件
-- key: system, source_id
WITH placed AS (
    -- A visit that names no county took place where its report is; one that names another has no smaller place.
    SELECT v.*, r.case_code, r.county_code_then AS report_county_then,
        coalesce(t.today_code, v.county_code, r.county_code) AS county_today,
        r.county_code AS report_county, r.town_code, r.village_code, r.grid_code
    FROM record.visits AS v
    LEFT JOIN core.case_reports AS r ON r.system = v.system AND r.source_id = v.report_source_id
    LEFT JOIN ref.division_today AS t ON t.old_code = v.county_code
)
SELECT
    v.case_code, v.system, v.source_id, v.report_source_id, v.visited_at, v.persons, v.purpose_code,
    substr(v.county_today, 1, 4) AS prefecture_code, v.county_today AS county_code,
    CASE WHEN v.report_county = v.county_today THEN v.town_code END AS town_code,
    CASE WHEN v.report_county = v.county_today THEN v.village_code END AS village_code,
    CASE WHEN v.report_county = v.county_today THEN v.grid_code END AS grid_code,
    substr(coalesce(h.then_code, v.county_code, v.report_county_then), 1, 6) AS county_code_then,
    v.load_id, v.position, v.landed_at
FROM placed AS v
LEFT JOIN ref.division_then AS h
    ON h.code = v.county_code AND h.from_date <= v.visited_at
    AND coalesce(h.until_date, DATE '9999-12-31') > v.visited_at
ORDER BY case_code
