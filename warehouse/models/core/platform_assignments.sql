-- description: 事项归口：哪类事项在哪段时间归哪个平台；规则越具体越优先
-- key: matter_kind, case_type_code, from_date
-- column from_date: 归口起始日期（含）
-- column until_date: 归口截止日期（不含），空表示至今
WITH epochs AS (
    SELECT valid_from AS from_date, lead(valid_from) OVER (ORDER BY valid_from) AS until_date
    FROM (SELECT DISTINCT valid_from FROM ref.platform_rules) AS starts
), kinds AS (
    SELECT code AS matter_kind FROM ref.codes WHERE list = 'matter_kind'
), types AS (
    SELECT code AS case_type_code FROM ref.codes WHERE list = 'case_type'
    UNION ALL
    SELECT '' AS case_type_code
), ranked AS (
    SELECT
        k.matter_kind, t.case_type_code, e.from_date, e.until_date, r.platform_code, p.name AS platform_name,
        row_number() OVER (
            PARTITION BY k.matter_kind, t.case_type_code, e.from_date
            ORDER BY r.matter_kind IS NULL, length(coalesce(r.case_type, '')) DESC, r.platform_code
        ) AS nth
    FROM epochs AS e
    CROSS JOIN kinds AS k
    CROSS JOIN types AS t
    INNER JOIN ref.platform_rules AS r
        ON (r.matter_kind IS NULL OR r.matter_kind = k.matter_kind)
        AND (r.case_type IS NULL OR substr(t.case_type_code, 1, length(r.case_type)) = r.case_type)
        AND r.valid_from <= e.from_date AND (r.valid_to IS NULL OR r.valid_to > e.from_date)
    INNER JOIN ref.platforms AS p ON p.code = r.platform_code
)
SELECT matter_kind, case_type_code, from_date, until_date, platform_code, platform_name
FROM ranked WHERE nth = 1
