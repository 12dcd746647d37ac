-- Rejected rows that still wait for a correction, each record once (its latest rejection).
-- Nothing is marked as closed anywhere: whether a row is open follows from what arrived after it.
--
-- With a key: open until a newer version is accepted, which clears pending_correction_since, or the record is
-- deleted. Without a key: open until the file that held it, or the whole dataset, is delivered again.

-- name: current_version
SELECT '{table}' AS contract, system, source_id, source_updated_at, load_id, position, pending_correction_since
FROM record.{table}

-- name: deletion
SELECT '{table}' AS contract, system, source_id, max(load_id) AS load_id
FROM history.{table} WHERE op = 'D' GROUP BY system, source_id

-- name: view
CREATE OR REPLACE VIEW ops.open_rejections AS
WITH current_version AS ({current_version}),
deletion AS ({deletion}),
waiting AS (
    SELECT r.*
    FROM ops.rejected_rows AS r
    LEFT JOIN current_version AS c
        ON c.contract = r.contract AND c.system = r.system AND c.source_id = r.source_id
    LEFT JOIN deletion AS d ON d.contract = r.contract AND d.system = r.system AND d.source_id = r.source_id
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
