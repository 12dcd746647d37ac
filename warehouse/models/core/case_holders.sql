-- description: 案件现在在谁手里：每个在办案件一行，由最近一次转办或主导来件的办理单位决定，取其晚者
-- key: case_code
-- column holder_org: 现在负责的单位：待签收、已签收、已受理的为收件单位，已退回的为转出单位；来源未写明的为空
-- column holder_state: sent 待签收，received 已签收待受理，accepted 已受理，returned 已退回待另转，registered 已登记待受理
-- column held_since: 走到这一步的时间
-- column held_days: 至数据截至时已有多少天
-- column sent_by: 最近一次转办的转出单位；未经转办的为空
-- column hop_count: 转办次数
-- column org_count: 经手过的收件单位数
-- column returned_count: 退回次数
-- column back_count: 转回已经手单位的次数
-- column is_ping_pong: 来回推转：退回或转回两次以上
-- column is_lost: 转出超过24小时仍无人签收
-- test: SELECT case_code FROM core.case_holders WHERE holder_state NOT IN ('sent', 'received', 'accepted', 'returned', 'registered')
-- test: SELECT case_code FROM core.case_holders WHERE is_lost AND holder_state <> 'sent'
WITH hops AS (
    SELECT *, row_number() OVER (PARTITION BY case_code ORDER BY hop_no DESC) AS from_last
    FROM core.transfer_hops WHERE case_code IS NOT NULL
), counted AS (
    SELECT case_code, count(*) AS hop_count, count(DISTINCT to_org) AS org_count,
        count(CASE WHEN state = 'returned' THEN 1 END) AS returned_count,
        count(CASE WHEN is_back THEN 1 END) AS back_count
    FROM hops GROUP BY case_code
), leading_reports AS (
    SELECT c.case_code, c.prefecture_code, c.county_code, c.town_code, c.village_code, c.grid_code, c.as_of,
        r.handling_org_name, r.accepted_at IS NOT NULL AS is_accepted,
        coalesce(r.accepted_at, r.reported_at) AS taken_at
    FROM core.cases AS c
    INNER JOIN core.case_reports AS r ON r.system = c.leading_system AND r.source_id = c.leading_source_id
    WHERE c.is_open
), joined AS (
    SELECT l.*, h.from_org, h.to_org, h.state, h.state_at, h.minutes_to_sign,
        h.case_code IS NOT NULL AND (h.state_at >= l.taken_at OR l.handling_org_name IS NULL) AS by_transfer
    FROM leading_reports AS l
    LEFT JOIN hops AS h ON h.case_code = l.case_code AND h.from_last = 1
), held AS (
    SELECT *,
        CASE WHEN NOT by_transfer THEN handling_org_name WHEN state = 'returned' THEN from_org ELSE to_org END
            AS holder_org,
        CASE WHEN by_transfer THEN state WHEN is_accepted THEN 'accepted' ELSE 'registered' END AS holder_state,
        CASE WHEN by_transfer THEN state_at ELSE taken_at END AS held_since
    FROM joined
)
SELECT
    h.case_code, h.holder_org, h.holder_state, h.held_since, date_diff('day', h.held_since, h.as_of) AS held_days,
    h.from_org AS sent_by, coalesce(c.hop_count, 0) AS hop_count, coalesce(c.org_count, 0) AS org_count,
    coalesce(c.returned_count, 0) AS returned_count, coalesce(c.back_count, 0) AS back_count,
    greatest(coalesce(c.returned_count, 0), coalesce(c.back_count, 0)) >= 2 AS is_ping_pong,
    h.holder_state = 'sent' AND coalesce(h.minutes_to_sign > 1440, false) AS is_lost,
    h.prefecture_code, h.county_code, h.town_code, h.village_code, h.grid_code, h.as_of
FROM held AS h
LEFT JOIN counted AS c ON c.case_code = h.case_code
ORDER BY case_code
