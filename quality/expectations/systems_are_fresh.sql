-- table: mart.trust
-- severity: warning
-- title: 各部门系统的数据应在约定时间内更新
SELECT system, dataset, freshness_state, last_landed_at
FROM {batch}
WHERE freshness_state <> 'ok'
ORDER BY ALL
