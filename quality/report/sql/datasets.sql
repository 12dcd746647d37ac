-- Freshness and rows of every dataset.
SELECT t.system, t.system_title, t.dataset, d.title, d.mode, d.warn_minutes, d.fail_minutes, t.freshness_state,
    t.newest_source_at, t.last_landed_at,
    coalesce(date_diff('minute', t.last_landed_at, t.as_of) <= d.fail_minutes, false) AS is_read, t.rows_current, t.rows_rejected_open, t.pending_corrections
FROM {mart.trust} AS t
JOIN {ref.datasets} AS d ON d.system = t.system AND d.dataset = t.dataset
WHERE t.department = $department AND ($system = '' OR t.system = $system)
ORDER BY t.system, t.dataset
