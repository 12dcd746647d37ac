-- Something is written that is no date: neither a day of the calendar nor what stands for "unknown".
SELECT position, source_id FROM {batch}
WHERE NOT regexp_matches($text, '^(0000-00-00|0000/|00000000$)') AND coalesce(year($read), 0) < 1000
