-- name: questions
SELECT r.system, r.source_id, p.token, p.value
FROM record.case_reports AS r
INNER JOIN vault.personal_values AS p ON p.kind = 'id_no' AND p.token = r.{subject}_token
WHERE list_contains($systems, r.system) AND r.reported_at >= $since
QUALIFY row_number() OVER (PARTITION BY p.token ORDER BY r.reported_at DESC, r.system, r.source_id) = 1
ORDER BY r.reported_at DESC, r.system, r.source_id;
