-- The registered indicators, as far as the change of a number needs them.
SELECT name, title, unit, measure, denominator IS NOT NULL AS has_denominator, date_field IS NOT NULL AS has_months
FROM {ref.metrics}
