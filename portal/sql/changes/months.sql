-- Months in which anything of the area was ever counted, the newest first.
SELECT DISTINCT period FROM {ops.metric_changes}
WHERE period IS NOT NULL AND period <= $present AND starts_with(area_code, $area)
ORDER BY period DESC
