-- What was done, in order.
SELECT t.*, s.title AS system_title, stage.label AS stage_name, step.label AS step_name, status.label AS status_name
FROM {core.case_steps} AS t
LEFT JOIN {ref.systems} AS s ON s.system = t.system
LEFT JOIN {ref.codes} AS stage ON stage.list = 'stage' AND stage.code = t.stage_code
LEFT JOIN {ref.codes} AS step ON step.list = 'step' AND step.code = t.step_code
LEFT JOIN {ref.codes} AS status ON status.list = 'status' AND status.code = t.status_code
WHERE t.case_code = $code
ORDER BY t.seq
