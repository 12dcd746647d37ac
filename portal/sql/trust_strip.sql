-- One row: the trust strip over the systems in scope.
SELECT
    max(as_of) AS as_of,
    count(DISTINCT system) AS systems,
    coalesce(list(DISTINCT system_title ORDER BY system_title) FILTER (WHERE freshness_state <> 'ok'), []) AS late,
    coalesce(sum(rows_rejected_open), 0)::BIGINT AS rejected,
    coalesce(sum(rows_current) + sum(rows_rejected_open), 0)::BIGINT AS checked,
    coalesce(sum(pending_corrections), 0)::BIGINT AS pending,
    coalesce(sum(unmapped_codes), 0)::BIGINT AS unmapped
FROM {mart.trust}
