-- description: 与上一个有记录的日子相比变了的规则：新出现、已消除、增加、减少；没有变的不列
-- key: system, dataset, rule_id
-- column compared_with: 与哪一天相比
-- column rows_before: 那一天未通过的行数
-- column change: new 新出现，cleared 已消除，more 增加，fewer 减少
-- column is_redefined: 规则在两次之间新增、修订或停用，变化不能只归于数据
WITH last_day AS (
    SELECT max(day) AS day FROM ops.quality_history WHERE day < CAST(getvariable('as_of') AS DATE)
), earlier AS (
    SELECT h.system, h.dataset, h.rule_id, h.version, h.rows_failed
    FROM ops.rule_history AS h
    INNER JOIN last_day AS l ON l.day = h.day
), failing AS (
    SELECT system, dataset, rule_id, rows_failed FROM mart.quality WHERE rows_failed > 0
), paired AS (
    SELECT coalesce(f.system, e.system) AS system, coalesce(f.dataset, e.dataset) AS dataset,
        coalesce(f.rule_id, e.rule_id) AS rule_id, e.version, e.rule_id IS NULL AS is_new,
        coalesce(f.rows_failed, 0) AS rows_failed, coalesce(e.rows_failed, 0) AS rows_before
    FROM failing AS f
    FULL OUTER JOIN earlier AS e ON e.system = f.system AND e.dataset = f.dataset AND e.rule_id = f.rule_id
)
SELECT
    p.system, s.title AS system_title, s.department, s.department_name, p.dataset, p.rule_id,
    coalesce(r.title, p.rule_id) AS rule_title, r.dimension, r.responsibility, l.day AS compared_with,
    p.rows_before, p.rows_failed,
    CASE
        WHEN p.rows_before = 0 THEN 'new'
        WHEN p.rows_failed = 0 THEN 'cleared'
        WHEN p.rows_failed > p.rows_before THEN 'more'
        ELSE 'fewer'
    END AS change,
    -- The versions of a rule without one are equal.
    p.is_new OR r.rule_id IS NULL OR coalesce(r.version, '') <> coalesce(p.version, '') AS is_redefined
FROM paired AS p
INNER JOIN last_day AS l ON l.day IS NOT NULL
INNER JOIN ref.systems AS s ON s.system = p.system
LEFT JOIN ref.rules AS r ON r.system = p.system AND r.dataset = p.dataset AND r.rule_id = p.rule_id
WHERE p.rows_failed <> p.rows_before
