-- ISO 7064 MOD 11-2 (GB 11643, 5.2): the place i from the left weighs 2^(18-i); all places together leave 1.
-- Digits 7 to 14 are a day of the calendar, not before 1850.
SELECT position, source_id FROM {batch}
WHERE
    regexp_matches($value, '^[1-9][0-9]{16}[0-9X]$')
    AND (
        list_sum([(strpos('0123456789X', substring($value, i, 1)) - 1) * (1 << (18 - i)) for i in range(1, 19)]) % 11
        <> 1
        OR coalesce(year(try_strptime(substring($value, 7, 8), '%Y%m%d')), 0) < 1850
    )
