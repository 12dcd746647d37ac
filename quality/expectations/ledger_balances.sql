-- table: ops.loads
-- severity: critical
-- title: 台账每一行必须平衡:落地数等于各去向之和,来源声明的总数等于落地数
SELECT load_id, system, dataset, declared, landed
FROM {batch}
WHERE
    landed IS DISTINCT FROM loaded + unchanged + superseded + duplicate + deleted + rejected
    OR balance <> 0
    OR declared <> landed
ORDER BY ALL
