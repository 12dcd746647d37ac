-- Scores of one level: of a department, of a system, or of everything there is of that level.
SELECT * FROM {mart.quality_scores}
WHERE level = $level AND ($department = '' OR department = $department) AND ($system = '' OR system = $system)
