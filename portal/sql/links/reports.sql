-- The reports of some pairs, masked, by their keys.
SELECT r.case_code, r.system, r.source_id, r.reported_at, r.county_name, r.handling_org_name, r.local_code, r.related_no,
       r.applicant_name_mask, r.applicant_id_no_mask, r.applicant_phone_mask, r.respondent_name_mask,
       r.respondent_id_no_mask, s.title AS system_title, kind.label AS case_type_name, status.label AS status_name,
       town.name AS town_name
FROM {core.case_reports} AS r
JOIN (SELECT DISTINCT unnest($systems) AS system, unnest($source_ids) AS source_id) AS k
    ON k.system = r.system AND k.source_id = r.source_id
LEFT JOIN {ref.systems} AS s ON s.system = r.system
LEFT JOIN {ref.codes} AS kind ON kind.list = 'case_type' AND kind.code = r.case_type_code
LEFT JOIN {ref.codes} AS status ON status.list = 'status' AND status.code = r.status_code
LEFT JOIN {place_names} AS town ON town.code = r.town_code
