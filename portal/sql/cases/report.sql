-- One report by its key, where the person may see it.
SELECT r.case_code, r.system, r.source_id, r.reported_at, s.title AS system_title, s.department_name
FROM {core.case_reports} AS r
LEFT JOIN {ref.systems} AS s ON s.system = r.system
WHERE r.system = $system AND r.source_id = $source_id
