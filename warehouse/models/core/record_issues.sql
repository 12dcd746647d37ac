-- description: 各数据集每条规则现有多少行未通过：提示性规则看现有记录，拒收规则看仍待更正的拒收行
-- key: system, dataset, rule_id
-- column rows_failed: 未通过的行数，每条记录只计一次
-- column rows_rejected: 其中被拒收、仍待更正的行数
-- column example_source_ids: 例子：来源系统主键，最多五个
WITH numbered AS (
    SELECT *, row_number() OVER (PARTITION BY system, dataset, rule_id ORDER BY source_id NULLS LAST, row_key) AS nth
    FROM core.failing_rows
)
SELECT
    system, dataset, rule_id, count(*) AS rows_failed, count(CASE WHEN is_rejected THEN 1 END) AS rows_rejected,
    array_agg(source_id ORDER BY source_id) FILTER (WHERE nth <= 5 AND source_id IS NOT NULL) AS example_source_ids
FROM numbered
GROUP BY system, dataset, rule_id
