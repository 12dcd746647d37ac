-- The reports of a case, first arrival first, each with the place of its record in its delivery.
SELECT r.*, s.title AS system_title, s.department_name, m.label AS matter_name
FROM {core.case_reports} AS r
LEFT JOIN {ref.systems} AS s ON s.system = r.system
LEFT JOIN {ref.codes} AS m ON m.list = 'matter_kind' AND m.code = r.matter_kind
WHERE r.case_code = $code
ORDER BY r.reported_at, r.system, r.source_id
