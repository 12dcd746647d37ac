-- A small made-up province, deterministic: every value comes from hash(i). $as_of and $n are bound.
CREATE SCHEMA IF NOT EXISTS core; CREATE SCHEMA IF NOT EXISTS mart; CREATE SCHEMA IF NOT EXISTS ref; CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE core.grids AS
WITH towns AS (
    SELECT code, parent_code, row_number() OVER (PARTITION BY parent_code ORDER BY code) AS nth
    FROM ref.divisions WHERE level = 'town'
), villages AS (
    SELECT v.code AS village_code, v.name AS village_name, t.code AS town_code, t.parent_code AS county_code,
           row_number() OVER (PARTITION BY t.code ORDER BY v.code) AS nth
    FROM ref.divisions v JOIN towns t ON v.parent_code = t.code
    WHERE v.level = 'village' AND t.nth <= 4
)
SELECT 'peoples_mediation' AS system, village_code || lpad(g::VARCHAR, 3, '0') AS grid_code,
       village_name || '第' || g || '网格' AS name, village_code, town_code, left(county_code, 4) AS prefecture_code,
       county_code, '01' AS kind_code,
       (180 + hash(village_code, g) % 240)::INT AS household_count,
       (520 + hash(village_code, g) % 700)::INT AS person_count,
       ['陈', '林', '王', '沈', '周'][1 + (hash(village_code, g) % 5)::INT] || '建国' AS leader_name
FROM villages, range(1, 3) AS r(g) WHERE nth <= 2;

CREATE TEMP TABLE seeds AS
WITH places AS (SELECT *, row_number() OVER (ORDER BY grid_code) - 1 AS nth, count(*) OVER () AS total FROM core.grids)
SELECT i, hash(i, 'a') AS a, hash(i, 'b') AS b, hash(i, 'c') AS c,
       left(p.county_code, 4) AS prefecture_code, p.county_code, p.town_code, p.village_code, p.grid_code
FROM range($n) AS r(i) JOIN places p ON p.nth = (hash(i, 'place') % p.total);

