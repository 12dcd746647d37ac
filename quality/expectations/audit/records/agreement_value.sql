-- Closed reports of one case: how many there are of another system and with another value, by counting in and out.
WITH closed AS (
    SELECT c.case_code, r.system, r.source_id, r.$column AS found
    FROM {batch} AS r
    INNER JOIN core.case_reports AS c ON c.system = r.system AND c.source_id = r.source_id
    WHERE
        c.case_code IS NOT NULL AND r.$closed IS NOT NULL AND r.$column IS NOT NULL
        AND r.system || '.' || r.dataset IN ($places)
), counted AS (
    SELECT
        system, source_id,
        count(*) OVER (PARTITION BY case_code)
        - count(*) OVER (PARTITION BY case_code, system)
        - count(*) OVER (PARTITION BY case_code, found)
        + count(*) OVER (PARTITION BY case_code, system, found) AS contradicting
    FROM closed
)
SELECT source_id FROM counted WHERE system = $system AND contradicting > 0
