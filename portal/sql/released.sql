-- The released numbers of one place and of the places directly in it, for the whole time.
SELECT place_code, place_name, place_level, period, metric, numerator, denominator, value, is_withheld, as_of
FROM {mart.released}
WHERE period = 'all' AND (place_code = $area OR parent_code = $area) AND place_name NOT LIKE '%直辖村级区划'
ORDER BY length(place_code), place_code, metric
