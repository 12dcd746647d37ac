SELECT count(*) AS rows, count(*) FILTER (WHERE settled_at IS NULL) AS still_open
FROM {ops.order_rows}
WHERE system = $system AND contract = $contract AND rule_id = $rule_id AND field = $field
