-- The indicator registry, whole: a version that was published before has fewer columns.
SELECT * FROM {ref.metrics}
