-- The reports of each group in their order, with the code that the group keeps: the one minted first.
CREATE OR REPLACE TEMP TABLE placed AS
SELECT *,
    row_number() OVER (
        PARTITION BY grp ORDER BY accepted_at IS NULL, reported_at, system, source_id
    ) AS nth,
    first_value(case_code) OVER (
        PARTITION BY grp ORDER BY minted_at NULLS LAST, case_code NULLS LAST
    ) AS kept_code,
    first_value(part) OVER (
        PARTITION BY grp, part_node ORDER BY minted_at NULLS LAST, case_code NULLS LAST
    ) AS kept_part,
    first_value(CASE WHEN regexp_full_match(county_filed, '[0-9]{6}') THEN county_filed END) OVER (
        PARTITION BY grp ORDER BY
            NOT coalesce(regexp_full_match(county_filed, '[0-9]{6}'), false),
            accepted_at IS NULL, reported_at, system, source_id
    ) AS known_county
FROM grouped;

-- A group without a code gets one: county and date of its first accepted report, numbered on from what is stored.
CREATE OR REPLACE TEMP TABLE minted AS
WITH firsts AS (
    SELECT grp, system, source_id, reported_at, coalesce(known_county, '330000') AS county_code,
        CAST(coalesce(accepted_at, reported_at) AS DATE) AS case_date
    FROM placed WHERE nth = 1 AND kept_code IS NULL
), stored AS (
    SELECT county_code, case_date, max(seq) AS seq FROM link.case_codes GROUP BY county_code, case_date
), numbered AS (
    SELECT f.*, coalesce(s.seq, 0) + row_number() OVER (
        PARTITION BY f.county_code, f.case_date ORDER BY f.reported_at, f.system, f.source_id
    ) AS seq
    FROM firsts AS f
    LEFT JOIN stored AS s ON s.county_code = f.county_code AND s.case_date = f.case_date
), bodies AS (
    SELECT *, 'JF' || county_code || strftime(case_date, '%Y%m%d') || five_places(seq) AS body FROM numbered
)
SELECT grp, system, source_id, county_code, case_date, seq, body || check_character(body) AS case_code FROM bodies;
