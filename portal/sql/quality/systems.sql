-- Every dataset in scope: freshness, rows, refusals.
SELECT * FROM {mart.trust} ORDER BY department_name, system_title, dataset
