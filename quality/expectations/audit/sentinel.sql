-- A date that stands for "unknown" or "for ever".
SELECT position, source_id FROM {batch}
WHERE
    regexp_matches($text, '^(0000-00-00|0000/|00000000$)')
    OR year($read) BETWEEN 1000 AND 1900
    OR year($read) > 2199
