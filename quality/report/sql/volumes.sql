-- What arrived on each of the last days of a dataset, against what is usual.
SELECT system, dataset, day, row_count, CAST(expected AS DOUBLE) AS expected, CAST(low AS DOUBLE) AS low,
    CAST(high AS DOUBLE) AS high, verdict
FROM {mart.volumes}
WHERE department = $department AND ($system = '' OR system = $system)
QUALIFY row_number() OVER (PARTITION BY system, dataset ORDER BY day DESC) <= $points
ORDER BY system, dataset, day
