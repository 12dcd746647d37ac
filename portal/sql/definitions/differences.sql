-- Every other definition with its number and ours, in one place and period.
SELECT v.metric, v.name AS variant, v.title, v.held_by, v.differs, v.definition, v.basis, v.unit, v.measure,
       d.value, d.denominator, d.other_value, d.other_numerator, d.other_denominator, d.difference
FROM {ref.variants} AS v
LEFT JOIN {mart.definition_differences} AS d ON d.variant = v.name AND d.area_code = $area AND d.period = $period
ORDER BY v.metric, v.name
