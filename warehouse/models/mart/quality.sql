-- description: 数据质量：每个数据集每条规则一行，含全部通过的规则，不含仅供参考的规则；按现有记录与待更正的拒收行计，重复报送不重复计
-- key: system, dataset, rule_id
-- test: SELECT system, dataset, rule_id FROM mart.quality WHERE rows_failed > rows_checked
SELECT
    r.system, s.title AS system_title, s.department, s.department_name, r.dataset, r.contract, r.field,
    r.rule_id, r.kind, r.title AS rule_title, r.dimension, r.severity, r.responsibility, r.message, r.advice,
    k.rows_checked, coalesce(i.rows_failed, 0) AS rows_failed, coalesce(i.rows_rejected, 0) AS rows_rejected,
    i.example_source_ids, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM ref.rules AS r
INNER JOIN ref.systems AS s ON s.system = r.system
INNER JOIN core.checked_rows AS k ON k.system = r.system AND k.dataset = r.dataset
LEFT JOIN core.record_issues AS i ON i.system = r.system AND i.dataset = r.dataset AND i.rule_id = r.rule_id
-- Rules of severity info leave no mark on the rows; ops.issues counts them load by load.
-- Rules on whole datasets check no rows; core.dataset_issues has them.
WHERE r.severity <> 'info' AND coalesce(r.kind, '') <> 'dataset'
