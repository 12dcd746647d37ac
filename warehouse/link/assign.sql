-- The strongest accepted edge at each report is why it is there.
CREATE OR REPLACE TEMP TABLE reasons AS
WITH incident AS (
    SELECT system_a AS system, source_id_a AS source_id, system_b AS other_system, source_id_b AS other_source_id,
        edge, rule, days, swapped, matched FROM numbered_edges AS e JOIN verdicts AS v USING (edge) WHERE v.accepted
    UNION ALL
    SELECT system_b, source_id_b, system_a, source_id_a, edge, rule, days, swapped, matched
    FROM numbered_edges AS e JOIN verdicts AS v USING (edge) WHERE v.accepted
)
SELECT DISTINCT ON (system, source_id) system, source_id, rule AS method, CAST(json_object(
    'rule', rule, 'system', other_system, 'source_id', other_source_id, 'days', days,
    'matched', matched, 'swapped', swapped
) AS VARCHAR) AS evidence
FROM incident ORDER BY system, source_id, edge;

CREATE OR REPLACE TEMP TABLE changes AS
SELECT p.system, p.source_id, p.case_code AS old_code, coalesce(p.kept_code, m.case_code) AS new_code,
    nullif(p.kept_part, coalesce(p.kept_code, m.case_code)) AS part,
    CASE WHEN m.case_code IS NOT NULL AND p.nth = 1 THEN 'first' ELSE coalesce(r.method, 'merged') END AS method,
    CASE WHEN m.case_code IS NOT NULL AND p.nth = 1 THEN '{"rule":"first"}'
        ELSE coalesce(r.evidence, CAST(json_object('rule', 'merged', 'from_code', p.case_code) AS VARCHAR))
    END AS evidence
FROM placed AS p
LEFT JOIN minted AS m ON m.grp = p.grp
LEFT JOIN reasons AS r ON r.system = p.system AND r.source_id = p.source_id
WHERE p.case_code IS DISTINCT FROM coalesce(p.kept_code, m.case_code);
