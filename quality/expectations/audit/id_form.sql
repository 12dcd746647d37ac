-- Neither a resident number, nor written like another certificate (a letter or Chinese character first, five to thirty
-- signs, nothing starred out), nor in scientific notation, which is another rule's.
SELECT position, source_id FROM {batch}
WHERE
    NOT regexp_matches($value, '^[1-9][0-9]{16}[0-9X]$')
    AND NOT (
        (unicode($value) BETWEEN unicode('A') AND unicode('Z') OR unicode($value) BETWEEN unicode('一') AND 40959)
        AND length($value) BETWEEN 5 AND 30
        AND translate($value, '*＊', '') = $value
    )
    AND NOT regexp_matches($text, '^[0-9]([.][0-9]+)?[Ee][+]?[0-9]{1,2}$')
