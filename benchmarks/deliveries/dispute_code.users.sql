-- Judges first, then mediators, then those who have something to settle.
WITH placed AS (
    SELECT n, TIMESTAMP '2020-09-01 08:00:00' + to_seconds(n * 193968000 // getvariable('users')) AS registered_at,
        n < getvariable('judges') + getvariable('mediators') AS is_official
    FROM range(getvariable('users')) AS t(n)
)
SELECT 'U' || n AS userId, person_name(n) AS userName, 'GR' AS userType,
    CASE WHEN n < getvariable('judges') THEN 'FG' WHEN is_official THEN 'TJY' ELSE 'DSR' END AS roleCode,
    'SFZ' AS certType, id_no(n) AS certNum, phone(n) AS mobile, CAST(NULL AS VARCHAR) AS uscc,
    CASE WHEN is_official THEN 'C' || n % getvariable('agencies') END AS orgId,
    CASE WHEN is_man(n) THEN 'JS01' ELSE 'JS02' END AS gender, substr(g.code, 1, 6) AS areaCode,
    CASE WHEN n % 9 = 0 THEN '否' ELSE '是' END AS realName, moment(registered_at) AS registerTime,
    moment(registered_at + to_days((n % 5)::INTEGER)) AS lastLogin, CAST(NULL AS VARCHAR) AS cancelTime, '否' AS isMinor,
    moment(registered_at + to_days((n % 5)::INTEGER)) AS updateTime
FROM placed
JOIN grid_codes AS g ON g.number = draw(n, 18, getvariable('grids'))
