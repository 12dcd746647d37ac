-- By how much each indicator changed between the published version `earlier` and the models just built, and why.
-- {contract} is a contract's name and {earlier} its table in the earlier version; every other brace is compiled.

-- name: loads
-- What was merged since.
CREATE OR REPLACE TEMP TABLE new_loads AS
SELECT l.load_id, l.kind FROM ops.loads AS l ANTI JOIN earlier.ops.loads AS e ON e.load_id = l.load_id;

-- name: empty
-- These are filled one statement at a time and in no transaction: in one, DuckDB 1.5.5 loses the rows of an insert of
-- 122 880 or more that follows an insert of none into the same table.
CREATE OR REPLACE TEMP TABLE touched (
    contract VARCHAR, system VARCHAR, source_id VARCHAR, report_source_id VARCHAR, cause VARCHAR
);
CREATE OR REPLACE TEMP TABLE moved (
    system VARCHAR, source_id VARCHAR, from_code VARCHAR, to_code VARCHAR, cause VARCHAR
);
CREATE OR REPLACE TEMP TABLE found (
    metric VARCHAR, area_code VARCHAR, period VARCHAR, measured BIGINT, cause VARCHAR, numerator BIGINT,
    denominator BIGINT
);
CREATE OR REPLACE TEMP TABLE listed AS FROM ops.metric_rows WHERE false;

-- name: touched
-- Records that came, changed or went since, and why. What came by replay was in quarantine until a code was mapped or a
-- rule mended. Where the source's own time of update stands still, only our reading of the record has changed.
INSERT INTO touched BY NAME
WITH events AS (
    SELECT system, source_id, min_by(op, load_id) AS first_op FROM history.{contract}
    WHERE load_id >= $first_load AND load_id IN (SELECT load_id FROM new_loads)
    GROUP BY system, source_id
),
now_there AS (
    SELECT r.* FROM record.{contract} AS r WHERE load_id >= $first_load
),
there_before AS (
    SELECT e.system, e.source_id, e.{report}, e.source_updated_at
    FROM {earlier} AS e JOIN events AS k ON k.system = e.system AND k.source_id = e.source_id
    WHERE k.first_op <> 'I'
)
SELECT '{contract}' AS contract, k.system, k.source_id, coalesce(r.{report}, e.{report}) AS report_source_id,
    CASE
        WHEN r.source_id IS NULL THEN 'delete'
        WHEN l.kind = 'replay' THEN 'remap'
        WHEN e.source_id IS NOT NULL
            THEN CASE WHEN r.source_updated_at = e.source_updated_at THEN 'remap' ELSE 'edit' END
        WHEN coalesce(CAST(r.{event_at} AS TIMESTAMP), r.source_updated_at, r.landed_at) <= v.as_of THEN 'late'
        ELSE 'new'
    END AS cause
FROM events AS k
CROSS JOIN earlier.ops.versions AS v
LEFT JOIN now_there AS r ON r.system = k.system AND r.source_id = k.source_id
LEFT JOIN there_before AS e ON e.system = k.system AND e.source_id = k.source_id
LEFT JOIN new_loads AS l ON l.load_id = r.load_id
WHERE r.source_id IS NOT NULL OR e.source_id IS NOT NULL;

-- name: moved
-- Reports that are now of another case: joined to it where the old case is gone, else taken out of it.
INSERT INTO moved
SELECT a.system, a.source_id, b.case_code AS from_code, a.case_code AS to_code,
    CASE WHEN c.case_code IS NULL THEN 'merge' ELSE 'split' END AS cause
FROM rows_before AS b
JOIN rows_after AS a ON a.system = b.system AND a.source_id = b.source_id
LEFT JOIN core.cases AS c ON c.case_code = b.case_code
WHERE b.case_code <> a.case_code;

-- name: row_causes
CREATE OR REPLACE TEMP TABLE row_causes AS
SELECT contract, system, source_id, min_by(cause, rank) AS cause
FROM (
    SELECT contract, system, source_id, cause FROM touched
    UNION ALL
    SELECT 'case_reports', system, source_id, cause FROM moved
) AS found
JOIN causes USING (cause)
GROUP BY contract, system, source_id;

