SELECT 'C' || o.number AS COMMITTEE_ID, o.name AS COMMITTEE_NAME, o.uscc AS USCC, pick(n, 20, ['C', 'X', 'Q', 'H', 'Z'])
        AS COMMITTEE_TYPE,
    substr(g.code, 1, 6) AS COUNTY_CODE, substr(g.code, 1, 9) AS TOWN_CODE, 'Y' AS ACTIVE_FLAG,
    moment(TIMESTAMP '2026-10-01 08:00:00' + to_seconds(n)) AS UPDATE_TIME
FROM range(getvariable('agencies')) AS t(n)
JOIN agencies AS o ON o.number = n
JOIN grid_codes AS g ON g.number = n % getvariable('grids')