CREATE TABLE core.cases AS
WITH timed AS (
    SELECT *, CAST($as_of AS TIMESTAMP) - to_hours(((a % 9000) + 3)::INT) AS reported_at,
           ['0102','0202','0402','0502','0601','0701','0804','0503','0201','0699'][1 + (b % 10)::INT] AS case_type_code,
           ['mediation','petition','mediation','petition','mediation'][1 + (c % 5)::INT] AS clock,
           [30, 60, 15, 45, 42][1 + (c % 5)::INT] AS limit_days
    FROM seeds
), clocked AS (
    SELECT *, reported_at + INTERVAL 6 HOUR AS accepted_at, reported_at + to_days(limit_days::INT) AS due_at,
           reported_at + to_hours(((b % 1000) * limit_days * 25 / 1000)::INT + 12) AS would_close
    FROM timed
), lived AS (
    SELECT *, CASE WHEN would_close < CAST($as_of AS TIMESTAMP) AND c % 100 > 3 THEN would_close END AS closed_at FROM clocked
), staged AS (
    SELECT *, closed_at IS NULL AS is_open,
           CASE WHEN closed_at IS NOT NULL THEN '50' WHEN accepted_at > CAST($as_of AS TIMESTAMP) THEN '10'
                ELSE ['10','20','20','20','30','40','50'][1 + (a % 7)::INT] END AS stage_code,
           CASE WHEN closed_at IS NULL THEN NULL
                ELSE ['01','01','01','01','02','03','04','05','07'][1 + (hash(i, 'r') % 9)::INT] END AS result_code
    FROM lived
), timed_colour AS (
    SELECT *, is_open AND due_at < CAST($as_of AS TIMESTAMP) AS is_overdue,
           CASE WHEN NOT is_open THEN 'green'
                WHEN due_at < CAST($as_of AS TIMESTAMP) THEN 'red'
                WHEN date_diff('hour', reported_at, CAST($as_of AS TIMESTAMP)) > limit_days * 24 * 0.7 THEN 'yellow'
                ELSE 'green' END AS time_colour,
           CASE WHEN hash(i, 'risk') % 50 = 0 THEN 1 WHEN hash(i, 'risk') % 8 = 0 THEN 2 ELSE 4 END AS risk_level
    FROM staged
), coloured AS (
    SELECT *, CASE WHEN NOT is_open THEN 'green' WHEN risk_level = 1 THEN 'red'
                   WHEN risk_level = 2 THEN 'yellow' ELSE 'green' END AS risk_colour
    FROM timed_colour
)
SELECT 'JF' || county_code || strftime(accepted_at, '%Y%m%d') || lpad(i::VARCHAR, 5, '0') || (i % 10) AS case_code,
       case_type_code, t.label AS case_type_name, 'dispute' AS matter_kind, prefecture_code, county_code,
       (SELECT name FROM ref.divisions WHERE code = s.county_code) AS county_name,
       town_code, village_code, grid_code, county_code AS county_code_then,
       (SELECT name FROM ref.divisions WHERE code = s.county_code) AS county_name_then, town_code AS town_code_then,
       ['peoples_mediation','petition_hotline','court_odr','medical_disputes','union_rights'][1 + (a % 5)::INT] AS first_system,
       'R' || i AS first_source_id, first_system AS leading_system, first_source_id AS leading_source_id, (1 + (b % 9 = 0)::INT)::BIGINT AS report_count, (1 + (b % 9 = 0)::INT)::BIGINT AS system_count,
       reported_at, reported_at AS last_reported_at, accepted_at, closed_at,
       clock AS clock_code, CASE clock WHEN 'petition' THEN '信访事项' ELSE '人民调解' END AS clock_name, due_at, due_at > TIMESTAMP '2026-12-31' AS due_provisional,
       stage_code, CASE WHEN is_open THEN '21' ELSE '90' END AS status_code, result_code,
       CASE WHEN result_code IS NULL THEN NULL ELSE '01' END AS resolve_way_code,
       '01' AS scale_code, risk_level, CASE WHEN b % 3 = 0 THEN (b % 90000)::DECIMAL(18,2) END AS amount_involved,
       is_open, coalesce(result_code IN ('01','02','03'), false) AS is_resolved, is_overdue,
       coalesce(closed_at > due_at, false) AS is_closed_late,
       coalesce(result_code IN ('01','02','03'), false) AND b % 3 > 0 AS is_resolved_in_grid,
       CASE WHEN is_overdue THEN date_diff('day', due_at, CAST($as_of AS TIMESTAMP)) ELSE 0 END AS overdue_days,
       time_colour, risk_colour,
       CASE WHEN NOT is_open AND closed_at < CAST($as_of AS TIMESTAMP) - INTERVAL 90 DAY THEN 'grey'
            WHEN 'red' IN (time_colour, risk_colour) THEN 'red'
            WHEN 'yellow' IN (time_colour, risk_colour) THEN 'yellow' ELSE 'green' END AS colour,
       CASE WHEN time_colour = 'red' THEN '已超法定期限 ' || date_diff('day', due_at, CAST($as_of AS TIMESTAMP)) || ' 天'
            WHEN risk_colour = 'red' THEN '风险等级为一级' WHEN time_colour = 'yellow' THEN '办理时限已过七成'
            WHEN risk_colour = 'yellow' THEN '风险等级为二级' WHEN NOT is_open THEN '已办结' ELSE '在期限内' END AS colour_reason,
       ['ZZ','ZZ','JZ','GG','YJ'][1 + (c % 5)::INT] AS platform_code,
       ['综治工作','综治工作','监管执法','公共服务','应急管理'][1 + (c % 5)::INT] AS platform_name,
       d.name || '人民调解委员会' AS handling_org_name,
       CASE WHEN is_open OR b % 3 = 0 THEN NULL ELSE (3 + b % 3)::INT END AS satisfaction,
       result_code = '01' AS has_agreement, result_code = '01' AND b % 4 = 0 AS has_confirmation,
       CASE WHEN a % 12 = 0 THEN 'to_mediation' WHEN a % 17 = 0 THEN 'to_court' END AS referral_direction,
       (b % 3)::BIGINT AS transfer_count, (b % 40 = 0)::BIGINT AS returned_count,
       CASE WHEN closed_at IS NOT NULL THEN date_diff('day', accepted_at, closed_at) * 5 // 7 END AS elapsed_working_days,
       false AS has_minor, b % 50 = 0 AS pending_correction, CAST($as_of AS TIMESTAMP) AS as_of
FROM coloured s
JOIN ref.divisions d ON d.code = s.town_code
JOIN ref.codes t ON t.list = 'case_type' AND t.code = s.case_type_code
ORDER BY case_code;

