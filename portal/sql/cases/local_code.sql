-- The case of a code that a county gave before the province did; none where it is of several cases.
SELECT min(case_code) AS case_code FROM {core.local_codes} WHERE local_code = $code HAVING count(*) = 1
