SELECT g.code AS GRID_NUM, '第' || n || '网格' AS GRID_NAME, substr(g.code, 1, 12) AS VILLAGE_CODE,
    substr(g.code, 1, 9) AS TOWN_CODE, substr(g.code, 1, 6) AS COUNTY_CODE, pick(n, 22, ['0', '1']) AS GRID_KIND,
    (200 + n % 300)::VARCHAR AS HOUSEHOLD_AMOUNT, (500 + n % 900)::VARCHAR AS PERSON_AMOUNT,
    person_name(n) AS CAPTAIN_NAME, moment(TIMESTAMP '2026-10-01 08:00:00' + to_seconds(n)) AS UPDATE_TIME
FROM range(getvariable('grids')) AS t(n)
JOIN grid_codes AS g ON g.number = n
