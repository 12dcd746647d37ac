-- Each system's share of the reports, evaluations and visits of one place in the year before $as_of.
WITH happened AS (
    SELECT 'case_reports' AS contract, system, reported_at AS happened_at FROM {core.case_reports} WHERE {inside_area}
    UNION ALL
    SELECT 'evaluations', system, coalesce(replied_at, invited_at) FROM {core.evaluations} WHERE {inside_area}
    UNION ALL
    SELECT 'visits', system, visited_at FROM {core.visits} WHERE {inside_area}
)
SELECT contract, system, CAST(count(*) AS DOUBLE) / sum(count(*)) OVER (PARTITION BY contract) AS share
FROM happened
WHERE happened_at >= CAST($as_of AS TIMESTAMP) - INTERVAL 1 YEAR
GROUP BY contract, system
