-- Reports that can belong to a case, with what the rules look at. Counties and towns by today's map, so that
-- two reports of one dispute still meet when the county was dissolved between them.
CREATE OR REPLACE TEMP VIEW linkable AS
SELECT
    r.system, r.source_id, r.record_hash, r.reported_at, r.accepted_at, r.county_code AS county_filed,
    substr(r.case_type_code, 1, 2) AS type_group,
    substr(coalesce(
        CASE WHEN substr(r.town_code, 1, 6) = r.county_code THEN town.today_code END, county.today_code, r.county_code
    ), 1, 6) AS county_code,
    coalesce(town.today_code, r.town_code) AS town_code,
    r.related_system, r.related_no,
    r.applicant_id_no_token AS applicant, r.respondent_id_no_token AS respondent,
    r.respondent_uscc, r.applicant_phone_token AS phone
FROM record.case_reports AS r
LEFT JOIN ref.division_today AS county ON county.old_code = r.county_code
LEFT JOIN ref.division_today AS town ON town.old_code = r.town_code
WHERE r.matter_kind <> 'consultation';
