-- Codes that counties gave to the case before the province did, each with the other cases that it is written on.
SELECT l.*, (
    SELECT list(o.case_code ORDER BY o.case_code) FROM {core.local_codes} AS o
    WHERE o.local_code = l.local_code AND o.case_code <> l.case_code
) AS other_cases
FROM {core.local_codes} AS l
WHERE l.case_code = $code
ORDER BY l.local_code
