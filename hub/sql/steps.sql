-- Every publish whose numbers are known, the newest first.
SELECT step, version, as_of FROM {ops.metric_steps} ORDER BY step DESC
