-- description: 质量得分的历史：每天、每个系统和部门、每个维度一行，最后一天即本次
-- key: day, level, department, system, dimension
-- column level: system 系统，department 部门
-- column system: 来源系统编号；部门一级为空串
SELECT day, level, department, system, dimension, rows_checked, rows_failed, rows_failed_elsewhere, rate, tier
FROM ops.quality_history
WHERE day < CAST(getvariable('as_of') AS DATE)
UNION ALL
SELECT CAST(as_of AS DATE), level, department, system, dimension, rows_checked, rows_failed, rows_failed_elsewhere, rate, tier
FROM mart.quality_scores
WHERE level <> 'dataset'
