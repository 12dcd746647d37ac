-- The cases of a code that a county gave before the province did.
SELECT case_code FROM {core.local_codes} WHERE local_code = $code ORDER BY case_code
