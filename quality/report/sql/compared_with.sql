-- The last day before this one on which the quality was kept.
SELECT max(day) AS day FROM {mart.quality_history} WHERE day < CAST($as_of AS DATE)
