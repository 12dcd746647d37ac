-- Reports of one case that are closed in different systems should have the same {column}; both sides fail.
WITH shared AS (
    SELECT case_code FROM link.memberships GROUP BY case_code HAVING min(system) <> max(system)
),
reports AS (
    SELECT m.case_code, r.system, r.dataset, r.source_id, r.{column} AS found
    FROM link.memberships AS m
    SEMI JOIN shared AS s ON s.case_code = m.case_code
    INNER JOIN record.{contract} AS r ON r.system = m.system AND r.source_id = m.source_id
    WHERE r.{closed} IS NOT NULL AND r.{column} IS NOT NULL
      AND (r.system, r.dataset) IN ({judged})
)
SELECT r.system, r.dataset, r.source_id, r.found AS shown
FROM reports AS r
SEMI JOIN (SELECT DISTINCT case_code, system, found FROM reports) AS o
    ON o.case_code = r.case_code AND o.system <> r.system AND o.found <> r.found
