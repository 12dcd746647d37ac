-- The steps of a report follow each other: as many as there are to the next report's first one.
WITH numbered AS (
    SELECT s, s * getvariable('reports') // getvariable('steps') AS n FROM range(getvariable('steps')) AS t(s)
), placed AS (
    SELECT s, n, s - (n * getvariable('steps') + getvariable('reports') - 1) // getvariable('reports') AS nth,
        reported(n) AS reported_at, closed(n) IS NULL AS is_open
    FROM numbered
), timed AS (
    SELECT s, n, CASE WHEN is_open THEN least(nth, 2) ELSE nth END + 1 AS step,
        least(reported_at + to_hours(nth * 30), TIMESTAMP '2026-10-31 21:00:00') + to_minutes(nth) AS happened_at
    FROM placed
)
SELECT s::VARCHAR AS STEP_ID, report_no(n) AS CASE_NO, ['01', '02', '07', '08', '18', '17'][step] AS STEP_TYPE,
    ['1', '14', '2', '3', '4', '12'][step] AS CASE_STATUS, moment(happened_at) AS HAPPEN_TIME,
    moment(happened_at + to_minutes(n % 50)) AS RECORD_TIME, o.name AS ORG_NAME,
    person_name(n % getvariable('mediators')) AS ACTOR_NAME, '已与双方当事人见面，记录在卷第' || s || '页' AS STEP_NOTE,
    moment(happened_at + INTERVAL 1 HOUR) AS UPDATE_TIME
FROM timed
JOIN agencies AS o ON o.number = draw(applicant(n), 18, getvariable('agencies'))
