-- Which rows hang from which work order. An order is one system x contract x rule x field; a row hangs from it while it
-- fails, and is settled when it fails no more. A row that fails again hangs from it a second time.
--
-- What fails is a state, not an event (core.failing_rows): a row leaves it only when it is delivered anew and passes, is
-- deleted at its source, or is judged by another rule. That an incremental feed no longer brings it changes nothing.

-- name: rules
-- The rules whose failures make an order.
CREATE OR REPLACE TEMP TABLE order_rules AS
SELECT system, dataset, contract, rule_id, version FROM ref.rules WHERE severity IN ('critical', 'warning');

-- name: failing
-- Every row that fails now. is_judged: by this build itself, so by the rule as it is now; any other row was judged when
-- the delivery seen_in was checked.
CREATE OR REPLACE TEMP TABLE order_failing AS
SELECT f.system, f.dataset, f.contract, f.rule_id, coalesce(f.field, '') AS field, f.row_key, f.source_id, r.version,
    f.load_id AS seen_in, f.load_id, b.source_id IS NOT NULL AND NOT f.is_rejected AS is_judged, false AS is_waived
FROM core.failing_rows AS f
JOIN order_rules AS r ON r.system = f.system AND r.dataset = f.dataset AND r.rule_id = f.rule_id
LEFT JOIN (SELECT DISTINCT system, contract, rule_id, source_id FROM ops.failing_records) AS b
    ON b.system = f.system AND b.contract = f.contract AND b.rule_id = f.rule_id AND b.source_id = f.source_id;

-- name: failing_datasets
-- What is wrong with a dataset as a whole.
INSERT INTO order_failing
SELECT i.system, i.dataset, i.contract, i.rule_id, coalesce(i.field, ''), '*', NULL, r.version,
    coalesce(strftime(CAST(i.since AS TIMESTAMP), '%Y%m%dT%H%M%S'), ''), NULL, true, false
FROM core.dataset_issues AS i
JOIN order_rules AS r ON r.system = i.system AND r.dataset = i.dataset AND r.rule_id = i.rule_id
WHERE i.severity IN ('critical', 'warning');

-- name: waive
-- Rows without a key that a person settled, up to the deliveries that person knew of.
UPDATE order_failing AS f SET is_waived = true
FROM order_waivers AS w
WHERE f.source_id IS NULL AND w.system = f.system AND w.contract = f.contract AND w.rule_id = f.rule_id
    AND w.field = f.field AND f.seen_in <= w.seen_to;

-- name: seen_again
-- Rows that were judged anew and still fail: by which rule.
UPDATE ops.order_rows AS o SET rule_version = f.version, seen_in = f.seen_in
FROM order_failing AS f
WHERE o.settled_at IS NULL AND {same_row} AND (f.is_judged OR f.seen_in IS DISTINCT FROM o.seen_in)
    AND (f.version, f.seen_in) IS DISTINCT FROM (o.rule_version, o.seen_in);

-- name: attach
-- Rows that fail and hang from no order yet. The round goes on while any row of the order is open.
INSERT INTO ops.order_rows BY NAME
SELECT f.system, f.dataset, f.contract, f.rule_id, f.field, f.row_key, f.source_id, coalesce(k.round, 1) AS round,
    f.version AS rule_version, f.seen_in, f.load_id AS attached_load_id, CAST($as_of AS TIMESTAMP) AS attached_at
FROM order_failing AS f
ANTI JOIN (SELECT * FROM ops.order_rows WHERE settled_at IS NULL) AS o ON {same_row}
LEFT JOIN (
    SELECT system, contract, rule_id, field,
        CASE WHEN bool_or(settled_at IS NULL) THEN max(round) ELSE max(round) + 1 END AS round
    FROM ops.order_rows
    GROUP BY ALL
) AS k ON k.system = f.system AND k.contract = f.contract AND k.rule_id = f.rule_id AND k.field = f.field
WHERE NOT f.is_waived;

