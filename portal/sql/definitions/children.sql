-- The places directly in $area that have a comparison.
SELECT DISTINCT area_code AS code, area_name AS name
FROM {mart.definition_differences} WHERE parent_code = $area ORDER BY area_code
