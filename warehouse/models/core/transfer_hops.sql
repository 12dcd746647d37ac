-- description: 流转逐次：每次转办一行，是本案第几次、现在走到哪一步、签收用了多久、收件单位是否已经手过
-- key: system, source_id
-- column hop_no: 本案第几次转办，按转出时间；咨询等未立案的按来件计
-- column state: 走到哪一步：sent 待签收，received 已签收待受理，accepted 已受理，returned 已退回
-- column state_at: 走到这一步的时间
-- column minutes_to_sign: 从转出到签收（未签收的到数据截至时）的分钟数
-- column is_back: 收件单位在本案中此前已经手过，又转了回来
-- test: SELECT source_id FROM core.transfer_hops WHERE state NOT IN ('sent', 'received', 'accepted', 'returned')
WITH chained AS (
    SELECT t.*, coalesce(t.case_code, t.system || '|' || t.report_source_id) AS chain,
        CASE WHEN t.returned_at IS NOT NULL THEN 'returned' WHEN t.accepted_at IS NOT NULL THEN 'accepted'
            WHEN t.received_at IS NOT NULL THEN 'received' ELSE 'sent' END AS state,
        coalesce(t.returned_at, t.accepted_at, t.received_at, t.sent_at) AS state_at,
        coalesce(t.sent_at, t.received_at, t.accepted_at, t.returned_at) AS began_at
    FROM core.transfers AS t
), numbered AS (
    SELECT *,
        row_number() OVER (PARTITION BY chain ORDER BY began_at, system, source_id) AS hop_no,
        row_number() OVER (PARTITION BY chain, to_org ORDER BY began_at, system, source_id) AS nth_at_org
    FROM chained
), senders AS (
    -- Who sends a matter has had it: to send it there is to send it back.
    SELECT chain, from_org, min(hop_no) AS first_hop FROM numbered WHERE from_org IS NOT NULL GROUP BY chain, from_org
)
SELECT
    n.case_code, n.system, n.source_id, n.report_source_id, n.hop_no, n.from_org, n.to_org, n.state, n.state_at,
    n.sent_at, n.received_at, n.accepted_at, n.returned_at, n.return_reason_code,
    date_diff('minute', n.sent_at,
        coalesce(n.received_at, n.accepted_at, n.returned_at, CAST(getvariable('as_of') AS TIMESTAMP))
    ) AS minutes_to_sign,
    n.to_org IS NOT NULL AND (n.nth_at_org > 1 OR coalesce(s.first_hop <= n.hop_no, false)) AS is_back,
    n.prefecture_code, n.county_code, n.town_code, n.village_code, n.grid_code, n.load_id, n.position, n.landed_at
FROM numbered AS n
LEFT JOIN senders AS s ON s.chain = n.chain AND s.from_org = n.to_org
ORDER BY case_code
