-- The merge of one load. {table} is the contract's name; every other difference between loads is a parameter.
-- Temp view `staged` holds the accepted rows of the load, temp table `rejected` those in quarantine, `deliveries` the
-- sha256 of what each part came in.
--
-- Which of two versions of a record is newer: the one that its source updated later; where the source does not say,
-- or says the same, the one that landed later.

-- name: macros
CREATE OR REPLACE TEMP MACRO is_older(updated, load_id, than_updated, than_load_id) AS
    CASE WHEN updated <> than_updated THEN updated < than_updated ELSE load_id < than_load_id END;
CREATE OR REPLACE TEMP MACRO is_newer(updated, load_id, place, than_updated, than_load_id, than_place) AS
    CASE WHEN updated <> than_updated THEN updated > than_updated
         WHEN load_id <> than_load_id THEN load_id > than_load_id
         ELSE place > than_place END;

-- name: delivered
CREATE OR REPLACE TEMP TABLE delivered AS
SELECT source_id, position, source_updated_at, record_hash, is_tombstone, warnings, warnings_shown, landed_at,
       row_number() OVER (
           PARTITION BY source_id ORDER BY source_updated_at DESC NULLS LAST, position DESC
       ) = 1 AS is_winner
FROM staged;

-- name: current_rows
CREATE OR REPLACE TEMP TABLE current_rows AS
SELECT r.source_id, r.source_updated_at, r.load_id, r.position, r.record_hash, r.warnings, r.first_landed_at,
       r.pending_correction_since
FROM record.{table} AS r
SEMI JOIN (SELECT source_id FROM delivered UNION ALL SELECT source_id FROM rejected) AS k
    ON k.source_id = r.source_id
WHERE r.system = $system;

-- name: overtaken
-- Winners that were deleted at their source after they were written: they must not come back to life.
CREATE OR REPLACE TEMP TABLE overtaken AS
SELECT DISTINCT d.position
FROM delivered AS d
JOIN history.{table} AS h ON h.source_id = d.source_id
WHERE h.op = 'D' AND h.system = $system AND d.is_winner
  AND d.source_id NOT IN (SELECT source_id FROM current_rows)
  AND is_older(d.source_updated_at, $load_id, h.source_updated_at, h.load_id);

-- name: only_rejected
-- Tombstones of records of which only rejected rows are known: deleting the bad row at its source settles it too.
CREATE OR REPLACE TEMP TABLE only_rejected AS
SELECT DISTINCT d.position
FROM delivered AS d
JOIN (
    SELECT source_id, source_updated_at, load_id, position FROM ops.rejected_rows
    WHERE system = $system AND contract = $contract
    UNION ALL
    SELECT source_id, source_updated_at, $load_id, position FROM rejected
) AS r ON r.source_id = d.source_id
WHERE d.is_tombstone AND d.is_winner AND d.source_id NOT IN (SELECT source_id FROM current_rows)
  AND NOT is_newer(r.source_updated_at, r.load_id, r.position, d.source_updated_at, $load_id, d.position)
  AND NOT EXISTS (
      SELECT 1 FROM history.{table} AS h
      WHERE h.op = 'D' AND h.system = $system AND h.source_id = r.source_id AND h.load_id >= r.load_id
  );

-- name: verdicts
CREATE OR REPLACE TEMP TABLE verdicts AS
SELECT d.position, d.source_id, d.source_updated_at, d.is_tombstone, d.warnings, d.warnings_shown, d.landed_at,
       c.source_id IS NOT NULL AS is_current, c.first_landed_at,
       CASE
           WHEN NOT d.is_winner THEN 'duplicate'
           WHEN o.position IS NOT NULL THEN 'superseded'
           WHEN c.source_id IS NOT NULL
                AND is_older(d.source_updated_at, $load_id, c.source_updated_at, c.load_id) THEN 'superseded'
           WHEN d.is_tombstone AND (c.source_id IS NOT NULL OR n.position IS NOT NULL) THEN 'deleted'
           WHEN d.is_tombstone OR d.record_hash = c.record_hash THEN 'unchanged'
           ELSE 'loaded'
       END AS verdict