CREATE TABLE core.case_reports AS
SELECT case_code, s.nth AS report_seq, s.system,
       first_source_id || CASE WHEN s.nth > 1 THEN '-' || s.nth ELSE '' END AS source_id,
       d.dataset, d.department, 'dispute' AS matter_kind, reported_at + to_hours((s.nth - 1)::INT * 20) AS reported_at,
       accepted_at, closed_at, stage_code, status_code, prefecture_code, county_code, town_code, village_code, grid_code,
       platform_code, platform_name, handling_org_name,
       CASE WHEN case_code = (SELECT min(case_code) FROM core.cases) THEN 'CXM2020060100001'
            WHEN case_code IN (SELECT min(case_code) FROM core.cases WHERE county_code IN ('330106', '330108') GROUP BY county_code)
            THEN 'BJM2020060100002' END AS local_code,
       '张*' AS applicant_name_mask, md5(case_code) AS applicant_name_token, case_type_code, county_name,
       NULL::VARCHAR AS related_system, NULL::VARCHAR AS related_no, NULL::VARCHAR AS applicant_id_no_token,
       NULL::VARCHAR AS applicant_id_no_mask, NULL::VARCHAR AS applicant_phone_token,
       NULL::VARCHAR AS applicant_phone_mask, NULL::VARCHAR AS respondent_id_no_token,
       NULL::VARCHAR AS respondent_id_no_mask, NULL::VARCHAR AS respondent_name_token,
       NULL::VARCHAR AS respondent_name_mask, NULL::VARCHAR AS respondent_uscc,
       CASE WHEN s.nth = 1 THEN 'first' ELSE 'id_rule' END AS link_method,
       CASE WHEN s.nth = 1 THEN '{"rule":"first"}' ELSE json_object('rule', 'id_rule', 'system', first_system,
           'source_id', first_source_id, 'days', 3, 'matched', left(md5(case_code), 8), 'swapped', false)::VARCHAR
       END AS link_evidence,
       '20260914T210000000001Z-1a2b' AS load_id, (hash(case_code) % 5000)::BIGINT AS position,
       sha256(first_source_id) AS delivery_sha256, CAST($as_of AS TIMESTAMP) - INTERVAL 3 HOUR AS landed_at
FROM core.cases, LATERAL (
    SELECT first_system AS system, 1 AS nth
    UNION ALL SELECT CASE WHEN first_system = 'petition_hotline' THEN 'youth_hotline' ELSE 'petition_hotline' END, 2
    WHERE report_count > 1
) AS s
JOIN (SELECT d.system, d.dataset, y.department FROM ref.datasets AS d JOIN ref.systems AS y ON y.system = d.system) AS d
    ON d.system = s.system;

-- What came of a report: the same row shape five times, each with the place of its report.
CREATE TEMP TABLE of_reports AS
SELECT case_code, system, source_id || '-x' AS source_id, source_id AS report_source_id, reported_at, closed_at,
       prefecture_code, county_code, town_code, village_code, grid_code, platform_code, platform_name, load_id, position,
       landed_at, hash(source_id, 'of') AS h
FROM core.case_reports;

CREATE TABLE core.visits AS
SELECT * EXCLUDE (h, reported_at, closed_at, platform_code, platform_name), reported_at AS visited_at,
       (1 + h % 4)::INT AS persons, '01' AS purpose_code
FROM of_reports;
-- Half of what is sent comes back, half of that is sent there again, and half of that to who sent it, who does not sign.
CREATE TABLE core.transfers AS
WITH hops AS (
    SELECT * FROM (VALUES
        (1, '', 4, '省信访局', '区矛调中心', 0, 3, 5, NULL), (2, '2', 8, '区矛调中心', '区人社局', 10, 11, NULL, 14),
        (3, '3', 16, '区矛调中心', '区人社局', 20, 28, 30, NULL), (4, '4', 32, '区人社局', '区矛调中心', 60, NULL, NULL, NULL)
    ) AS v(hop, suffix, one_in, from_org, to_org, sent, received, accepted, returned)
)
SELECT r.* EXCLUDE (h, source_id, reported_at, closed_at), r.source_id || p.suffix AS source_id, p.from_org, p.to_org,
       reported_at + to_hours(p.sent) AS sent_at, reported_at + to_hours(p.received) AS received_at,
       reported_at + to_hours(p.accepted) AS accepted_at, reported_at + to_hours(p.returned) AS returned_at,
       CASE WHEN p.returned IS NOT NULL THEN '01' END AS return_reason_code, p.returned IS NOT NULL AS is_returned,
       p.received IS NULL AS is_unsigned
FROM of_reports AS r JOIN hops AS p ON r.h % p.one_in = 0
WHERE p.hop = 1 OR r.reported_at < CAST($as_of AS TIMESTAMP) - INTERVAL 5 DAY;
UPDATE core.cases AS c SET transfer_count = (SELECT count(*) FROM core.transfers AS t WHERE t.case_code = c.case_code);
CREATE TABLE core.agreements AS
SELECT * EXCLUDE (h, reported_at, closed_at), '02' AS form_code, closed_at AS signed_at, closed_at AS effective_at,
       10000.00::DECIMAL(18, 2) AS amount, h % 2 = 0 AS is_confirmed
