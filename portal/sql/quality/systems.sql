-- Every dataset in scope: freshness, rows, refusals.
SELECT t.*, d.title AS dataset_title
FROM {mart.trust} AS t JOIN {ref.datasets} AS d ON d.system = t.system AND d.dataset = t.dataset
ORDER BY t.department_name, t.system_title, t.dataset
