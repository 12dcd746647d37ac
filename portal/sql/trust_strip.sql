-- One row: the trust strip over the systems in scope. Of the late systems the one with most rows comes first.
WITH by_system AS (
    SELECT system, system_title AS title, bool_or(freshness_state <> 'ok') AS is_late, sum(rows_current) AS row_count
    FROM {mart.trust}
    GROUP BY system, system_title
)
SELECT
    max(t.as_of) AS as_of,
    count(DISTINCT t.system) AS systems,
    (SELECT coalesce(list(title ORDER BY row_count DESC, title), []) FROM by_system WHERE is_late) AS late,
    coalesce(sum(t.rows_rejected_open), 0)::BIGINT AS rejected,
    coalesce(sum(t.rows_current) + sum(t.rows_rejected_open), 0)::BIGINT AS checked,
    coalesce(sum(t.pending_corrections), 0)::BIGINT AS pending,
    coalesce(sum(t.unmapped_codes), 0)::BIGINT AS unmapped
FROM {mart.trust} AS t
