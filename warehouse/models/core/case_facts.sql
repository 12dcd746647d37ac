-- description: 案件基本情况：由全部来件汇总。描述性字段取更新最近且有值的来件；风险取最高，规模、人数、金额取最大
-- key: case_code
WITH ranked AS (
    SELECT *,
        lpad(CAST(row_number() OVER (
            PARTITION BY case_code
            ORDER BY coalesce(source_updated_at, closed_at, accepted_at, reported_at), system DESC, source_id DESC
        ) AS VARCHAR), 6, '0') AS recency,
        lpad(CAST(report_seq AS VARCHAR), 6, '0') AS arrival
    FROM (
        SELECT case_code, report_seq, system, source_id, matter_kind, case_type_code, scale_code, risk_level,
            occurred_at, reported_at, accepted_at, closed_at, is_closed, result_code, resolve_way_code,
            prefecture_code, county_code, town_code, village_code, grid_code, county_code_then, town_code_then,
            platform_code, platform_name, amount_involved, party_count, has_minor, is_group, pending_correction_since,
            source_updated_at
        FROM core.case_reports WHERE case_code IS NOT NULL
    ) AS reports
)
-- max(recency || x) is the newest report that states x; a null x drops out of it.
SELECT
    case_code,
    max(CASE WHEN report_seq = 1 THEN system END) AS first_system,
    max(CASE WHEN report_seq = 1 THEN source_id END) AS first_source_id,
    count(*) AS report_count,
    count(DISTINCT system) AS system_count,
    min(occurred_at) AS occurred_at,
    min(reported_at) AS reported_at,
    max(reported_at) AS last_reported_at,
    min(accepted_at) AS accepted_at,
    max(CASE WHEN is_closed THEN coalesce(closed_at, source_updated_at, accepted_at, reported_at) END) AS closed_at,
    substr(max(recency || matter_kind), 7) AS matter_kind,
    substr(max(recency || case_type_code), 7) AS case_type_code,
    substr(max(recency || platform_code), 7) AS platform_code,
    substr(max(recency || platform_name), 7) AS platform_name,
    -- A place is taken as one: the newest report that knows the county, at its finest level.
    substr(max(recency || prefecture_code), 7) AS prefecture_code,
    substr(max(recency || county_code), 7) AS county_code,
    substr(max(recency || town_code), 7) AS town_code,
    substr(max(recency || village_code), 7) AS village_code,
    substr(max(recency || grid_code), 7) AS grid_code,
    -- The map of then is that of the first report that knows the county.
    substr(min(arrival || county_code_then), 7) AS county_code_then,
    substr(min(arrival || town_code_then), 7) AS town_code_then,
    -- 其他 says nothing of how a matter ended, so that any other result goes before it.
    substr(max(CASE WHEN is_closed THEN
        CASE WHEN result_code = '09' THEN '0' ELSE '1' END || recency || result_code END), 8) AS result_code,
    substr(max(CASE WHEN is_closed THEN recency || resolve_way_code END), 7) AS resolve_way_code,
    min(risk_level) AS risk_level,
    max(scale_code) AS scale_code,
    max(amount_involved) AS amount_involved,
    max(party_count) AS party_count,
    coalesce(bool_or(has_minor), false) AS has_minor,
    coalesce(bool_or(is_group), false) AS is_group,
    bool_or(pending_correction_since IS NOT NULL) AS pending_correction
FROM ranked
GROUP BY case_code
ORDER BY case_code
