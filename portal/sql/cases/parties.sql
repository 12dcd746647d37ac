-- The parties, masked.
SELECT p.*, role.label AS role_name
FROM {core.parties} AS p
LEFT JOIN {ref.codes} AS role ON role.list = 'party_role' AND role.code = p.role_code
WHERE p.case_code = $code
ORDER BY p.role_code, p.name_mask
