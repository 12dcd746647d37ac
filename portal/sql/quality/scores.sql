-- Scores of all departments; of one with its systems; or of one system.
SELECT level, department, department_name, system, coalesce(system_title, department_name) AS title, dimension, rules,
    rows_checked, rows_failed, rows_failed_elsewhere, rate, tier
FROM {mart.quality_scores}
WHERE CASE
    WHEN $system <> '' THEN level = 'system' AND system = $system
    WHEN $department <> '' THEN level IN ('department', 'system') AND department = $department
    ELSE level = 'department'
END
