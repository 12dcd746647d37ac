-- A report should not stay in mediation when a report of the same case has been closed in another system for more than
-- {days} days; the one that lags behind fails.
WITH shared AS (
    SELECT case_code FROM link.memberships GROUP BY case_code HAVING min(system) <> max(system)
),
reports AS (
    SELECT m.case_code, r.system, r.dataset, r.source_id, r.{column} AS found, r.{closed} AS closed_at
    FROM link.memberships AS m
    SEMI JOIN shared AS s ON s.case_code = m.case_code
    INNER JOIN record.{contract} AS r ON r.system = m.system AND r.source_id = m.source_id
    WHERE (r.system, r.dataset) IN ({judged})
)
SELECT r.system, r.dataset, r.source_id, r.found AS shown
FROM reports AS r
SEMI JOIN (
    SELECT DISTINCT case_code, system FROM reports
    WHERE found IN ({final}) AND closed_at < CAST($as_of AS TIMESTAMP) - INTERVAL {days} DAY
) AS o ON o.case_code = r.case_code AND o.system <> r.system
WHERE r.found IN ({pending})
