-- A code of a division of this form that neither the list of divisions nor a retired place explains.
SELECT position, source_id FROM {batch}
WHERE
    $value IS NOT NULL
    AND NOT (
        regexp_full_match($value, '$form')
        AND (
            substring($value, 1, 12) IN (SELECT code FROM divisions)
            OR substring($value, 1, 6) IN (SELECT code FROM retired)
            OR substring($value, 1, 9) IN (SELECT code FROM retired)
        )
    )
