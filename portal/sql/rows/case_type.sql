-- What a case type is called.
SELECT label AS name FROM {ref.codes} WHERE list = 'case_type' AND code = $case_type
