-- Feeds in scope that are late or have stopped, and until when their records are here.
SELECT t.system, t.system_title AS title, t.contract, min(t.fresh_at) AS until, max(t.as_of) AS as_of
FROM {mart.trust} AS t
WHERE t.freshness_state <> 'ok' AND t.contract IN ('case_reports', 'evaluations', 'visits') AND t.fresh_at IS NOT NULL
GROUP BY ALL
