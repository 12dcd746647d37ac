-- description: 各单位手里的在办案件：每个县每个单位一行，多少待签收、超期、来回推转，最久的有多少天
-- key: county_code, holder_org
-- column county_code: 案件所属县（市、区），按今天的区划；县不详的为 33
-- column holder_org: 现在负责的单位；来源未写明的为空串
-- column unsigned_cases: 其中已转来、待签收的
-- column lost_cases: 其中转出超过24小时仍无人签收的
-- column returned_cases: 其中已退回、待另转的
-- column ping_pong_cases: 其中来回推转的
-- column yellow_open: 黄色在办案件数
-- column longest_held_days: 在手最久的天数
SELECT
    coalesce(h.county_code, '33') AS county_code, coalesce(h.holder_org, '') AS holder_org,
    count(*) AS open_cases,
    count(CASE WHEN h.holder_state = 'sent' THEN 1 END) AS unsigned_cases,
    count(CASE WHEN h.is_lost THEN 1 END) AS lost_cases,
    count(CASE WHEN h.holder_state = 'returned' THEN 1 END) AS returned_cases,
    count(CASE WHEN h.is_ping_pong THEN 1 END) AS ping_pong_cases,
    count(CASE WHEN c.colour = 'red' THEN 1 END) AS red_open,
    count(CASE WHEN c.colour = 'yellow' THEN 1 END) AS yellow_open,
    count(CASE WHEN c.is_overdue THEN 1 END) AS overdue_open,
    max(h.held_days) AS longest_held_days, max(h.as_of) AS as_of
FROM core.case_holders AS h
INNER JOIN core.cases AS c ON c.case_code = h.case_code
GROUP BY coalesce(h.county_code, '33'), coalesce(h.holder_org, '')
