-- Views over every record table. The parts named record, version and deletion are written once for each of them, the
-- part named coded once for each of their columns that has a code list.

-- name: record
SELECT '{table}' AS contract, system, dataset, source_id, source_updated_at, load_id, position, delivery_sha256, landed_at,
    first_landed_at, pending_correction_since, warnings, warnings_shown, CAST({event_at} AS TIMESTAMP) AS happened_at
FROM record.{table}

-- name: deletion
SELECT '{table}' AS contract, system, source_id, max(load_id) AS load_id, max(landed_at) AS landed_at
FROM history.{table} WHERE op = 'D' GROUP BY system, source_id

-- name: version
SELECT '{table}' AS contract, system, dataset, source_id, load_id, valid_from, landed_at
FROM history.{table} WHERE op <> 'D'

-- name: coded
SELECT '{table}' AS contract, system, dataset, source_id, '{column}' AS field, '{list}' AS list, {column} AS code,
    CAST(coalesce({event_at}, first_landed_at) AS TIMESTAMP) AS happened_at
FROM record.{table} WHERE {column} IS NOT NULL

-- name: current_versions
-- The state of the current version of every record, without its content.
CREATE OR REPLACE VIEW history.current_versions AS {record};

-- name: versions
-- Every version that was ever current, without its content; valid_from is when its source made it.
CREATE OR REPLACE VIEW history.versions AS {version};

-- name: coded_values
-- Every code of every current record, with the code list that it is from and when the record's event happened.
CREATE OR REPLACE VIEW history.coded_values AS {coded};

-- name: deletions
-- The last deletion of every record that was ever deleted.
CREATE OR REPLACE VIEW history.deletions AS {deletion};

-- name: open_rejections
-- Rejected rows that still wait for a correction, each record once (its latest rejection).
-- Nothing is marked as closed anywhere: whether a row is open follows from what arrived after it.
--
-- With a key: open until a newer version is accepted, which clears pending_correction_since, or the record is
-- deleted. Without a key: open until the file that held it, or the whole dataset, is delivered again.
CREATE OR REPLACE VIEW ops.open_rejections AS
WITH waiting AS (
    SELECT r.*
    FROM ops.rejected_rows AS r
    LEFT JOIN history.current_versions AS c
        ON c.contract = r.contract AND c.system = r.system AND c.source_id = r.source_id
    LEFT JOIN history.deletions AS d ON d.contract = r.contract AND d.system = r.system AND d.source_id = r.source_id
    WHERE r.source_id IS NOT NULL
      AND CASE
              WHEN c.source_id IS NULL THEN d.load_id IS NULL OR d.load_id < r.load_id
              ELSE c.pending_correction_since <= r.landed_at
                   AND CASE
                           WHEN r.source_updated_at <> c.source_updated_at
                               THEN r.source_updated_at > c.source_updated_at
                           ELSE (r.load_id, r.position) > (c.load_id, c.position)
                       END
          END
    UNION ALL
    SELECT r.*
    FROM ops.rejected_rows AS r
    JOIN ops.loads AS own ON own.load_id = r.load_id
    WHERE r.source_id IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM ops.loads AS l
          WHERE l.system = r.system AND l.dataset = r.dataset AND l.kind = 'sync' AND l.load_id > r.load_id
            AND CASE WHEN list_contains(own.files, r.file) THEN list_contains(l.files, r.file)
                     ELSE l.since IS NULL END
      )
)
SELECT *
FROM waiting
QUALIFY row_number() OVER (
    PARTITION BY contract, system, dataset, coalesce(source_id, row_token), source_id IS NULL
    ORDER BY source_updated_at DESC NULLS LAST, load_id DESC, position DESC
) = 1;
COMMENT ON VIEW ops.open_rejections IS '仍待更正的拒收行：每条记录只留最近一次被拒收的版本';

-- name: marks
-- Every rule that a current record or an open rejected row breaks, as far as rules mark rows, with what may be seen
-- of the value. Where a newer version was rejected for the same rule, that one counts.
CREATE OR REPLACE VIEW history.marks AS
WITH rejected AS (
    SELECT contract, system, dataset, source_id, coalesce(source_id, row_token) AS row_key, unnest(rule_ids) AS rule_id,
        unnest(fields) AS field, unnest(shown) AS shown, load_id, position, file, cell, landed_at
    FROM ops.open_rejections
),
warned AS (
    SELECT contract, system, dataset, source_id, source_id AS row_key, unnest(warnings) AS rule_id,
        unnest(warnings_shown) AS shown, load_id, position, landed_at
    FROM history.current_versions WHERE len(warnings) > 0
)
SELECT contract, system, dataset, source_id, row_key, rule_id, field, shown, true AS is_rejected, load_id, position, file, cell,
    landed_at
FROM rejected
UNION ALL
SELECT w.contract, w.system, w.dataset, w.source_id, w.row_key, w.rule_id, split_part(w.rule_id, '.', 1), w.shown, false,
    w.load_id, w.position, NULL, NULL, w.landed_at
FROM warned AS w
ANTI JOIN rejected AS r ON r.contract = w.contract AND r.system = w.system AND r.row_key = w.row_key AND r.rule_id = w.rule_id;
