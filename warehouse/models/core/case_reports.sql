-- description: 来件：每个系统的每件来件一行，连同它归入的案件；咨询不立案，case_code 为空
-- key: system, source_id
-- test: SELECT system, source_id FROM core.case_reports WHERE case_code IS NULL AND matter_kind <> 'consultation'
WITH mapped AS (
    -- A retired county is read on today's map, where its towns and villages have no place of their own.
    SELECT r.*, s.department,
        substr(coalesce(county.today_code, r.county_code, town_county.today_code, r.town_code), 1, 6) AS county_today
    FROM record.case_reports AS r
    LEFT JOIN ref.systems AS s ON s.system = r.system
    LEFT JOIN ref.division_today AS county ON county.old_code = r.county_code
    LEFT JOIN ref.division_today AS town_county ON town_county.old_code = substr(r.town_code, 1, 6)
), members AS (
    SELECT
        m.system, m.source_id, m.case_code, m.method, m.evidence, m.from_as_of,
        row_number() OVER (PARTITION BY m.case_code ORDER BY r.reported_at, r.system, r.source_id) AS report_seq
    FROM link.memberships AS m
    INNER JOIN record.case_reports AS r ON r.system = m.system AND r.source_id = m.source_id
    WHERE r.matter_kind <> 'consultation'
)
SELECT
    m.case_code, m.report_seq, r.system, r.source_id, r.dataset, r.department,
    r.matter_kind, r.case_type_code, r.scale_code, r.source_channel_code, r.risk_level,
    r.occurred_at, r.reported_at, r.accepted_at, r.closed_at,
    r.stage_code, r.status_code, r.result_code, r.resolve_way_code,
    -- A closing time or a closing status is enough; a case that came back for another try has neither.
    coalesce(
        r.closed_at IS NOT NULL
        OR r.status_code IN ('11', '24', '42', '50', '51', '52', '90', '91', '95', '96'), false
    ) AS is_closed,
    -- A smaller place counts only inside the larger one that the report names.
    substr(r.county_today, 1, 4) AS prefecture_code, r.county_today AS county_code,
    CASE WHEN substr(r.town_code, 1, 6) = r.county_today THEN r.town_code END AS town_code,
    CASE WHEN substr(r.village_code, 1, 6) = r.county_today THEN r.village_code END AS village_code,
    CASE WHEN substr(r.grid_code, 1, 6) = r.county_today THEN r.grid_code END AS grid_code,
    r.county_code AS county_code_then,
    coalesce(stated.code, assigned.platform_code) AS platform_code,
    coalesce(stated.name, assigned.platform_name) AS platform_name,
    clock.clock_code,
    r.handling_org_name, r.mediator_name, r.amount_involved, r.party_count, r.has_minor, r.is_group,
    r.applicant_kind, r.applicant_name_token, r.applicant_name_mask, r.applicant_id_no_token, r.applicant_id_no_mask,
    r.applicant_phone_token, r.applicant_phone_mask, r.applicant_sex_code,
    r.respondent_kind, r.respondent_name_token, r.respondent_name_mask, r.respondent_id_no_token,
    r.respondent_id_no_mask, r.respondent_phone_token, r.respondent_phone_mask, r.respondent_uscc,
    r.related_system, r.related_no,
    m.method AS link_method, m.evidence AS link_evidence, m.from_as_of AS linked_at,
    r.warnings, r.pending_correction_since, r.source_updated_at,
    r.load_id, r.position, r.delivery_sha256, r.landed_at, r.first_landed_at
FROM mapped AS r
LEFT JOIN members AS m ON m.system = r.system AND m.source_id = r.source_id
LEFT JOIN ref.platforms AS stated
    ON stated.code = r.platform_code AND stated.valid_from <= r.reported_at
    AND (stated.valid_to IS NULL OR stated.valid_to > r.reported_at)
LEFT JOIN core.platform_assignments AS assigned
    ON assigned.matter_kind = r.matter_kind AND assigned.case_type_code = coalesce(r.case_type_code, '')
    AND assigned.from_date <= r.reported_at
    AND (assigned.until_date IS NULL OR assigned.until_date > r.reported_at)
LEFT JOIN core.clock_assignments AS clock
    ON clock.department = r.department AND clock.matter_kind = r.matter_kind
    AND clock.case_type_code = coalesce(r.case_type_code, '')
    AND clock.from_date <= r.reported_at AND (clock.until_date IS NULL OR clock.until_date > r.reported_at)
