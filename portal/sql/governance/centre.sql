-- Every metric of one place in every period.
SELECT metric, period, numerator, denominator, value, as_of FROM {mart.centre} WHERE area_code = $area
