-- description: 来件：每个系统的每件来件一行，连同它归入的案件；咨询不立案，case_code 为空
-- key: system, source_id
-- column related_system: 关联系统
-- column related_no: 关联编号
-- test: SELECT system, source_id FROM core.case_reports WHERE case_code IS NULL AND matter_kind <> 'consultation'
WITH named AS (
    SELECT r.*, s.department, substr(coalesce(r.town_code, r.village_code, r.grid_code), 1, 9) AS town_named
    FROM record.case_reports AS r
    LEFT JOIN ref.systems AS s ON s.system = r.system
), followed AS (
    -- County and town on today's map and on that of the day of the report. A town may have left the county that took
    -- over its own, or become a county; one whose old code is not known goes with its county.
    SELECT n.*,
        coalesce(county.today_code, n.county_code) AS county_today,
        coalesce(town.today_code, above.today_code, n.town_named) AS town_today,
        coalesce(county_then.then_code, n.county_code) AS county_then,
        coalesce(town_then.then_code, above_then.then_code, n.town_named) AS town_then
    FROM named AS n
    LEFT JOIN ref.division_today AS county ON county.old_code = n.county_code
    LEFT JOIN ref.division_today AS town ON town.old_code = n.town_named
    LEFT JOIN ref.division_today AS above ON above.old_code = substr(n.town_named, 1, 6)
    LEFT JOIN ref.division_then AS county_then
        ON county_then.code = n.county_code AND county_then.from_date <= n.reported_at
        AND coalesce(county_then.until_date, DATE '9999-12-31') > n.reported_at
    LEFT JOIN ref.division_then AS town_then
        ON town_then.code = n.town_named AND town_then.from_date <= n.reported_at
        AND coalesce(town_then.until_date, DATE '9999-12-31') > n.reported_at
    LEFT JOIN ref.division_then AS above_then
        ON above_then.code = substr(n.town_named, 1, 6) AND above_then.from_date <= n.reported_at
        AND coalesce(above_then.until_date, DATE '9999-12-31') > n.reported_at
), judged AS (
    -- A smaller place counts only inside the larger one that the report names.
    SELECT *,
        county_code IS NULL OR substr(town_named, 1, 6) = county_code
            OR substr(town_today, 1, 6) = county_today AS town_fits
    FROM followed
), mapped AS (
    SELECT *,
        CASE WHEN town_fits THEN town_today ELSE county_today END AS place_today,
        CASE WHEN town_fits THEN town_then ELSE county_then END AS place_then
    FROM judged
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
    substr(r.place_today, 1, 4) AS prefecture_code, substr(r.place_today, 1, 6) AS county_code,
    place.name AS county_name,
    CASE WHEN r.town_code IS NOT NULL AND length(r.place_today) = 9 THEN r.place_today END AS town_code,
    CASE WHEN substr(r.village_code, 1, 6) = substr(r.place_today, 1, 6) THEN r.village_code END AS village_code,
    CASE WHEN substr(r.grid_code, 1, 6) = substr(r.place_today, 1, 6) THEN r.grid_code END AS grid_code,
    substr(r.place_then, 1, 6) AS county_code_then, place_then.name AS county_name_then,
    CASE WHEN r.town_code IS NOT NULL AND length(r.place_then) = 9 THEN r.place_then END AS town_code_then,
    coalesce(stated.code, assigned.platform_code) AS platform_code,
    coalesce(stated.name, assigned.platform_name) AS platform_name,
    clock.clock_code,
    r.handling_org_name, r.mediator_name, r.amount_involved, r.party_count, r.has_minor, r.is_group,
    r.applicant_kind, r.applicant_name_token, r.applicant_name_mask, r.applicant_id_no_token, r.applicant_id_no_mask,
    r.applicant_phone_token, r.applicant_phone_mask, r.applicant_sex_code,
    r.respondent_kind, r.respondent_name_token, r.respondent_name_mask, r.respondent_id_no_token,
    r.respondent_id_no_mask, r.respondent_phone_token, r.respondent_phone_mask, r.respondent_uscc,
    r.related_system, r.related_no, r.local_code,
    m.method AS link_method, m.evidence AS link_evidence, m.from_as_of AS linked_at,
    r.warnings, r.pending_correction_since, r.source_updated_at,
    r.load_id, r.position, r.delivery_sha256, r.landed_at, r.first_landed_at
FROM mapped AS r
LEFT JOIN members AS m ON m.system = r.system AND m.source_id = r.source_id
LEFT JOIN core.divisions AS place ON place.code = substr(r.place_today, 1, 6)
LEFT JOIN core.divisions AS place_then ON place_then.code = substr(r.place_then, 1, 6)
LEFT JOIN ref.platforms AS stated
    ON stated.code = r.platform_code AND stated.valid_from <= r.reported_at
    AND coalesce(stated.valid_to, DATE '9999-12-31') > r.reported_at
LEFT JOIN core.platform_assignments AS assigned
    ON assigned.matter_kind = r.matter_kind AND assigned.case_type_code = coalesce(r.case_type_code, '')
    AND assigned.from_date <= r.reported_at
    AND coalesce(assigned.until_date, DATE '9999-12-31') > r.reported_at
LEFT JOIN core.clock_assignments AS clock
    ON clock.department = r.department AND clock.matter_kind = r.matter_kind
    AND clock.case_type_code = coalesce(r.case_type_code, '')
    AND clock.from_date <= r.reported_at AND coalesce(clock.until_date, DATE '9999-12-31') > r.reported_at
ORDER BY case_code
