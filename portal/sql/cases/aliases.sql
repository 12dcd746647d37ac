-- Codes of cases that were merged into this one.
SELECT old_code, merged_at FROM {core.case_aliases} WHERE new_code = $code ORDER BY old_code
