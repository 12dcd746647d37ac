-- The later of two moments comes first; midnight means "some time that day".
SELECT position, source_id FROM {batch}
WHERE
    CASE
        WHEN $later = date_trunc('day', $later) THEN $later < date_trunc('day', $earlier)
        ELSE $later < $earlier
    END
