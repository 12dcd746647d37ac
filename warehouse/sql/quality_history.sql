-- What a build found, kept for trends and for "what changed": one statement per table and step. A day is written again
-- by each build of that day.

-- name: forget_scores
DELETE FROM ops.quality_history WHERE day = CAST($as_of AS DATE) OR day < CAST($as_of AS DATE) - $days;

-- name: keep_scores
INSERT INTO ops.quality_history BY NAME
SELECT CAST($as_of AS DATE) AS day, level, department, system, dimension, rows_checked, rows_failed,
    rows_failed_elsewhere, rate, tier
FROM mart.quality_scores
WHERE level <> 'dataset';

-- name: forget_rules
DELETE FROM ops.rule_history WHERE day = CAST($as_of AS DATE) OR day < CAST($as_of AS DATE) - $rule_days;

-- name: keep_rules
-- Those that nothing broke too: else a rule of ours that is new would look like data that got worse.
INSERT INTO ops.rule_history BY NAME
SELECT CAST($as_of AS DATE) AS day, q.system, q.dataset, q.rule_id, r.version, q.rows_failed
FROM mart.quality AS q
JOIN ref.rules AS r ON r.system = q.system AND r.dataset = q.dataset AND r.rule_id = q.rule_id;
