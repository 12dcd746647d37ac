-- table: core.parties
-- severity: critical
-- title: 当事人的证件号码和电话必须脱敏
SELECT case_code, role_code
FROM {batch}
WHERE regexp_matches(id_no_mask, '[0-9]{{14}}') OR regexp_matches(phone_mask, '[0-9]{{11}}')
ORDER BY ALL
