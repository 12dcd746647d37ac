-- Per department and dimension: rows that were checked and rows that failed (once per rule). Only what the department
-- itself answers for is counted against it; faults of mappings and of transport are shown apart.
WITH per_dataset AS (
    SELECT department, system, dataset, dimension,
           max(rows_checked) FILTER (WHERE responsibility = 'department') AS checked,
           sum(rows_failed) FILTER (WHERE responsibility = 'department') AS failed,
           sum(rows_failed) FILTER (WHERE responsibility <> 'department') AS failed_elsewhere
    FROM {mart.quality}
    WHERE $department = '' OR department = $department
    GROUP BY ALL
)
SELECT department, dimension, coalesce(sum(checked), 0)::BIGINT AS checked, coalesce(sum(failed), 0)::BIGINT AS failed,
       coalesce(sum(failed_elsewhere), 0)::BIGINT AS failed_elsewhere
FROM per_dataset
GROUP BY ALL
