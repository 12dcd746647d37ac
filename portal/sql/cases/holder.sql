-- In whose hands an open case is; a closed one has no row.
SELECT * FROM {core.case_holders} WHERE case_code = $code