-- name: case_causes
-- A case changes with its reports and whatever belongs to them, now or before.
CREATE OR REPLACE TEMP TABLE case_causes AS
WITH found AS (
    SELECT from_code AS case_code, cause FROM moved
    UNION ALL
    SELECT to_code, cause FROM moved
    UNION ALL
    SELECT r.case_code, t.cause FROM touched AS t
    JOIN core.case_reports AS r ON r.system = t.system AND r.source_id = t.report_source_id
    UNION ALL
    SELECT r.case_code, t.cause FROM touched AS t
    JOIN earlier.core.case_reports AS r ON r.system = t.system AND r.source_id = t.report_source_id
)
SELECT case_code, min_by(cause, rank) AS cause FROM found JOIN causes USING (cause)
WHERE case_code IS NOT NULL
GROUP BY case_code;

-- name: caused
-- The rows of one table that differ, each with its one cause: its own, else its report's, else its case's.
CREATE OR REPLACE TEMP TABLE caused AS
SELECT d.*, coalesce(own.cause, report.cause, cases.cause, 'recomputed') AS cause
FROM (
    SELECT -1 AS sign, * FROM rows_before
    UNION ALL BY NAME
    SELECT 1 AS sign, * FROM rows_after
) AS d
LEFT JOIN row_causes AS own ON own.contract = $contract AND own.system = d.system AND own.source_id = d.source_id
LEFT JOIN row_causes AS report
    ON report.contract = 'case_reports' AND report.system = d.system AND report.source_id = d.report_source_id
LEFT JOIN case_causes AS cases ON cases.case_code = d.case_code;

-- name: listed
-- The rows of one table that changed {metric} in a month that was over when the earlier version was published.
INSERT INTO listed BY NAME
SELECT '{metric}' AS metric, area_code, {period} AS period, cause, system, source_id,
    arg_max(case_code, sign) AS case_code, {measured} AS measured,
    CAST(sum(sign * {numerator}) AS BIGINT) AS numerator, CAST(sum(sign * {denominator}) AS BIGINT) AS denominator
FROM caused CROSS JOIN earlier.ops.versions AS v
WHERE cause NOT IN ('new', 'recomputed') AND {period} < strftime(v.as_of, '%Y-%m')
GROUP BY area_code, {period}, cause, system, source_id, CASE WHEN system IS NULL THEN case_code END, {measured}
HAVING sum(sign * {numerator}) <> 0 OR sum(sign * {denominator}) <> 0;

-- name: held
-- All that the log and this step hold. A table of its own: with one thread DuckDB 1.5.5 reads what it is inserting where
-- the table that is inserted into is a later branch of a UNION ALL.
CREATE OR REPLACE TEMP TABLE held AS
SELECT metric, area_code, period, measured, numerator, denominator FROM ops.metric_changes
UNION ALL
SELECT metric, area_code, period, measured, numerator, denominator FROM found;

-- name: taken_back
-- What is held of the indicators, or of every one: what is counted now is then put in its place.
INSERT INTO found BY NAME
SELECT metric, area_code, period, measured, $cause AS cause, -numerator AS numerator, -denominator AS denominator
FROM held
WHERE CAST($metrics AS VARCHAR[]) IS NULL OR list_contains(CAST($metrics AS VARCHAR[]), metric);

-- name: astray
-- Indicators that the log and this step do not lead to: the earlier version was rewritten after it was published.
SELECT c.metric
FROM mart.centre AS c
LEFT JOIN (
    SELECT metric, sum(numerator) AS numerator, sum(denominator) AS denominator FROM held GROUP BY metric
) AS h ON h.metric = c.metric
WHERE c.area_level = 'province' AND c.period = 'all'
    AND (coalesce(h.numerator, 0) <> c.numerator OR coalesce(h.denominator, 0) <> coalesce(c.denominator, 0));

-- name: kept
INSERT INTO ops.metric_changes BY NAME
SELECT $step AS step, metric, area_code, period, measured, cause,
    CAST(sum(numerator) AS BIGINT) AS numerator, CAST(sum(denominator) AS BIGINT) AS denominator
FROM found
GROUP BY metric, area_code, period, measured, cause
HAVING sum(numerator) <> 0 OR sum(denominator) <> 0;

-- name: kept_rows
INSERT INTO ops.metric_rows BY NAME SELECT * REPLACE ($step AS step) FROM listed;

-- name: old_rows
DELETE FROM ops.metric_rows
WHERE step IN (SELECT step FROM ops.metric_steps WHERE as_of < CAST($as_of AS TIMESTAMP) - to_days($row_days));

-- name: closed
INSERT INTO ops.metric_steps VALUES ($step, $version, $as_of);
