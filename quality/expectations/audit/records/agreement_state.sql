-- Pending reports of one case of which more are long closed in all systems than in their own.
WITH reports AS (
    SELECT
        c.case_code, r.system, r.source_id, r.$column AS found,
        list_contains([$final], r.$column)
        AND r.$closed + INTERVAL $days DAY < (SELECT max(v.as_of) FROM ops.versions AS v) AS long_closed
    FROM {batch} AS r
    INNER JOIN core.case_reports AS c ON c.system = r.system AND c.source_id = r.source_id
    WHERE c.case_code IS NOT NULL AND r.system || '.' || r.dataset IN ($places)
), counted AS (
    SELECT
        system, source_id, found,
        count_if(long_closed) OVER (PARTITION BY case_code) AS anywhere,
        count_if(long_closed) OVER (PARTITION BY case_code, system) AS here
    FROM reports
)
SELECT source_id FROM counted WHERE system = $system AND list_contains([$pending], found) AND anywhere > here
