-- GB 32100, 5.6: 18 signs without I O S V Z, six digits for the place; the place i weighs 3^(i-1) modulo 31.
SELECT position, source_id FROM {batch}
WHERE
    length($value) <> 18
    OR translate($value, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') <> ''
    OR left($value, 1) = '0'
    OR translate(substring($value, 3, 6), '0123456789', '') <> ''
    OR list_sum([
        (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substring($value, i, 1)) - 1)
        * CASE WHEN i = 18 THEN 1 ELSE CAST(pow(3, i - 1) AS BIGINT) END
        for i in range(1, 19)
    ]) % 31 <> 0
