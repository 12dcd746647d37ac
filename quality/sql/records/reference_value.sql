-- The value should stand in {target}.{target_column}, whichever system keeps that record. While there is no such
-- record at all, nothing is judged.
SELECT r.system, r.dataset, r.source_id, r.{shown} AS shown
FROM record.{contract} AS r
ANTI JOIN record.{target} AS t ON t.{target_column} = r.{column}
WHERE r.{column} IS NOT NULL
  AND EXISTS (SELECT 1 FROM record.{target} WHERE {target_column} IS NOT NULL)
  AND (r.system, r.dataset) IN ({judged})
