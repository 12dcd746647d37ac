-- Digits 7 to 14 of a resident number are the day of birth.
SELECT position, source_id FROM {batch}
WHERE regexp_matches($id_no, '^[1-9][0-9]{16}[0-9X]$') AND substring($id_no, 7, 8) <> strftime($birth, '%Y%m%d')
