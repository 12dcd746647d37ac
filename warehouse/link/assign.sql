-- Every report that needs a word on its case: those grouped over edges, and new ones that stand alone.
CREATE OR REPLACE TEMP TABLE placed AS
WITH grouped AS (
    SELECT n.system, n.source_id, n.reported_at, n.accepted_at, n.county_filed, n.case_code, n.minted_at,
        'g' || CAST(g.grp AS VARCHAR) AS grp
    FROM nodes AS n JOIN groups AS g ON g.node = n.node
    UNION ALL
    SELECT d.system, d.source_id, d.reported_at, d.accepted_at, d.county_filed, NULL, NULL,
        d.system || '|' || d.source_id
    FROM delta AS d
    ANTI JOIN nodes AS n ON n.system = d.system AND n.source_id = d.source_id
    WHERE d.case_code IS NULL
)
SELECT *,
    row_number() OVER (
        PARTITION BY grp ORDER BY accepted_at IS NULL, reported_at, system, source_id
    ) AS nth,
    first_value(case_code) OVER (
        PARTITION BY grp ORDER BY minted_at NULLS LAST, case_code NULLS LAST
    ) AS kept_code,
    first_value(CASE WHEN regexp_full_match(county_filed, '[0-9]{6}') THEN county_filed END) OVER (
        PARTITION BY grp ORDER BY
            NOT coalesce(regexp_full_match(county_filed, '[0-9]{6}'), false),
            accepted_at IS NULL, reported_at, system, source_id
    ) AS known_county
FROM grouped;

-- A group without a code gets one: county and date of its first accepted report, numbered on from what is stored.
CREATE OR REPLACE TEMP TABLE minted AS
WITH firsts AS (
    SELECT grp, system, source_id, reported_at, coalesce(known_county, '330000') AS county_code,
        CAST(coalesce(accepted_at, reported_at) AS DATE) AS case_date
    FROM placed WHERE nth = 1 AND kept_code IS NULL
), stored AS (
    SELECT county_code, case_date, max(seq) AS seq FROM link.case_codes GROUP BY county_code, case_date
), numbered AS (
    SELECT f.*, coalesce(s.seq, 0) + row_number() OVER (
        PARTITION BY f.county_code, f.case_date ORDER BY f.reported_at, f.system, f.source_id
    ) AS seq
    FROM firsts AS f
    LEFT JOIN stored AS s ON s.county_code = f.county_code AND s.case_date = f.case_date
), bodies AS (
    SELECT *, 'JF' || county_code || strftime(case_date, '%Y%m%d') || five_places(seq) AS body FROM numbered
)
SELECT grp, system, source_id, county_code, case_date, seq, body || check_character(body) AS case_code FROM bodies;

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
    CASE WHEN m.case_code IS NOT NULL AND p.nth = 1 THEN 'first' ELSE coalesce(r.method, 'merged') END AS method,
    CASE WHEN m.case_code IS NOT NULL AND p.nth = 1 THEN '{"rule":"first"}'
        ELSE coalesce(r.evidence, CAST(json_object('rule', 'merged', 'from_code', p.case_code) AS VARCHAR))
    END AS evidence
FROM placed AS p
LEFT JOIN minted AS m ON m.grp = p.grp
LEFT JOIN reasons AS r ON r.system = p.system AND r.source_id = p.source_id
WHERE p.case_code IS DISTINCT FROM coalesce(p.kept_code, m.case_code);
