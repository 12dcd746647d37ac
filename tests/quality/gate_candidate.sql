-- A small published file that the gate accepts: three cases, four reports, one of them a consultation.
CREATE SCHEMA ref;
CREATE SCHEMA record;
CREATE SCHEMA core;
CREATE SCHEMA mart;
CREATE SCHEMA ops;

CREATE TABLE ref.divisions AS
SELECT * FROM (VALUES ('330000', 'province'), ('330102', 'county'), ('330106', 'county')) AS t (code, level);
CREATE TABLE ref.platforms AS SELECT '10' AS code;

CREATE TABLE record.case_reports AS
SELECT * FROM (VALUES
    ('court_odr', 'A1', TIMESTAMP '2026-06-01 09:00:00', TIMESTAMP '2026-06-29 05:00:00'),
    ('petition_hotline', 'B1', TIMESTAMP '2026-06-02 09:00:00', TIMESTAMP '2026-06-29 05:00:00'),
    ('petition_hotline', 'B2', TIMESTAMP '2026-06-03 09:00:00', TIMESTAMP '2026-06-29 05:00:00'),
    ('petition_hotline', 'B3', TIMESTAMP '2026-06-04 09:00:00', TIMESTAMP '2026-06-29 05:00:00')
) AS t (system, source_id, reported_at, landed_at);

CREATE TABLE core.cases AS
SELECT * FROM (VALUES
    ('JF3301022026060100001A', '330102', '10', 2, 'red', TIMESTAMP '2026-06-01', NULL, true, true),
    ('JF33010620260603000019', '330106', '10', 1, 'green', TIMESTAMP '2026-06-03', TIMESTAMP '2026-06-09', false, false)
) AS t (case_code, county_code, platform_code, report_count, colour, accepted_at, closed_at, is_open, is_overdue);

CREATE TABLE core.case_reports AS
SELECT * FROM (VALUES
    ('JF3301022026060100001A', 'court_odr', 'A1'),
    ('JF3301022026060100001A', 'petition_hotline', 'B1'),
    ('JF33010620260603000019', 'petition_hotline', 'B2'),
    (NULL, 'petition_hotline', 'B3')
) AS t (case_code, system, source_id);

CREATE TABLE core.case_steps AS
SELECT * FROM (VALUES
    ('JF3301022026060100001A', 1, 'court_odr', TIMESTAMP '2026-06-01 10:00:00'),
    ('JF3301022026060100001A', 2, 'court_odr', TIMESTAMP '2026-06-02 10:00:00')
) AS t (case_code, seq, system, happened_at);

CREATE TABLE core.parties AS
SELECT
    'JF3301022026060100001A' AS case_code,
    'applicant' AS role_code,
    '330102********1234' AS id_no_mask,
    '138****1234' AS phone_mask;

CREATE TABLE core.case_decisions (decision_id BIGINT, event_id BIGINT, effect VARCHAR);

CREATE TABLE mart.centre AS
SELECT * FROM (VALUES
    ('330000', 'province', 'all', 'open_cases', 1),
    ('330000', 'province', 'all', 'overdue_open', 1),
    ('330102', 'county', 'all', 'open_cases', 1)
) AS t (area_code, area_level, period, metric, numerator);
CREATE TABLE mart.trust AS
SELECT 'court_odr' AS system, 'pre_suit_cases' AS dataset, 'ok' AS freshness_state, TIMESTAMP '2026-06-29' AS last_landed_at;

CREATE TABLE ops.loads AS
SELECT * FROM (VALUES
    ('20260629T050000-0001', 'court_odr', 'pre_suit_cases', 1, 1, 1, 0, 0, 0, 0, 0, 0),
    ('20260629T050000-0002', 'petition_hotline', 'work_orders', NULL, 5, 3, 0, 0, 1, 0, 1, 0)
) AS t (load_id, system, dataset, declared, landed, loaded, unchanged, superseded, duplicate, deleted, rejected, balance);
