-- The rows of one order, open ones first: what can be seen of each, and how the settled ones were settled. What is wrong
-- with a dataset as a whole is one row, whose evidence is what was seen instead of what should be.
SELECT o.dataset, o.source_id, o.row_key = '*' AS is_dataset, o.round, o.attached_at, o.settled_at, o.settled_how,
       coalesce(f.shown, i.observed || '（应为：' || i.expected || '）') AS shown, f.file, f.position, f.is_rejected,
       coalesce(f.load_id, o.attached_load_id) AS load_id
FROM {ops.order_rows} AS o
LEFT JOIN {core.failing_rows} AS f
    ON o.settled_at IS NULL AND f.system = o.system AND f.dataset = o.dataset AND f.contract = o.contract
   AND f.rule_id = o.rule_id AND f.row_key = o.row_key
LEFT JOIN {core.dataset_issues} AS i
    ON o.settled_at IS NULL AND o.row_key = '*' AND i.system = o.system AND i.dataset = o.dataset
   AND i.rule_id = o.rule_id AND i.field = o.field
WHERE o.system = $system AND o.contract = $contract AND o.rule_id = $rule_id AND o.field = $field
  AND ($part = 'all' OR (o.settled_at IS NULL) = ($part = 'open'))
ORDER BY o.settled_at IS NOT NULL, o.attached_at, o.source_id NULLS LAST, o.row_key
LIMIT $size OFFSET $start
