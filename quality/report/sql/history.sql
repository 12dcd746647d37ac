-- The last points of each dimension's trend, oldest first.
SELECT day, dimension, rate FROM {mart.quality_history}
WHERE level = $level AND department = $department AND system = $system
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY day DESC) <= $points
ORDER BY dimension, day
