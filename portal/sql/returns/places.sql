SELECT DISTINCT ON (code) code, name FROM {ref.divisions} WHERE list_contains($codes, code) ORDER BY code, valid_from DESC
