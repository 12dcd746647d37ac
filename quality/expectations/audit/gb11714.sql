-- GB 11714, 5: the places 9 to 16 of a credit code weigh 3 7 9 10 5 8 4 2 and, with place 17 (X is ten), leave nothing
-- modulo 11. A credit code that is wrong by GB 32100 is another rule's.
SELECT position, source_id FROM {batch}
WHERE
    length($value) = 18
    AND translate($value, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') = ''
    AND left($value, 1) <> '0'
    AND translate(substring($value, 3, 6), '0123456789', '') = ''
    AND list_sum([
        (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substring($value, i, 1)) - 1)
        * CASE WHEN i = 18 THEN 1 ELSE CAST(pow(3, i - 1) AS BIGINT) END
        for i in range(1, 19)
    ]) % 31 = 0
    AND (
        strpos('0123456789X', substring($value, 17, 1)) = 0
        OR (
            list_sum([
                (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substring($value, i + 8, 1)) - 1)
                * [3, 7, 9, 10, 5, 8, 4, 2][i]
                for i in range(1, 9)
            ])
            + strpos('0123456789X', substring($value, 17, 1)) - 1
        ) % 11 <> 0
    )
