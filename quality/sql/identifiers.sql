-- Identity numbers (GB 11643), credit codes (GB 32100) and telephone numbers.

-- Upper case x, no blanks inside, no guard of spreadsheets around it (' before, =" " about).
CREATE OR REPLACE TEMP MACRO tidy_id(v) AS CASE
    WHEN v IS NULL OR v = '0' THEN NULL
    WHEN strlen(v) = 18 AND NOT suffix(v, 'x') AND NOT contains(v, ' ') THEN v
    ELSE upper(regexp_replace(v, '[\s''`="-]', '', 'g')) END;

-- The first 17 digits of a resident number as one BIGINT, NULL for any other text. Arithmetic on it is five times
-- cheaper than taking the text apart; the statement works it out once, as a column.
CREATE OR REPLACE TEMP MACRO id_body(v) AS CASE
    WHEN strlen(v) = 18 AND regexp_full_match(v, '[1-9][0-9]{16}[0-9X]') THEN CAST(substring(v, 1, 17) AS BIGINT) END;

CREATE OR REPLACE TEMP MACRO id_weighted_sum(n) AS
    (n // 10000000000000000) * 7
    + (n // 1000000000000000 % 10) * 9 + (n // 100000000000000 % 10) * 10 + (n // 10000000000000 % 10) * 5
    + (n // 1000000000000 % 10) * 8 + (n // 100000000000 % 10) * 4 + (n // 10000000000 % 10) * 2
    + (n // 1000000000 % 10) + (n // 100000000 % 10) * 6 + (n // 10000000 % 10) * 3 + (n // 1000000 % 10) * 7
    + (n // 100000 % 10) * 9 + (n // 10000 % 10) * 10 + (n // 1000 % 10) * 5 + (n // 100 % 10) * 8
    + (n // 10 % 10) * 4 + (n % 10) * 2;

-- 15 digits are a resident number from before 1999: the century and the check digit are added.
CREATE OR REPLACE TEMP MACRO is_old_id(v) AS strlen(v) = 15 AND regexp_full_match(v, '[1-9][0-9]{14}');

CREATE OR REPLACE TEMP MACRO upgrade_id(v) AS CASE
    WHEN strlen(v) <> 15 THEN v
    WHEN is_old_id(v) THEN substring(v, 1, 6) || '19' || substring(v, 7, 9) || substring('10X98765432',
        id_weighted_sum(CAST(substring(v, 1, 6) || '19' || substring(v, 7, 9) AS BIGINT)) % 11 + 1, 1)
    ELSE v END;

-- Year, month and day of birth are digits 7 to 14.
CREATE OR REPLACE TEMP MACRO birth_fails(n) AS
    n // 10000000 % 10000 < 1850
    OR n // 1000 % 100 < 1
    OR n // 1000 % 100 > CASE n // 100000 % 100
        WHEN 1 THEN 31 WHEN 3 THEN 31 WHEN 5 THEN 31 WHEN 7 THEN 31 WHEN 8 THEN 31 WHEN 10 THEN 31 WHEN 12 THEN 31
        WHEN 4 THEN 30 WHEN 6 THEN 30 WHEN 9 THEN 30 WHEN 11 THEN 30
        WHEN 2 THEN CASE WHEN (n // 10000000 % 4 = 0 AND n // 10000000 % 100 <> 0) OR n // 10000000 % 400 = 0
            THEN 29 ELSE 28 END
        ELSE 0 END;

-- `n` is id_body(v). ISO 7064 MOD 11-2: the weighted sum and the check digit leave 1.
CREATE OR REPLACE TEMP MACRO id_fails(v, n) AS
    (id_weighted_sum(n) + strpos('0123456789X', substring(v, 18, 1)) - 1) % 11 <> 1 OR birth_fails(n);

-- Passports, passes and service cards begin with a letter or a Chinese character and are written out in full.
CREATE OR REPLACE TEMP MACRO id_form_fails(v, n) AS CASE
    WHEN n IS NOT NULL OR v IS NULL THEN false
    ELSE NOT regexp_full_match(v, '[A-Z\x{4e00}-\x{9fff}][^*＊]{4,29}') END;

-- Spreadsheets write 3.30522196503072E+17. Without a point it is five signs at most.
CREATE OR REPLACE TEMP MACRO is_scientific(v) AS CASE
    WHEN strlen(v) > 5 AND NOT contains(v, '.') THEN false
    ELSE regexp_full_match(v, '[0-9]([.][0-9]+)?[Ee][+]?[0-9]{1,2}') END;

-- Value of one character of a credit code: digits, then letters without I O S V Z.
CREATE OR REPLACE TEMP MACRO uscc_value(v, i) AS (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substring(v, i, 1)) - 1);

CREATE OR REPLACE TEMP MACRO uscc_fails(v) AS CASE
    WHEN NOT regexp_full_match(v, '[1-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}') THEN true
    ELSE (31 - (uscc_value(v, 1) + uscc_value(v, 2) * 3 + uscc_value(v, 3) * 9 + uscc_value(v, 4) * 27
        + uscc_value(v, 5) * 19 + uscc_value(v, 6) * 26 + uscc_value(v, 7) * 16 + uscc_value(v, 8) * 17
        + uscc_value(v, 9) * 20 + uscc_value(v, 10) * 29 + uscc_value(v, 11) * 25 + uscc_value(v, 12) * 13
        + uscc_value(v, 13) * 8 + uscc_value(v, 14) * 24 + uscc_value(v, 15) * 10 + uscc_value(v, 16) * 30
        + uscc_value(v, 17) * 28) % 31) % 31 <> uscc_value(v, 18) END;

-- GB 11714: eight characters, letters count 10 to 35, weights 3 7 9 10 5 8 4 2; the check is 11 less the sum mod 11,
-- written X for 10 and 0 for 11. Within a credit code they are the places 9 to 16, and 17.
CREATE OR REPLACE TEMP MACRO org_value(v, i) AS
    (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substring(v, i, 1)) - 1);

CREATE OR REPLACE TEMP MACRO org_code_agrees(v) AS
    substring('0X987654321', (org_value(v, 9) * 3 + org_value(v, 10) * 7 + org_value(v, 11) * 9
        + org_value(v, 12) * 10 + org_value(v, 13) * 5 + org_value(v, 14) * 8 + org_value(v, 15) * 4
        + org_value(v, 16) * 2) % 11 + 1, 1) = substring(v, 17, 1);

-- A credit code that is wrong as a whole is another rule's to report.
CREATE OR REPLACE TEMP MACRO org_code_fails(v) AS CASE WHEN org_code_agrees(v) THEN false ELSE NOT uscc_fails(v) END;

-- A cast is cheaper than a pattern, but it takes 1.38001E+10 for a number too.
CREATE OR REPLACE TEMP MACRO is_mobile(v) AS
    strlen(v) = 11 AND TRY_CAST(v AS BIGINT) BETWEEN 13000000000 AND 19999999999
    AND NOT contains(v, 'E') AND NOT contains(v, 'e');

-- The first of several numbers, without separators, brackets and the country code; a blank separates where both sides
-- are whole numbers. After +86 an area code has lost its 0, which it gets back.
CREATE OR REPLACE TEMP MACRO phone_of(v) AS CASE
    WHEN v IS NULL OR v = '0' THEN NULL
    WHEN is_mobile(v) THEN v
    WHEN regexp_full_match(v, '0[1-9][0-9]{1,2}-[0-9]{7,8}') THEN replace(v, '-', '')
    ELSE nullif(regexp_replace(regexp_replace(regexp_replace(regexp_extract(
        regexp_replace(v, '([0-9]{8})\s+1[3-9][0-9]{9}.*', '\1'),
        '^[、;/,，；|]*([^、;/,，；|]*)', 1), '[\s()（）—–_.-]', '', 'g'),
        '^(\+|00)86([2-9][0-9]{8,10}|10[0-9]{8})$', '0\2'),
        '^(\+86|0086|86(1[3-9][0-9]{9}$|0))', '\2'), '') END;

CREATE OR REPLACE TEMP MACRO phone_form_fails(v) AS CASE
    WHEN is_mobile(v) THEN false
    ELSE NOT regexp_full_match(v, '0[1-9][0-9]{8,10}|[48]00[0-9]{7}') END;

CREATE OR REPLACE TEMP MACRO phone_several(v) AS
    strlen(v) > 14 AND regexp_matches(v, '[0-9]{7,}\s*[、;/,，；|]\s*\+?[0-9(]|[0-9]{8,}\s+1[3-9][0-9]{9}');
