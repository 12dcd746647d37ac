SELECT 'M' || n AS MEDIATOR_ID, person_name(n) AS MEDIATOR_NAME, 'C' || n % getvariable('agencies') AS COMMITTEE_ID,
    pick(n, 21, ['ZZ', 'JZ']) AS MEDIATOR_KIND, substr(g.code, 1, 6) AS COUNTY_CODE,
    '0571-' || lpad((n * 7 % 100000000)::VARCHAR, 8, '8') AS OFFICE_PHONE, 'Y' AS ACTIVE_FLAG,
    moment(TIMESTAMP '2026-10-01 08:00:00' + to_seconds(n)) AS UPDATE_TIME
FROM range(getvariable('mediators')) AS t(n)
JOIN grid_codes AS g ON g.number = n % getvariable('agencies') % getvariable('grids')
