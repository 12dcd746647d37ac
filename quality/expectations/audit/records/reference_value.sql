-- A value that no record of any system has; judged once there is any such value.
SELECT source_id
FROM {batch}
WHERE
    system = $system
    AND dataset IN ($datasets)
    AND (SELECT count(t.$target_column) FROM record.$target AS t) > 0
    AND $column NOT IN (SELECT t.$target_column FROM record.$target AS t WHERE t.$target_column IS NOT NULL)