-- name: settled
-- Rows that fail no more, and why. What stands at the build decides: a record that was mended and then deleted is gone,
-- one that was deleted and came back is mended. A replay brings nothing new from the source, so what it mends is our
-- doing even where the row was judged so late that the version kept for it is the new one already.
CREATE OR REPLACE TEMP TABLE order_settled AS
WITH left_over AS (
    SELECT o.*, f.row_key IS NOT NULL AS is_waived
    FROM ops.order_rows AS o
    LEFT JOIN order_failing AS f ON {same_row}
    -- A dataset whose declaration is broken has no rules for a while: that tells nothing of its rows.
    ANTI JOIN order_unjudged AS u ON u.system = o.system AND coalesce(u.dataset, o.dataset) = o.dataset
    WHERE o.settled_at IS NULL AND (f.row_key IS NULL OR f.is_waived)
)
SELECT o.system, o.dataset, o.contract, o.rule_id, o.field, o.row_key,
    CASE
        WHEN o.is_waived THEN 'by_hand'
        WHEN c.source_id IS NULL AND d.load_id > o.seen_in THEN 'deleted'
        WHEN r.version IS DISTINCT FROM o.rule_version THEN 'rule_changed'
        WHEN c.load_id > o.seen_in AND l.kind = 'replay' THEN 'rule_changed'
        WHEN o.row_key = '*' THEN 'cleared'
        WHEN o.source_id IS NULL THEN 'redelivered'
        ELSE 'corrected'
    END AS settled_how
FROM left_over AS o
LEFT JOIN order_rules AS r ON r.system = o.system AND r.dataset = o.dataset AND r.rule_id = o.rule_id
LEFT JOIN history.current_versions AS c
    ON c.contract = o.contract AND c.system = o.system AND c.source_id = o.source_id
LEFT JOIN history.deletions AS d ON d.contract = o.contract AND d.system = o.system AND d.source_id = o.source_id
LEFT JOIN ops.loads AS l ON l.load_id = c.load_id;

-- name: settle
UPDATE ops.order_rows AS o SET settled_at = CAST($as_of AS TIMESTAMP), settled_how = f.settled_how
FROM order_settled AS f
WHERE o.settled_at IS NULL AND {same_row};

-- name: rounds
-- Every round of every order, with what the rule says of itself now.
WITH facts AS (
    SELECT r.system, r.contract, r.rule_id, min(s.department) AS department, min(r.dimension) AS dimension,
        CASE WHEN bool_or(r.severity = 'critical') THEN 'critical' ELSE 'warning' END AS severity,
        min(r.responsibility) AS responsibility, min(r.title) AS title, min(r.message) AS message,
        min(coalesce(r.advice, '')) AS advice
    FROM ref.rules AS r
    JOIN ref.systems AS s ON s.system = r.system
    WHERE r.severity IN ('critical', 'warning')
    GROUP BY ALL
)
SELECT o.system, o.contract, o.rule_id, o.field, o.round, min(o.attached_at) AS first_seen,
    max(o.seen_in) FILTER (WHERE o.settled_at IS NULL) AS newest_seen,
    count(*) FILTER (WHERE o.settled_at IS NULL) AS rows_open,
    count(*) FILTER (WHERE o.settled_at IS NULL AND o.source_id IS NULL) AS rows_unkeyed,
    count(*) FILTER (WHERE o.settled_how IN ('corrected', 'redelivered', 'cleared')) AS rows_corrected,
    count(*) FILTER (WHERE o.settled_how = 'rule_changed') AS rows_ours,
    count(*) FILTER (WHERE o.settled_how = 'deleted') AS rows_deleted,
    count(*) FILTER (WHERE o.settled_how = 'by_hand') AS rows_by_hand,
    any_value(f.department) AS department, any_value(f.dimension) AS dimension, any_value(f.severity) AS severity,
    any_value(f.responsibility) AS responsibility, any_value(f.title) AS title, any_value(f.message) AS message,
    any_value(f.advice) AS advice
FROM ops.order_rows AS o
LEFT JOIN facts AS f ON f.system = o.system AND f.contract = o.contract AND f.rule_id = o.rule_id
GROUP BY o.system, o.contract, o.rule_id, o.field, o.round
ORDER BY ALL;
