-- description: 行政区划：每个代码一行，含已撤并的；today_code 是今天地图上的代码
-- key: code
-- test: SELECT code FROM core.divisions WHERE level NOT IN ('province', 'prefecture', 'county', 'town', 'village')
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY code ORDER BY valid_to IS NULL DESC, valid_from DESC) AS nth
    FROM ref.divisions
), latest AS (
    SELECT code, name, level, parent_code, valid_from, valid_to,
        CASE WHEN length(code) > 4 THEN substr(code, 1, 4) END AS prefecture_code,
        CASE WHEN length(code) > 6 THEN substr(code, 1, 6) END AS county_code,
        CASE WHEN length(code) > 9 THEN substr(code, 1, 9) END AS town_code
    FROM ranked WHERE nth = 1
)
SELECT
    d.code, d.name, d.level, d.parent_code,
    concat_ws('', prefecture.name, county.name, town.name, d.name) AS full_name,
    d.valid_from, d.valid_to, d.valid_to IS NULL AS is_current,
    coalesce(t.today_code, d.code) AS today_code
FROM latest AS d
LEFT JOIN ref.division_today AS t ON t.old_code = d.code
LEFT JOIN latest AS prefecture ON prefecture.code = d.prefecture_code
LEFT JOIN latest AS county ON county.code = d.county_code
LEFT JOIN latest AS town ON town.code = d.town_code
