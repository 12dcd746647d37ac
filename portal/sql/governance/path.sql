-- Divisions from the province down to $area. Codes nest by prefix.
-- The statistical list gives 龙港市 a placeholder town, which is no place.
SELECT code, name, level
FROM {ref.divisions}
WHERE starts_with($area, code) AND name NOT LIKE '%直辖村级区划'
QUALIFY row_number() OVER (PARTITION BY code ORDER BY valid_to IS NULL DESC, valid_from DESC) = 1
ORDER BY length(code)