FROM delivered AS d
LEFT JOIN current_rows AS c ON c.source_id = d.source_id
LEFT JOIN overtaken AS o ON o.position = d.position
LEFT JOIN only_rejected AS n ON n.position = d.position;

-- name: rejected_rows
INSERT INTO ops.rejected_rows BY NAME
SELECT $load_id AS load_id, $system AS system, $dataset AS dataset, $contract AS contract, r.position, r.source_id,
       r.source_updated_at, t.token AS row_token, r.file, r.cell, r.rule_ids, r.fields, r.shown, r.message, r.landed_at
FROM rejected AS r
LEFT JOIN row_tokens AS t ON t.position = r.position;

-- name: waiting
-- Since when a newer version of a record that just arrived sits in quarantine. No row: nothing newer waits.
CREATE OR REPLACE TEMP TABLE waiting AS
SELECT v.source_id, min(r.landed_at) AS since
FROM verdicts AS v
JOIN ops.rejected_rows AS r ON r.source_id = v.source_id
WHERE r.system = $system AND r.contract = $contract AND v.verdict IN ('loaded', 'unchanged')
  AND is_newer(r.source_updated_at, r.load_id, r.position, v.source_updated_at, $load_id, v.position)
GROUP BY v.source_id;

-- name: touched
-- Current rows whose content stays but whose state moves: seen again with a later update time (so that a late older
-- version still counts as older), corrected, judged by other rules, or overtaken by a version that was rejected.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT v.source_id, coalesce(v.source_updated_at, c.source_updated_at) AS source_updated_at, v.warnings,
       v.warnings_shown, w.since AS pending_correction_since, v.warnings IS DISTINCT FROM c.warnings AS is_rejudged
FROM verdicts AS v
JOIN current_rows AS c ON c.source_id = v.source_id
LEFT JOIN waiting AS w ON w.source_id = v.source_id
WHERE v.verdict = 'unchanged' AND NOT v.is_tombstone
  AND (coalesce(v.source_updated_at, c.source_updated_at) IS DISTINCT FROM c.source_updated_at
       OR w.since IS DISTINCT FROM c.pending_correction_since
       OR v.warnings IS DISTINCT FROM c.warnings)
UNION ALL
SELECT c.source_id, any_value(c.source_updated_at), any_value(c.warnings), NULL, min(r.landed_at), false
FROM rejected AS r
JOIN current_rows AS c ON c.source_id = r.source_id
WHERE c.pending_correction_since IS NULL
  AND is_newer(r.source_updated_at, $load_id, r.position, c.source_updated_at, c.load_id, c.position)
  AND c.source_id NOT IN (
      SELECT source_id FROM verdicts WHERE verdict IN ('loaded', 'unchanged', 'deleted') AND source_id IS NOT NULL
  )
GROUP BY c.source_id;

-- name: touch
UPDATE record.{table} AS r
SET source_updated_at = t.source_updated_at, pending_correction_since = t.pending_correction_since
FROM touched AS t
WHERE r.system = $system AND r.source_id = t.source_id;

-- name: rejudge
UPDATE record.{table} AS r
SET warnings = t.warnings, warnings_shown = t.warnings_shown
FROM touched AS t
WHERE r.system = $system AND r.source_id = t.source_id AND t.is_rejudged;

-- name: changed
-- The records of some positions that are written.
CREATE OR REPLACE TEMP VIEW changed AS
SELECT s.*, v.is_current, v.first_landed_at AS known_since, w.since AS waiting_since
FROM staged AS s
JOIN verdicts AS v ON v.position = s.position
LEFT JOIN waiting AS w ON w.source_id = v.source_id
WHERE v.verdict = 'loaded' AND s.position BETWEEN {first} AND {last} AND v.position BETWEEN {first} AND {last};

