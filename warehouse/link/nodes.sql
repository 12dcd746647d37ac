-- Each pair once, by its strongest rule and, of two people who swapped roles, by the applicant of the first report, not
-- by which token sorts first: that would depend on the key; pairs that already share a case have nothing to add.
CREATE OR REPLACE TEMP TABLE new_edges AS
WITH directed AS (
    SELECT
        CASE WHEN flipped THEN system_b ELSE system_a END AS system_a,
        CASE WHEN flipped THEN source_id_b ELSE source_id_a END AS source_id_a,
        CASE WHEN flipped THEN system_a ELSE system_b END AS system_b,
        CASE WHEN flipped THEN source_id_a ELSE source_id_b END AS source_id_b,
        rule, strength, days, swapped, of_applicant <> (flipped AND swapped) AS of_applicant, matched
    FROM (
        SELECT *, system_b < system_a OR (system_b = system_a AND source_id_b < source_id_a) AS flipped FROM pairs
    )
)
SELECT d.*, ma.case_code AS case_code_a, mb.case_code AS case_code_b
FROM (
    SELECT DISTINCT ON (system_a, source_id_a, system_b, source_id_b) * FROM directed
    ORDER BY system_a, source_id_a, system_b, source_id_b, strength, swapped, NOT of_applicant, matched
) AS d
LEFT JOIN link.memberships AS ma ON ma.system = d.system_a AND ma.source_id = d.source_id_a
LEFT JOIN link.memberships AS mb ON mb.system = d.system_b AND mb.source_id = d.source_id_b
WHERE ma.case_code IS NULL OR mb.case_code IS NULL OR ma.case_code <> mb.case_code;

-- The reports at both ends, and every present report of the cases that they belong to; numbered in the one
-- order that all of linking follows.
CREATE OR REPLACE TEMP TABLE nodes AS
WITH ends AS (
    SELECT system_a AS system, source_id_a AS source_id, case_code_a AS case_code FROM new_edges
    UNION
    SELECT system_b, source_id_b, case_code_b FROM new_edges
), touched AS (
    SELECT system, source_id, case_code FROM ends
    UNION
    SELECT m.system, m.source_id, m.case_code
    FROM link.memberships AS m SEMI JOIN ends AS e ON e.case_code = m.case_code
)
SELECT
    row_number() OVER (ORDER BY r.reported_at, r.system, r.source_id) - 1 AS node,
    r.system, r.source_id, r.reported_at, r.accepted_at, r.county_filed, r.applicant, r.respondent,
    t.case_code, coalesce(m.part, t.case_code) AS part, c.minted_at
FROM touched AS t
JOIN linkable AS r ON r.system = t.system AND r.source_id = t.source_id
LEFT JOIN link.memberships AS m ON m.system = t.system AND m.source_id = t.source_id
LEFT JOIN link.case_codes AS c ON c.case_code = t.case_code;

CREATE OR REPLACE TEMP TABLE numbered_edges AS
SELECT row_number() OVER (ORDER BY e.strength, e.days, least(a.node, b.node), greatest(a.node, b.node)) - 1 AS edge,
    least(a.node, b.node) AS a, greatest(a.node, b.node) AS b, e.*
FROM new_edges AS e
JOIN nodes AS a ON a.system = e.system_a AND a.source_id = e.source_id_a
JOIN nodes AS b ON b.system = e.system_b AND b.source_id = e.source_id_b;
