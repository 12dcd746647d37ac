WITH told AS (
    SELECT n, applicant(n) AS p, respondent(n) AS q, reported(n) AS reported_at, accepted(n) AS accepted_at,
        closed(n) AS closed_at, draw(matter(n), 10, 10) < 3 AS is_firm, draw(n, 11, 100) AS lot
    FROM range(getvariable('reports')) AS r(n)
)
SELECT report_no(n) AS CASE_NO,
    pick(matter(n), 12, ['相邻通行', '楼上漏水', '合伙清算', '劳动报酬', '车位使用', '物业服务费'])
        || '引起的争执，双方多次协商未果第' || n || '号' AS CASE_NAME,
    substring(repeat('双方因楼上漏水争执，要求修复并赔偿损失，已多次协商未果；', 9), n % 28 + 1, 20 + n % 88) AS CASE_DESC,
    pick(matter(n), 13, ['101', '102', '103', '201', '202', '203', '601', '602', '603', '1501', '604', '1301', '1401',
        '901', '1201', '1701', '1004', '1202', '301', '501', '1001', '1002', '401', '402', '701', '302']) AS DISPUTE_TYPE,
    CASE WHEN lot = 0 THEN '2' ELSE '1' END AS CASE_SCALE, pick(n, 14, ['1', '2', '3', '4', '5', '6', '7']) AS CASE_SOURCE,
    CASE WHEN lot < 2 THEN 'A' WHEN lot < 10 THEN 'B' WHEN lot < 50 THEN 'C' ELSE 'D' END AS RISK_GRADE,
    strftime(reported_at - to_days(draw(n, 15, 30)::INTEGER), '%Y%m%d') AS HAPPEN_DATE,
    moment(reported_at) AS REGISTER_TIME, moment(accepted_at) AS ACCEPT_TIME, moment(closed_at) AS CLOSE_TIME,
    CASE WHEN closed_at IS NULL THEN '2' ELSE '4' END AS CASE_STATUS,
    CASE WHEN closed_at IS NOT NULL THEN CASE WHEN lot < 85 THEN 'S1' ELSE 'F1' END END AS CLOSE_RESULT,
    CASE WHEN closed_at IS NOT NULL THEN 'RM' END AS MEDIATE_WAY,
    substr(g.code, 1, 6) AS COUNTY_CODE, substr(g.code, 1, 9) AS TOWN_CODE, substr(g.code, 1, 12) AS VILLAGE_CODE,
    g.code AS GRID_NUM, '浙江省滨兴路' || (n % 900) || '号' || (n % 31) || '室' AS HAPPEN_PLACE,
    '1' AS APPLICANT_TYPE, person_name(p) AS APPLICANT_NAME, id_no(p) AS APPLICANT_CERT_NUM,
    phone(p) AS APPLICANT_PHONE, CASE WHEN is_man(p) THEN '1' ELSE '2' END AS APPLICANT_SEX,
    CASE WHEN is_firm THEN '2' ELSE '1' END AS RESPONDENT_TYPE,
    CASE WHEN is_firm THEN f.name ELSE person_name(q) END AS RESPONDENT_NAME,
    CASE WHEN NOT is_firm AND draw(matter(n), 16, 2) = 0 THEN id_no(q) END AS RESPONDENT_CERT_NUM,
    phone(q) AS RESPONDENT_PHONE, CASE WHEN is_firm THEN f.uscc END AS RESPONDENT_USCC,
    (n % 90000) || '.50' AS INVOLVED_AMOUNT, (2 + n % 3)::VARCHAR AS INVOLVED_NUM,
    o.name AS COMMITTEE_NAME, person_name(n % getvariable('mediators')) AS MEDIATOR_NAME,
    pick(n, 17, ['综治工作', '监管执法', '应急管理', '公共服务']) AS PLATFORM,
    CAST(NULL AS VARCHAR) AS RELATED_SYS, CAST(NULL AS VARCHAR) AS RELATED_NO, 'N' AS MINOR_FLAG, 'N' AS GROUP_FLAG,
    moment(coalesce(closed_at, accepted_at) + INTERVAL 1 HOUR) AS UPDATE_TIME
FROM told
JOIN grid_codes AS g ON g.number = draw(p, 18, getvariable('grids'))
JOIN agencies AS o ON o.number = draw(p, 18, getvariable('agencies'))
JOIN agencies AS f ON f.number = draw(q, 18, getvariable('agencies'))
