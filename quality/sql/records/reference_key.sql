-- The value should be the key of a record of {target} in the same system. A record that waits in quarantine exists,
-- so that one bad row is not blamed on those that hang from it. A system without any such record is not judged.
SELECT r.system, r.dataset, r.source_id, r.{shown} AS shown
FROM record.{contract} AS r
ANTI JOIN record.{target} AS t ON t.system = r.system AND t.source_id = r.{column}
ANTI JOIN (SELECT system, source_id FROM ops.open_rejections WHERE contract = '{target}') AS q
    ON q.system = r.system AND q.source_id = r.{column}
WHERE r.{column} IS NOT NULL
  AND r.system IN (SELECT system FROM record.{target})
  AND (r.system, r.dataset) IN ({judged})
