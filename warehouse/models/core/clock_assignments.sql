-- description: 时限适用：有来件的部门的哪类来件在哪段时间适用哪个办理时限
-- key: department, matter_kind, case_type_code, from_date
-- column from_date: 适用起始日期（含）
-- column until_date: 适用截止日期（不含），空表示至今
WITH epochs AS (
    SELECT valid_from AS from_date, lead(valid_from) OVER (ORDER BY valid_from) AS until_date
    FROM (SELECT DISTINCT valid_from FROM ref.clocks) AS starts
), reported AS (
    -- All departments, kinds and types there could be make 150,000 rows, of which a province reports some thousand.
    SELECT DISTINCT s.department, r.matter_kind, coalesce(r.case_type_code, '') AS case_type_code
    FROM record.case_reports AS r
    INNER JOIN ref.systems AS s ON s.system = r.system
), ranked AS (
    SELECT
        k.department, k.matter_kind, k.case_type_code, e.from_date, e.until_date,
        c.clock_code, c.name AS clock_name, c.starts_at, c.accept_limit, c.accept_unit, c.finish_limit, c.finish_unit,
        row_number() OVER (
            PARTITION BY k.department, k.matter_kind, k.case_type_code, e.from_date ORDER BY r.priority, c.clock_code
        ) AS nth
    FROM epochs AS e
    CROSS JOIN reported AS k
    INNER JOIN ref.clock_rules AS r
        ON (r.department IS NULL OR r.department = k.department)
        AND (r.matter_kind IS NULL OR r.matter_kind = k.matter_kind)
        AND (r.case_type IS NULL OR substr(k.case_type_code, 1, length(r.case_type)) = r.case_type)
    INNER JOIN ref.clocks AS c
        ON c.clock_code = r.clock_code
        AND c.valid_from <= e.from_date AND (c.valid_to IS NULL OR c.valid_to > e.from_date)
)
SELECT
    department, matter_kind, case_type_code, from_date, until_date,
    clock_code, clock_name, starts_at, accept_limit, accept_unit, finish_limit, finish_unit
FROM ranked WHERE nth = 1
