-- The periods in which anything is compared in one place, the whole time first, then the newest month.
SELECT DISTINCT period FROM {mart.definition_differences} WHERE area_code = $area ORDER BY period DESC
