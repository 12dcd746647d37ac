-- Two cases that may be one dispute, by the pair of their reports for which most speaks: what speaks for it and what
-- against it, with points. Reports meet where they have a local code, a number that one names, a person or a telephone
-- in common; what more than $busy reports have in common names nobody (a switchboard, an agent). Each is looked for by
-- itself in the few columns that it needs: all of them as one list is more than memory holds at the size of a province.
WITH reports AS NOT MATERIALIZED (
    SELECT rowid AS id, case_code, system, source_id, reported_at, county_code, town_code, local_code,
        related_system, related_no,
        system || '|' || source_id AS number, related_system || '|' || related_no AS related,
        case_type_code, substr(case_type_code, 1, 2) AS type_group,
        applicant_id_no_token AS applicant, applicant_name_token AS applicant_name, applicant_phone_token AS phone,
        respondent_id_no_token AS respondent, respondent_name_token AS respondent_name, respondent_uscc AS uscc
    FROM {core.case_reports}
    WHERE case_code IS NOT NULL
), people AS NOT MATERIALIZED (
    SELECT id, case_code, reported_at, applicant AS mark FROM reports
    UNION ALL SELECT id, case_code, reported_at, respondent FROM reports
), numbers AS (
    SELECT r.id, r.case_code, r.number AS mark
    FROM reports AS r
    SEMI JOIN reports AS n ON n.related_system = r.system AND n.related_no = r.source_id
    UNION ALL SELECT id, case_code, related FROM reports WHERE related IS NOT NULL
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
), pairs AS (
    SELECT DISTINCT
        CASE WHEN case_code < other_code THEN id ELSE other_id END AS id,
        CASE WHEN case_code < other_code THEN other_id ELSE id END AS other_id
    FROM met WHERE case_code <> other_code
), chosen AS (
    SELECT * FROM reports WHERE id IN (SELECT id FROM pairs UNION ALL SELECT other_id FROM pairs)
), compared AS (
    SELECT a.case_code AS code, b.case_code AS other_code,
        a.system, a.source_id, b.system AS other_system, b.source_id AS other_source_id,
        abs(date_diff('day', a.reported_at, b.reported_at)) AS days,
        coalesce(b.number = a.related, false) OR coalesce(a.number = b.related, false) AS is_named,
        coalesce(a.applicant = b.respondent, false) OR coalesce(b.applicant = a.respondent, false) AS is_swapped,
        coalesce(a.respondent = b.respondent, false) OR coalesce(a.uscc = b.uscc, false)
            OR coalesce(a.respondent_name = b.respondent_name, false) AS has_same_opponent,
        a.applicant = b.applicant AS has_same_applicant, a.phone = b.phone AS has_same_phone,
        a.applicant_name = b.applicant_name AS has_same_name, a.local_code = b.local_code AS has_same_local_code,
        a.case_type_code = b.case_type_code AS has_same_type, a.type_group = b.type_group AS has_same_group,
        a.town_code = b.town_code AS has_same_town, a.county_code = b.county_code AS has_same_county,
        coalesce(a.respondent, a.uscc) IS NOT NULL AND coalesce(b.respondent, b.uscc) IS NOT NULL AS has_opponents
    FROM pairs AS m
    JOIN chosen AS a ON a.id = m.id
    JOIN chosen AS b ON b.id = m.other_id
), told AS (
    SELECT code, other_code, system, source_id, other_system, other_source_id, days, list_filter([
        CASE WHEN is_named THEN {'says': 'one names the number of the other', 'points': 60} END,
        CASE WHEN has_same_local_code THEN {'says': 'same local code', 'points': 60} END,
        CASE WHEN has_same_applicant THEN {'says': 'same ID number of the applicant', 'points': 35}
            WHEN is_swapped THEN {'says': 'applicant of one, respondent of the other', 'points': 30}
            WHEN NOT has_same_applicant THEN {'says': 'other ID numbers of the applicants', 'points': -40} END,
        CASE WHEN has_same_phone THEN {'says': 'same telephone of the applicant', 'points': 25} END,
        CASE WHEN has_same_name THEN {'says': 'same name of the applicant', 'points': 5} END,
        CASE WHEN has_same_opponent THEN {'says': 'same opponent', 'points': 25}
            WHEN has_opponents AND NOT is_swapped THEN {'says': 'other opponents', 'points': -30} END,
        CASE WHEN has_same_type THEN {'says': 'same type', 'points': 10}
            WHEN has_same_group THEN {'says': 'type of the same group', 'points': 5}
            WHEN NOT has_same_group THEN {'says': 'types of other groups', 'points': -10} END,
        CASE WHEN has_same_town THEN {'says': 'same town', 'points': 10}
            WHEN has_same_county THEN {'says': 'same county', 'points': 5}
            WHEN NOT has_same_county THEN {'says': 'other counties', 'points': -20} END,
        CASE WHEN days <= 7 THEN {'says': 'within a week', 'points': 10}
            WHEN days <= 30 THEN {'says': 'within 30 days', 'points': 5} END
    ], lambda one: one IS NOT NULL) AS evidence
    FROM compared
), scored AS (
    SELECT *, greatest(least(list_sum(list_transform(evidence, lambda one: one.points)), 100), 0) AS score FROM told
)
SELECT * FROM scored WHERE score >= $least
QUALIFY row_number() OVER (
    PARTITION BY code, other_code ORDER BY score DESC, system, source_id, other_system, other_source_id
) = 1
ORDER BY score DESC, code, other_code
