-- The prefectures or counties right under $area.
SELECT area_code AS code, area_name AS name FROM {mart.centre}
WHERE parent_code = $area AND area_level IN ('prefecture', 'county')
GROUP BY ALL ORDER BY code
