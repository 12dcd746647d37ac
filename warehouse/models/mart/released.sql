-- description: 对外数据：可以提供给无权查看案件的人的数。县级以上为中心的全部指标；乡镇、网格人少，只有全部期间的几项，
--     任一数或两数之差为 1 至 4 的整行不列，并另隐去同级若干行，使其不能由上级数反推
-- key: place_level, place_code, period, metric
-- column place_code: 地方代码：省 2 位、市 4 位、县 6 位、乡镇 9 位、网格代码
-- column place_name: 地方名称
-- column place_level: 地方层级：province、prefecture、county、town、grid
-- column is_withheld: 不列：少于 5 件，或为防止反推；这时分子、分母、值为空
-- test: SELECT place_code FROM mart.released WHERE is_withheld AND coalesce(numerator, denominator, value) IS NOT NULL
WITH places AS (
    SELECT 'town' AS place_level, code AS place_code, name AS place_name, parent_code
    FROM core.divisions WHERE is_current AND level = 'town'
    UNION ALL
    SELECT 'grid', grid_code, name, coalesce(town_code, county_code) FROM core.grids
), counted AS (
    SELECT 'town' AS place_level, town_code AS place_code, count(accepted_at) AS accepted, count(closed_at) AS closed,
        count(CASE WHEN NOT is_open THEN accepted_at END) AS accepted_closed,
        count(CASE WHEN is_resolved THEN 1 END) AS resolved
    FROM core.cases GROUP BY town_code
    UNION ALL
    SELECT 'grid', grid_code, count(accepted_at), 0, 0, 0 FROM core.cases GROUP BY grid_code
), units AS (
    SELECT p.*, coalesce(c.accepted, 0) AS accepted, coalesce(c.closed, 0) AS closed,
        coalesce(c.accepted_closed, 0) AS accepted_closed, coalesce(c.resolved, 0) AS resolved
    FROM places AS p LEFT JOIN counted AS c ON c.place_level = p.place_level AND c.place_code = p.place_code
), judged AS (
    -- A grid shows one count only, a town three: what can be subtracted from each other there must not be small either.
    SELECT *, accepted BETWEEN 1 AND 4 OR (place_level = 'town' AND (
        closed BETWEEN 1 AND 4 OR accepted_closed BETWEEN 1 AND 4 OR resolved BETWEEN 1 AND 4
        OR accepted - accepted_closed BETWEEN 1 AND 4 OR closed - accepted_closed BETWEEN 1 AND 4
        OR closed - resolved BETWEEN 1 AND 4)) AS is_small
    FROM units
), ranked AS (
    -- The least of the others go with them until two are hidden and five cases among them.
    SELECT *,
        sum(CASE WHEN is_small THEN 1 ELSE 0 END) OVER siblings AS small_units,
        sum(CASE WHEN is_small THEN accepted ELSE 0 END) OVER siblings AS small_cases,
        row_number() OVER in_turn AS turn,
        sum(CASE WHEN is_small OR accepted = 0 THEN 0 ELSE accepted END) OVER in_turn AS cases_so_far
    FROM judged
    WINDOW siblings AS (PARTITION BY place_level, parent_code),
        in_turn AS (
            PARTITION BY place_level, parent_code ORDER BY is_small OR accepted = 0, accepted, place_code
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
), chosen AS (
    SELECT *, is_small OR (small_units > 0 AND accepted > 0
        AND (small_units + turn - 1 < 2 OR small_cases + cases_so_far - accepted < 5)) AS is_chosen
    FROM ranked
), enough AS (
    -- Where they are not enough, all siblings are hidden, those without a case too.
    SELECT *, is_chosen OR (small_units > 0 AND (
        sum(CASE WHEN is_chosen THEN 1 ELSE 0 END) OVER siblings < 2
        OR sum(CASE WHEN is_chosen THEN accepted ELSE 0 END) OVER siblings < 5)) AS is_hidden
    FROM chosen
    WINDOW siblings AS (PARTITION BY place_level, parent_code)
), hidden AS (
    -- The grids of a town that is hidden would add up to it.
    SELECT u.*, u.is_hidden OR coalesce(above.is_hidden, false) AS is_withheld
    FROM enough AS u
    LEFT JOIN enough AS above
        ON above.place_level = 'town' AND above.place_code = CASE WHEN u.place_level = 'grid' THEN u.parent_code END
), shown AS (
    SELECT place_code, place_name, place_level, parent_code, is_withheld, 'cases_accepted' AS metric,
        accepted AS numerator, CAST(NULL AS BIGINT) AS denominator, CAST(accepted AS DOUBLE) AS value
    FROM hidden
    UNION ALL
    SELECT place_code, place_name, place_level, parent_code, is_withheld, 'closure_rate',
        accepted_closed, accepted, CAST(accepted_closed AS DOUBLE) / nullif(accepted, 0)
    FROM hidden WHERE place_level = 'town'
    UNION ALL
    SELECT place_code, place_name, place_level, parent_code, is_withheld, 'resolution_rate',
        resolved, closed, CAST(resolved AS DOUBLE) / nullif(closed, 0)
    FROM hidden WHERE place_level = 'town'
)
SELECT area_code AS place_code, area_name AS place_name, area_level AS place_level, parent_code, period, metric,
    numerator, denominator, value, false AS is_withheld, as_of
FROM mart.centre WHERE area_level <> 'town'
UNION ALL
SELECT place_code, place_name, place_level, parent_code, 'all', metric,
    CASE WHEN NOT is_withheld THEN numerator END, CASE WHEN NOT is_withheld THEN denominator END,
    CASE WHEN NOT is_withheld THEN value END, is_withheld, CAST(getvariable('as_of') AS TIMESTAMP)
FROM shown
