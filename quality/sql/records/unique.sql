-- No two records of a system may agree in all columns of the rule; every record of such a group fails. Where one of
-- the columns is empty, nothing is judged.
WITH judged AS (
    SELECT r.* FROM record.{contract} AS r
    WHERE {filled}
      AND (r.system, r.dataset) IN ({judged})
)
SELECT r.system, r.dataset, r.source_id, r.{shown} AS shown
FROM judged AS r
SEMI JOIN (SELECT system, {columns} FROM judged GROUP BY ALL HAVING count(*) > 1) AS d
    ON d.system = r.system AND {same}
