SELECT tier, title, min_rate FROM {ref.tiers} ORDER BY min_rate DESC NULLS LAST
