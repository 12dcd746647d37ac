-- Two steps of one report in a row, by moment, stage and key, of which the second may not follow the first.
WITH reports AS (
    SELECT list({'key': source_id, 'stage': $stage, 'status': $status} ORDER BY $at, $stage, source_id) AS steps
    FROM {batch}
    WHERE system = $system AND dataset IN ($datasets) AND $at IS NOT NULL AND $stage IS NOT NULL
    GROUP BY $report
    HAVING $report IS NOT NULL
), pairs AS (
    SELECT unnest([{'first': steps[i], 'second': steps[i + 1]} for i in range(1, len(steps))]) AS pair FROM reports
)
SELECT pair.second.key AS source_id
FROM pairs
WHERE
    NOT coalesce(list_contains([$statuses], pair.second.status), false)
    AND pair.first.stage <> pair.second.stage
    AND NOT EXISTS (
        FROM (VALUES $stages) AS a (before, after) WHERE a.before = pair.first.stage AND a.after = pair.second.stage
    )
