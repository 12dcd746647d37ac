-- The indicator registry.
SELECT name, title, unit, definition, numerator, denominator, date_field, version, rows_table, rows_predicate,
       measure, measure_column, better, target, by_platform
FROM {ref.metrics}
