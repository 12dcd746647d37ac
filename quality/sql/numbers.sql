-- Numbers, yes and no, and division codes from text; NULL when they cannot be read.

-- Thousands separators and a trailing 元 are form, not value; anything else (万元) must be written out by the source.
CREATE OR REPLACE TEMP MACRO decimal_of(v) AS coalesce(
    TRY_CAST(v AS DECIMAL(18, 2)),
    CASE WHEN regexp_full_match(v, '[￥¥]?-?([0-9]{1,3}(,[0-9]{3})*|[0-9]+)([.][0-9]+)?元?')
        THEN TRY_CAST(translate(v, ',￥¥元', '') AS DECIMAL(18, 2)) END);

-- DuckDB's cast would round 3.7 up to 4: only whole numbers are whole numbers.
CREATE OR REPLACE TEMP MACRO whole_of(v) AS CASE
    WHEN contains(v, '.') OR contains(v, 'e') OR contains(v, 'E')
        THEN CASE WHEN TRY_CAST(v AS DOUBLE) = floor(TRY_CAST(v AS DOUBLE)) THEN TRY_CAST(TRY_CAST(v AS DOUBLE) AS BIGINT) END
    ELSE TRY_CAST(v AS BIGINT) END;

CREATE OR REPLACE TEMP MACRO means_no(v) AS
    v = 'false' OR v = '0' OR v = 'N' OR v = '否' OR v = 'n' OR v = 'F' OR v = 'f' OR v = 'False' OR v = 'FALSE' OR v = 'no';

-- A longer code stands where a shorter one is asked for: its beginning is the county, or the town.
CREATE OR REPLACE TEMP MACRO county_of(v) AS
    CASE WHEN strlen(v) = 6 THEN v WHEN strlen(v) = 9 OR strlen(v) = 12 THEN substring(v, 1, 6) ELSE v END;

CREATE OR REPLACE TEMP MACRO town_of(v) AS
    CASE WHEN strlen(v) = 9 THEN v WHEN strlen(v) = 12 THEN substring(v, 1, 9) ELSE v END;
