-- description: 各数据集检查的行数：现有记录，加一次也没有通过的拒收行；每条记录只算一行，无论报送过几次
-- key: system, dataset
WITH waiting AS (
    SELECT r.system, r.dataset, count(*) AS rows_waiting
    FROM ops.open_rejections AS r
    LEFT JOIN history.current_versions AS c
        ON c.contract = r.contract AND c.system = r.system AND c.source_id = r.source_id
    WHERE c.source_id IS NULL
    GROUP BY r.system, r.dataset
)
SELECT d.system, d.dataset, coalesce(c.rows_current, 0) + coalesce(w.rows_waiting, 0) AS rows_checked
FROM ref.datasets AS d
LEFT JOIN core.record_counts AS c ON c.system = d.system AND c.dataset = d.dataset
LEFT JOIN waiting AS w ON w.system = d.system AND w.dataset = d.dataset
