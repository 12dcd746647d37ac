-- Pairs of reports of two cases that have something in common: a local code, a number that one names, or within $days
-- a person or a telephone. What more than $busy reports have in common names nobody (a switchboard, an agent). Each
-- ground is looked for by itself in the few columns that it needs: all of them as one list is more than memory holds at
-- the size of a province.
CREATE OR REPLACE TEMP TABLE pairs AS
WITH reports AS NOT MATERIALIZED (
    SELECT rowid AS id, case_code, reported_at, system, source_id, related_system, related_no, local_code,
        applicant_id_no_token AS applicant, respondent_id_no_token AS respondent, applicant_phone_token AS phone
    FROM {core.case_reports}
    WHERE case_code IS NOT NULL
), people AS NOT MATERIALIZED (
    SELECT id, case_code, reported_at, applicant AS mark FROM reports
    UNION ALL SELECT id, case_code, reported_at, respondent FROM reports
), numbers AS (
    SELECT r.id, r.case_code, r.system || '|' || r.source_id AS mark
    FROM reports AS r
    SEMI JOIN reports AS n ON n.related_system = r.system AND n.related_no = r.source_id
    UNION ALL SELECT id, case_code, related_system || '|' || related_no
    FROM reports WHERE related_system IS NOT NULL AND related_no IS NOT NULL
), busy AS (
    SELECT mark FROM people WHERE mark IS NOT NULL GROUP BY mark HAVING count(*) > $busy
    UNION ALL SELECT phone FROM reports WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > $busy
    UNION ALL SELECT local_code FROM reports WHERE local_code IS NOT NULL GROUP BY local_code HAVING count(*) > $busy
    UNION ALL SELECT mark FROM numbers GROUP BY mark HAVING count(*) > $busy
), met AS (
    SELECT one.id, other.id AS other_id, one.case_code, other.case_code AS other_code
    FROM reports AS one JOIN people AS other ON other.mark = one.applicant
    WHERE abs(epoch(one.reported_at) - epoch(other.reported_at)) <= $days * 86400
        AND one.applicant NOT IN (FROM busy)
    UNION ALL
    SELECT one.id, other.id, one.case_code, other.case_code
    FROM reports AS one JOIN reports AS other ON other.phone = one.phone
    WHERE abs(epoch(one.reported_at) - epoch(other.reported_at)) <= $days * 86400
        AND one.phone NOT IN (FROM busy)
    UNION ALL
    SELECT one.id, other.id, one.case_code, other.case_code
    FROM reports AS one JOIN reports AS other ON other.local_code = one.local_code
    WHERE one.local_code NOT IN (FROM busy)
    UNION ALL
    SELECT one.id, other.id, one.case_code, other.case_code
    FROM numbers AS one JOIN numbers AS other ON other.mark = one.mark
    WHERE one.mark NOT IN (FROM busy)
)
SELECT DISTINCT
    CASE WHEN case_code < other_code THEN id ELSE other_id END AS id,
    CASE WHEN case_code < other_code THEN other_id ELSE id END AS other_id
FROM met WHERE case_code <> other_code
