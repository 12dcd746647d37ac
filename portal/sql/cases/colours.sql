-- The colours that the case has had, the first one first.
SELECT * FROM {core.colour_history} WHERE case_code = $code ORDER BY seq
