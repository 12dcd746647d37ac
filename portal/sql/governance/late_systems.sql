-- Systems in scope whose reports are late or have stopped, and until when they are here.
SELECT t.system, t.system_title AS title, min(t.fresh_at) AS until, max(t.as_of) AS as_of
FROM {mart.trust} AS t
WHERE t.freshness_state <> 'ok' AND t.contract = 'case_reports' AND t.fresh_at IS NOT NULL
GROUP BY ALL
