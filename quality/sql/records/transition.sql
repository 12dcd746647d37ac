-- The steps of one report in the order of time; steps of one moment count in the order of their stages. The later of
-- two steps fails where its stage may not follow the stage before (schemas/stage_transitions.csv).
WITH steps AS (
    SELECT r.system, r.dataset, r.source_id, r.{stage} AS stage, r.{status} AS status,
        lag(r.{stage}) OVER (
            PARTITION BY r.system, r.{report} ORDER BY r.{at}, r.{stage}, r.source_id
        ) AS before
    FROM record.{contract} AS r
    WHERE r.{report} IS NOT NULL AND r.{at} IS NOT NULL AND r.{stage} IS NOT NULL
      AND (r.system, r.dataset) IN ({judged})
)
SELECT system, dataset, source_id, before || '→' || stage AS shown
FROM steps
WHERE before <> stage
  AND NOT coalesce(status IN ({statuses}), false)
  AND (before, stage) NOT IN ({stages})
