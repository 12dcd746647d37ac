-- Rows that a department has to mend, each once: refused ones, and accepted ones with a warning; and those with a fault
-- that is not the department's, whatever else is wrong with them.
WITH failing AS (
    SELECT f.system, f.dataset, f.row_key, bool_or(r.responsibility = 'department') AS is_own,
        bool_or(r.responsibility <> 'department') AS is_elsewhere, bool_or(f.is_rejected) AS is_rejected
    FROM {core.failing_rows} AS f
    JOIN {ref.rules} AS r ON r.system = f.system AND r.dataset = f.dataset AND r.rule_id = f.rule_id
    JOIN {ref.systems} AS s ON s.system = f.system
    WHERE s.department = $department AND ($system = '' OR f.system = $system)
    GROUP BY f.system, f.dataset, f.row_key
)
SELECT count(*) FILTER (WHERE is_own AND is_rejected) AS rejected,
    count(*) FILTER (WHERE is_own AND NOT is_rejected) AS warned, count(*) FILTER (WHERE is_elsewhere) AS elsewhere
FROM failing
