SELECT 'V' || lpad(n::VARCHAR, 9, '0') AS visitNo, CAST(NULL AS VARCHAR) AS orderNo, substr(g.code, 1, 6) AS countyCode,
    moment(visited_at) AS visitAt, (1 + draw(n, 23, 20) // 17)::VARCHAR AS persons,
    pick(n, 24, ['V1', 'V2', 'V3', 'V4']) AS purpose, 'false' AS deleted,
    strftime(visited_at + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%S+0800') AS updatedAt
FROM (
    SELECT n, TIMESTAMP '2020-09-01 08:00:00' + to_seconds(n * 193968000 // getvariable('visits')) AS visited_at
    FROM range(getvariable('visits')) AS t(n)
)
JOIN grid_codes AS g ON g.number = draw(n, 25, getvariable('grids'))
