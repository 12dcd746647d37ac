-- The 17th digit of a resident number is odd for men, even for women (GB 11643).
SELECT position, source_id FROM {batch}
WHERE
    regexp_matches($id_no, '^[1-9][0-9]{16}[0-9X]$')
    AND (
        ($sex = '1' AND contains('02468', substring($id_no, 17, 1)))
        OR ($sex = '2' AND contains('13579', substring($id_no, 17, 1)))
    )
