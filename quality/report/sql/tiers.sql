-- The tiers with their bounds, the best first.
SELECT tier, title, min_rate, note FROM {ref.tiers} ORDER BY min_rate DESC NULLS LAST
