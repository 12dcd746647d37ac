-- Every report that needs a word on its case: those grouped over edges, and new ones that stand alone.
CREATE OR REPLACE TEMP TABLE grouped AS
SELECT n.system, n.source_id, n.reported_at, n.accepted_at, n.county_filed, n.case_code, n.minted_at,
    'g' || CAST(g.grp AS VARCHAR) AS grp, g.part AS part_node, n.part
FROM nodes AS n JOIN groups AS g ON g.node = n.node
UNION ALL
SELECT d.system, d.source_id, d.reported_at, d.accepted_at, d.county_filed, NULL, NULL,
    d.system || '|' || d.source_id, NULL, NULL
FROM delta AS d
ANTI JOIN nodes AS n ON n.system = d.system AND n.source_id = d.source_id
WHERE d.case_code IS NULL;
