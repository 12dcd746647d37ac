-- The rows of one order, open ones first: what can be seen of each, and how the settled ones were settled.
SELECT o.dataset, o.source_id, o.round, o.attached_at, o.settled_at, o.settled_how, f.shown, f.file, f.position,
       f.is_rejected, coalesce(f.load_id, o.attached_load_id) AS load_id
FROM {ops.order_rows} AS o
LEFT JOIN {core.failing_rows} AS f
    ON o.settled_at IS NULL AND f.system = o.system AND f.dataset = o.dataset AND f.contract = o.contract
   AND f.rule_id = o.rule_id AND f.row_key = o.row_key
WHERE o.system = $system AND o.contract = $contract AND o.rule_id = $rule_id AND o.field = $field
  AND ($part = 'all' OR (o.settled_at IS NULL) = ($part = 'open'))
ORDER BY o.settled_at IS NOT NULL, o.attached_at, o.source_id NULLS LAST, o.row_key
LIMIT $size OFFSET $start
