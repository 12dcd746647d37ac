-- Systems of a department (of all when it is '').
SELECT system, title, department, department_name FROM {ref.systems}
WHERE $department = '' OR department = $department
ORDER BY department, system
