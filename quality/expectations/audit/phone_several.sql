-- Two numbers in one field: a number of seven digits or more and, behind a sign that parts them, the beginning of
-- another; or two that only a blank parts, the second a mobile number. Two numbers need more than 14 bytes.
SELECT position, source_id FROM {batch}
WHERE
    octet_length(encode($text)) > 14
    AND (
        list_bool_or([
            regexp_matches(regexp_split_to_array($text, '[、;/,，；|]')[i], '[0-9]{7}\s*$')
            AND regexp_matches(regexp_split_to_array($text, '[、;/,，；|]')[i + 1], '^\s*\+?[0-9(]')
            for i in range(1, len(regexp_split_to_array($text, '[、;/,，；|]')))
        ])
        OR regexp_matches($text, '[0-9]{8}\s+1[3-9][0-9]{9}')
    )
