-- description: 合并过的案件编码：旧编码永远指向现在的编码；拆案后重新启用的编码不在此表
-- key: old_code
-- test: SELECT old_code FROM core.case_aliases WHERE old_code = new_code
WITH merged AS (
    SELECT old_code, max(merged_at) AS merged_at FROM link.case_aliases GROUP BY old_code
)
-- The report that a code was minted for knows where the code leads now, through any number of merges.
SELECT a.old_code, m.case_code AS new_code, a.merged_at
FROM merged AS a
INNER JOIN link.case_codes AS c ON c.case_code = a.old_code
INNER JOIN link.memberships AS m ON m.system = c.first_system AND m.source_id = c.first_source_id
WHERE m.case_code <> a.old_code
