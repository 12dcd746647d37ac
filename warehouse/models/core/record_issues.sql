-- description: 各数据集每条规则现有多少行未通过：提示性规则看现有记录，拒收规则看仍待更正的拒收行
-- key: system, dataset, rule_id
-- column rows_failed: 未通过的行数，每条记录只计一次
-- column rows_rejected: 其中被拒收、仍待更正的行数
-- column example_source_ids: 例子：来源系统主键，最多五个
WITH warned AS (
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.agreements AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.case_reports AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.case_steps AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.case_transfers AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.confirmations AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.evaluations AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.grids AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.mediators AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.organisations AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.referrals AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
    UNION ALL
    SELECT r.system, r.dataset, w.rule_id, r.source_id
    FROM record.visits AS r CROSS JOIN UNNEST(r.warnings) AS w(rule_id)
), rejected AS (
    SELECT DISTINCT j.system, j.dataset, u.rule_id, j.source_id, coalesce(j.source_id, j.row_token) AS row_key
    FROM ops.open_rejections AS j CROSS JOIN UNNEST(j.rule_ids) AS u(rule_id)
), failed AS (
    SELECT system, dataset, rule_id, source_id, source_id AS row_key, 0 AS is_rejected FROM warned
    UNION ALL
    SELECT system, dataset, rule_id, source_id, row_key, 1 FROM rejected
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY system, dataset, rule_id ORDER BY source_id NULLS LAST, row_key) AS nth
    FROM failed
)
SELECT
    system, dataset, rule_id, count(DISTINCT row_key) AS rows_failed,
    CAST(sum(is_rejected) AS BIGINT) AS rows_rejected,
    array_agg(source_id ORDER BY source_id) FILTER (WHERE nth <= 5 AND source_id IS NOT NULL) AS example_source_ids
FROM numbered
GROUP BY system, dataset, rule_id
