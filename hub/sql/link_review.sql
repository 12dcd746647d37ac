-- Two cases that may be one dispute, by the pair of their reports for which most speaks: what speaks for it and what
-- against it, with points. `pairs` are the reports that have something in common.
WITH reports AS (
    SELECT r.case_code, r.system, r.source_id, r.reported_at, r.county_code, r.town_code, r.local_code, r.case_type_code,
        r.rowid AS id, r.system || '|' || r.source_id AS number, r.related_system || '|' || r.related_no AS related,
        substr(r.case_type_code, 1, 2) AS type_group, r.applicant_id_no_token AS applicant,
        r.applicant_name_token AS applicant_name, r.applicant_phone_token AS phone,
        r.respondent_id_no_token AS respondent, r.respondent_name_token AS respondent_name, r.respondent_uscc AS uscc
    FROM {core.case_reports} AS r
    JOIN (SELECT id FROM pairs UNION SELECT other_id FROM pairs) AS p ON p.id = r.rowid
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
    JOIN reports AS a ON a.id = m.id
    JOIN reports AS b ON b.id = m.other_id
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
