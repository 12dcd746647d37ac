-- A moment from text, as naive Asia/Shanghai time; NULL when it cannot be read.

-- Year first with - or /, with or without time; DuckDB's cast drops an offset, which is right for +08:00 alone.
CREATE OR REPLACE TEMP MACRO moment_iso(v) AS CASE
    WHEN v < '0' OR v >= ':' OR strlen(v) < 8 THEN NULL
    WHEN strlen(v) > 19 AND regexp_matches(v, '[0-9](Z|[+-][0-9][0-9](:?[0-9][0-9])?)$') AND NOT suffix(v, '+08:00')
        THEN make_timestamp(epoch_us(TRY_CAST(v AS TIMESTAMPTZ))) + INTERVAL 8 HOUR
    ELSE TRY_CAST(v AS TIMESTAMP) END;

-- Seconds or milliseconds since 1970 count in UTC, eight hours behind.
-- Fourteen digits are never milliseconds but year to second.
CREATE OR REPLACE TEMP MACRO moment_epoch_ms(v) AS
    CASE WHEN strlen(v) <> 14 AND TRY_CAST(v AS BIGINT) BETWEEN -9999999999999 AND 253402300799999
        THEN make_timestamp(TRY_CAST(v AS BIGINT) * 1000) + INTERVAL 8 HOUR END;

CREATE OR REPLACE TEMP MACRO moment_epoch_s(v) AS
    CASE WHEN TRY_CAST(v AS BIGINT) BETWEEN -9999999999 AND 253402300799
        THEN make_timestamp(TRY_CAST(v AS BIGINT) * 1000000) + INTERVAL 8 HOUR END;

-- Digits alone: 13 = milliseconds since 1970 (UTC), 14, 12 and 8 = year to second, minute and day.
CREATE OR REPLACE TEMP MACRO moment_digits(v) AS CASE strlen(v)
    WHEN 13 THEN moment_epoch_ms(v)
    WHEN 14 THEN TRY_STRPTIME(v, '%Y%m%d%H%M%S')
    WHEN 12 THEN TRY_STRPTIME(v, '%Y%m%d%H%M')
    WHEN 8 THEN TRY_STRPTIME(v, '%Y%m%d') END;

-- The forms that departments use in writing. The guard keeps out words that strptime takes for dates (infinity).
CREATE OR REPLACE TEMP MACRO moment_written(v) AS CASE WHEN v >= '0' AND v < ':' THEN TRY_STRPTIME(v, [
    '%Y年%m月%d日', '%Y年%m月%d日 %H:%M:%S', '%Y年%m月%d日 %H:%M', '%Y年%m月%d日%H:%M:%S', '%Y年%m月%d日%H:%M',
    '%Y年%m月%d日 %H时%M分', '%Y年%m月%d日%H时%M分',
    '%Y年%m月%d日 %H时%M分%S秒', '%Y年%m月%d日%H时%M分%S秒', '%Y.%m.%d', '%Y.%m.%d %H:%M:%S', '%Y.%m.%d %H:%M',
    '%Y%m%d %H:%M:%S']) END;

-- coalesce stops at the first form that can be read.
CREATE OR REPLACE TEMP MACRO moment_usual(v) AS coalesce(
    moment_iso(v),
    CASE WHEN strlen(v) = length(v) AND TRY_CAST(v AS BIGINT) IS NOT NULL THEN moment_digits(v) END,
    moment_written(v));

-- Spreadsheet days since 1899-12-30, 20000 = 1954 to 80000 = 2119, rounded to the second.
CREATE OR REPLACE TEMP MACRO moment_excel(v) AS
    CASE WHEN TRY_CAST(v AS DOUBLE) BETWEEN 20000 AND 80000
        THEN TIMESTAMP '1899-12-30' + to_seconds(CAST(round(TRY_CAST(v AS DOUBLE) * 86400) AS BIGINT)) END;

-- 0000-00-00 is no date but stands for one: read as "unknown", not as unreadable.
CREATE OR REPLACE TEMP MACRO is_zero_date(v) AS prefix(v, '0000-00-00') OR prefix(v, '0000/') OR v = '00000000';

-- Years that stand for "unknown" or "for ever". A year below 1000 is no sentinel but a misread text.
CREATE OR REPLACE TEMP MACRO is_sentinel(moment) AS
    (moment < TIMESTAMP '1901-01-01' AND moment >= TIMESTAMP '1000-01-01') OR moment >= TIMESTAMP '2200-01-01';

CREATE OR REPLACE TEMP MACRO within_years(moment) AS
    CASE WHEN moment >= TIMESTAMP '1901-01-01' AND moment < TIMESTAMP '2200-01-01' THEN moment END;