FROM of_reports WHERE closed_at IS NOT NULL AND h % 3 = 0;
CREATE TABLE core.confirmations AS
SELECT * EXCLUDE (h, reported_at, closed_at), '人民法院' AS court_name, closed_at AS applied_at, closed_at AS ruled_at,
       '01' AS result_code, NULL::VARCHAR AS document_no
FROM of_reports WHERE closed_at IS NOT NULL AND h % 9 = 0;
CREATE TABLE core.referrals AS
SELECT * EXCLUDE (h, reported_at), CASE WHEN h % 8 = 0 THEN 'to_court' ELSE 'to_mediation' END AS direction_code,
       '人民法院' AS court_name, NULL::VARCHAR AS mediation_no, reported_at AS referred_at, '01' AS result_code
FROM of_reports WHERE h % 5 = 0;
CREATE TABLE core.evaluations AS
SELECT * EXCLUDE (h, reported_at, closed_at), '01' AS channel_code,
       CASE WHEN h % 5 > 0 THEN (2 + least(h % 17, 3))::INT END AS satisfaction, closed_at AS invited_at,
       CASE WHEN h % 5 > 0 THEN closed_at END AS replied_at
FROM of_reports WHERE closed_at IS NOT NULL AND h % 2 = 0;
CREATE TABLE core.divisions AS SELECT *, valid_to IS NULL AS is_current FROM ref.divisions;

CREATE TABLE core.case_steps AS
SELECT case_code, row_number() OVER (PARTITION BY case_code ORDER BY happened_at, stage_code) AS seq, 'step' AS origin,
       system, source_id, source_id || '-s' || stage_code AS origin_source_id, stage_code, step_code, status_code,
       happened_at, happened_at AS recorded_at, org_name, actor_name, '20260914T210000000001Z-1a2b' AS load_id, 7 AS position
FROM (
    SELECT case_code, first_system AS system, first_source_id AS source_id, '10' AS stage_code, '02' AS step_code,
           '12' AS status_code, accepted_at AS happened_at, '一窗受理中心' AS org_name, NULL AS actor_name FROM core.cases
    UNION ALL
    SELECT case_code, first_system, first_source_id, '20', '07', '21', accepted_at + INTERVAL 1 DAY,
           handling_org_name, '沈国平' FROM core.cases WHERE stage_code > '10'
    UNION ALL
    SELECT case_code, first_system, first_source_id, '30', '11', '31', closed_at - INTERVAL 2 HOUR, '人民法院', NULL
    FROM core.cases WHERE has_confirmation
    UNION ALL
    SELECT case_code, first_system, first_source_id, '50', '14', '90', closed_at, handling_org_name, '沈国平'
    FROM core.cases WHERE closed_at IS NOT NULL
);

CREATE TABLE core.case_aliases AS
SELECT 'JF3301082020010100001X' AS old_code, min(case_code) AS new_code,
       CAST($as_of AS TIMESTAMP) - INTERVAL 30 DAY AS merged_at FROM core.cases;

CREATE TABLE core.grid_workers (grid_code VARCHAR, name VARCHAR, active BOOLEAN);

-- What builds have seen of the colours of cases that are overdue now.
CREATE TABLE ops.case_colours AS
WITH overdue AS (SELECT * FROM core.cases WHERE is_overdue AND risk_colour = 'green' AND overdue_days > 1)
SELECT case_code, reported_at + INTERVAL 1 DAY AS seen_at, 'green' AS colour, 'green' AS time_colour, 'green' AS risk_colour,
       '在期限内' AS colour_reason, handling_org_name AS holder_org FROM overdue
UNION ALL
SELECT case_code, due_at - INTERVAL 4 DAY, 'yellow', 'yellow', 'green', '办理时限已过七成', handling_org_name FROM overdue
UNION ALL
SELECT case_code, due_at + INTERVAL 1 DAY, 'red', 'red', 'green', '已超法定期限 1 天', '区矛调中心' FROM overdue;

CREATE TABLE core.parties AS
SELECT case_code, '10' AS role_code, '张*' AS name_mask, '330108********0016' AS id_no_mask, '138****1234' AS phone_mask,
       md5(case_code || 'p') AS person_token, 'person' AS kind, md5(case_code || 'p') AS party_token FROM core.cases
UNION ALL
SELECT case_code, '20', '李*明', NULL, NULL, md5(case_code || 'q'), 'person', md5(case_code || 'q') FROM core.cases;
