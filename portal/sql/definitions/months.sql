-- The periods in which anything is compared in one place up to the present month, the whole time first, then the newest:
-- a source may date what has not happened.
SELECT DISTINCT d.period FROM {mart.definition_differences} AS d, {ops.versions} AS v
WHERE d.area_code = $area AND (d.period = 'all' OR d.period <= strftime(v.as_of, '%Y-%m'))
ORDER BY d.period DESC
