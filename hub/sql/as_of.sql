-- Indicators of $areas in $period: as reported at step $step (place 0), then after each cause of what changed since, in
-- the order of $causes. The last place is what is known now.
WITH causes AS (
    SELECT unnest($causes) AS cause, generate_subscripts($causes, 1) AS place
),
changes AS (
    SELECT a.area_code, c.metric, c.measured, CASE WHEN c.step <= $step THEN 0 ELSE k.place END AS place,
        sum(c.numerator) AS numerator, sum(c.denominator) AS denominator
    FROM {ops.metric_changes} AS c
    JOIN (SELECT unnest($areas) AS area_code) AS a ON starts_with(c.area_code, a.area_code)
    JOIN causes AS k ON k.cause = c.cause
    WHERE ($period = 'all' OR c.period = $period) AND list_contains($metrics, c.metric)
    GROUP BY ALL
),
states AS (
    SELECT p.area_code, p.metric, p.place, c.measured,
        sum(c.numerator) AS numerator, sum(c.denominator) AS denominator
    FROM (SELECT DISTINCT area_code, metric, place FROM changes) AS p
    JOIN changes AS c ON c.area_code = p.area_code AND c.metric = p.metric AND c.place <= p.place
    GROUP BY ALL
),
ranked AS (
    SELECT *, sum(numerator) OVER (PARTITION BY area_code, metric, place ORDER BY measured) AS reached,
        sum(numerator) OVER (PARTITION BY area_code, metric, place) AS total
    FROM states
)
SELECT r.area_code, r.metric, r.place, k.cause,
    CAST(sum(r.numerator) AS BIGINT) AS numerator, CAST(sum(r.denominator) AS BIGINT) AS denominator,
    CASE any_value(m.measure)
        WHEN 'share' THEN CAST(sum(r.numerator) AS DOUBLE) / nullif(sum(r.denominator), 0)
        WHEN 'mean' THEN CAST(sum(r.measured * r.numerator) AS DOUBLE) / nullif(sum(r.numerator), 0)
        WHEN 'p50' THEN min(CASE WHEN total > 0 AND reached * 100 >= total * 50 THEN measured END)
        WHEN 'p90' THEN min(CASE WHEN total > 0 AND reached * 100 >= total * 90 THEN measured END)
        ELSE sum(r.numerator)
    END AS value
FROM ranked AS r
JOIN {ref.metrics} AS m ON m.name = r.metric
LEFT JOIN causes AS k ON k.place = r.place
GROUP BY r.area_code, r.metric, r.place, k.cause
ORDER BY r.area_code, r.metric, r.place
