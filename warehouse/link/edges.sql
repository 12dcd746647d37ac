-- Pairs of reports that may be one dispute, at least one of them in delta. Each rule says why it is enough.
CREATE OR REPLACE TEMP VIEW identity_keys AS
SELECT system, source_id, reported_at, 'applicant' AS side, applicant AS token, type_group, county_code,
    respondent AS other, respondent_uscc AS other_uscc
FROM linkable WHERE applicant IS NOT NULL AND type_group IS NOT NULL AND county_code IS NOT NULL
UNION ALL
SELECT system, source_id, reported_at, 'respondent', respondent, type_group, county_code, applicant, NULL
FROM linkable WHERE respondent IS NOT NULL AND type_group IS NOT NULL AND county_code IS NOT NULL;

CREATE OR REPLACE TEMP TABLE delta_identities AS
SELECT k.* FROM identity_keys AS k SEMI JOIN delta AS d ON d.system = k.system AND d.source_id = k.source_id;

CREATE OR REPLACE TEMP TABLE delta_phones AS
SELECT * FROM delta WHERE phone IS NOT NULL AND type_group IS NOT NULL AND county_code IS NOT NULL;

-- A token on very many reports of one kind in one county is a switchboard, an agent or a filler, not a person.
CREATE OR REPLACE TEMP TABLE busy_tokens AS
SELECT token, type_group, county_code FROM identity_keys
WHERE token IN (SELECT token FROM delta_identities)
GROUP BY token, type_group, county_code HAVING count(*) > $busy
UNION ALL
SELECT phone, type_group, county_code FROM linkable
WHERE phone IN (SELECT phone FROM delta_phones)
GROUP BY phone, type_group, county_code HAVING count(*) > $busy;

CREATE OR REPLACE TEMP TABLE pairs AS
-- A department wrote the other system's number down. A reference that comes before its target waits in the
-- record and fires here when the target arrives.
SELECT a.system AS system_a, a.source_id AS source_id_a, b.system AS system_b, b.source_id AS source_id_b,
    'transfer' AS rule, 1 AS strength, abs(date_diff('day', a.reported_at, b.reported_at)) AS days,
    false AS swapped, true AS of_applicant, a.related_no AS matched
FROM delta AS a
JOIN linkable AS b ON b.system = a.related_system AND b.source_id = a.related_no
WHERE abs(epoch(a.reported_at) - epoch(b.reported_at)) <= $transfer_days * 86400
UNION ALL
SELECT a.system, a.source_id, b.system, b.source_id,
    'transfer', 1, abs(date_diff('day', a.reported_at, b.reported_at)), false, true, a.related_no
FROM linkable AS a
JOIN delta AS b ON b.system = a.related_system AND b.source_id = a.related_no
WHERE abs(epoch(a.reported_at) - epoch(b.reported_at)) <= $transfer_days * 86400
UNION ALL
-- The same person complains of the same kind of matter in the same county within a month; parties may have
-- swapped roles. Two different known opponents are two disputes.
SELECT a.system, a.source_id, b.system, b.source_id,
    'id_rule', 2, abs(date_diff('day', a.reported_at, b.reported_at)), a.side <> b.side, a.side = 'applicant',
    substr(a.token, 1, 8)
FROM delta_identities AS a
JOIN identity_keys AS b
    ON b.token = a.token AND b.type_group = a.type_group AND b.county_code = a.county_code
WHERE (a.system <> b.system OR a.source_id <> b.source_id)
    AND (a.side = 'applicant' OR b.side = 'applicant')
    AND abs(epoch(a.reported_at) - epoch(b.reported_at)) <= $rule_days * 86400
    AND (a.other IS NULL OR b.other IS NULL OR a.other = b.other)
    AND (a.other_uscc IS NULL OR b.other_uscc IS NULL OR a.other_uscc = b.other_uscc)
    AND NOT EXISTS (
        SELECT 1 FROM busy_tokens AS t
        WHERE t.token = a.token AND t.type_group = a.type_group AND t.county_code = a.county_code
    )
UNION ALL
-- A phone is weaker: the towns must agree where both are known, and it never outweighs two ID numbers, because
-- the workers of one firm often leave the number of one of them.
SELECT a.system, a.source_id, b.system, b.source_id,
    'phone_rule', 3, abs(date_diff('day', a.reported_at, b.reported_at)), false, true, substr(a.phone, 1, 8)
FROM delta_phones AS a
JOIN linkable AS b
    ON b.phone = a.phone AND b.type_group = a.type_group AND b.county_code = a.county_code
WHERE (a.system <> b.system OR a.source_id <> b.source_id)
    AND abs(epoch(a.reported_at) - epoch(b.reported_at)) <= $rule_days * 86400
    AND (a.town_code IS NULL OR b.town_code IS NULL OR a.town_code = b.town_code)
    AND (a.applicant IS NULL OR b.applicant IS NULL OR a.applicant = b.applicant)
    AND (a.respondent IS NULL OR b.respondent IS NULL OR a.respondent = b.respondent)
    AND (a.respondent_uscc IS NULL OR b.respondent_uscc IS NULL OR a.respondent_uscc = b.respondent_uscc)
    AND NOT EXISTS (
        SELECT 1 FROM busy_tokens AS t
        WHERE t.token = a.phone AND t.type_group = a.type_group AND t.county_code = a.county_code
    );
