-- The code of the case into which a code was merged away.
SELECT new_code FROM {core.case_aliases} WHERE old_code = $code