-- name: leave
DELETE FROM record.{table} AS r
USING verdicts AS v
WHERE r.system = $system AND r.source_id = v.source_id AND v.is_current AND v.verdict IN ('loaded', 'deleted');

-- name: record
INSERT INTO record.{table} BY NAME
SELECT $system AS system, s.source_id, $dataset AS dataset, $load_id AS load_id, f.sha256 AS delivery_sha256, s.position,
       s.record_hash, s.source_updated_at, s.landed_at, {selected}, s.warnings, s.warnings_shown,
       coalesce(s.known_since, s.landed_at) AS first_landed_at, s.waiting_since AS pending_correction_since
FROM changed AS s
LEFT JOIN deliveries AS f ON f.part = s.part
{joins};

-- name: history
INSERT INTO history.{table} BY NAME
SELECT CASE WHEN v.is_current THEN 'U' ELSE 'I' END AS op,
       coalesce(r.source_updated_at, r.landed_at) AS valid_from, r.system, r.source_id, r.dataset, r.load_id,
       r.delivery_sha256, r.position, r.record_hash, r.source_updated_at, r.landed_at, {shared}
FROM record.{table} AS r
JOIN verdicts AS v ON v.position = r.position
WHERE r.load_id = $load_id AND r.system = $system AND v.verdict = 'loaded';

-- name: history_deletions
INSERT INTO history.{table} BY NAME
SELECT 'D' AS op, coalesce(v.source_updated_at, v.landed_at) AS valid_from, $system AS system, v.source_id,
       $dataset AS dataset, $load_id AS load_id, f.sha256 AS delivery_sha256, v.position, v.source_updated_at, v.landed_at
FROM verdicts AS v
JOIN staged AS s ON s.position = v.position
LEFT JOIN deliveries AS f ON f.part = s.part
WHERE v.verdict = 'deleted';

-- name: issues
INSERT INTO ops.issues BY NAME
SELECT $load_id AS load_id, $system AS system, $dataset AS dataset, $contract AS contract,
       i.rule_id, i.field, i.dimension, i.severity, i.responsibility, count(DISTINCT i.position) AS rows_failed
FROM (
    SELECT r.position, r.reason.rule AS rule_id, r.reason.field AS field, r.reason.dimension AS dimension,
           r.reason.severity AS severity, r.reason.responsibility AS responsibility
    FROM (SELECT position, unnest(reasons) AS reason FROM rejected) AS r
    UNION ALL
    SELECT s.position, s.rule_id, coalesce(f.field, split_part(s.rule_id, '.', 1)), f.dimension, f.severity, f.responsibility
    FROM (SELECT position, unnest(warnings) AS rule_id FROM delivered) AS s
    LEFT JOIN rule_facts AS f ON f.rule_id = s.rule_id
) AS i
GROUP BY ALL;

-- name: counted_issues
-- Rules that mark no row (severity info) are known by their count alone.
INSERT INTO ops.issues BY NAME
SELECT $load_id AS load_id, $system AS system, $dataset AS dataset, $contract AS contract,
       n.rule_id, coalesce(f.field, split_part(n.rule_id, '.', 1)) AS field, f.dimension,
       coalesce(f.severity, 'info') AS severity, f.responsibility, n.rows_failed
FROM fired AS n
LEFT JOIN rule_facts AS f ON f.rule_id = n.rule_id
WHERE n.rule_id NOT IN (SELECT rule_id FROM ops.issues WHERE load_id = $load_id);

-- name: loads
INSERT INTO ops.loads BY NAME
SELECT $load_id AS load_id, $kind AS kind, $system AS system, $dataset AS dataset, $contract AS contract,
       $declared AS declared, $landed AS landed, $loaded AS loaded, $unchanged AS unchanged,
       $superseded AS superseded, $duplicate AS duplicate, $deleted AS deleted, $rejected AS rejected,
       $balance AS balance, $since AS since, $files AS files, $landed_at AS landed_at, $as_of AS as_of,
       $merged_at AS merged_at;
