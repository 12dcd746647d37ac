-- How a landed text becomes a value. Every macro takes a column (not an expression), because DuckDB writes a macro out
-- at each use. The first branch of each CASE is the clean common form, so that dirt alone pays for cleaning: DuckDB
-- evaluates a branch only for the rows that reach it.

-- Spaces, tabs (the guard of spreadsheets), line ends, no-break and ideographic spaces, byte order mark, zero width.
CREATE OR REPLACE TEMP MACRO blanks() AS
    ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279) || chr(8203);

-- A value below '!' starts with a blank or a control character.
CREATE OR REPLACE TEMP MACRO has_blank_edge(v) AS
    v < '!' OR suffix(v, ' ') OR suffix(v, chr(9)) OR suffix(v, chr(10)) OR suffix(v, chr(13))
    OR suffix(v, chr(160)) OR suffix(v, chr(12288)) OR suffix(v, chr(65279)) OR suffix(v, chr(8203))
    OR prefix(v, chr(160)) OR prefix(v, chr(12288)) OR prefix(v, chr(65279)) OR prefix(v, chr(8203));

-- Departments write "nothing" in these ways.
CREATE OR REPLACE TEMP MACRO is_nothing(v) AS
    v = '' OR v = '无' OR v = '/' OR v = '-' OR v = '不详' OR v = '暂无' OR v = 'null' OR v = 'NULL' OR v = '\N'
    OR v = '－' OR v = '／' OR v = '—' OR v = 'None';

-- Free text: only its edges are cleaned.
CREATE OR REPLACE TEMP MACRO tidy_text(v) AS CASE
    WHEN v IS NULL THEN NULL
    WHEN has_blank_edge(v) THEN CASE WHEN is_nothing(trim(v, blanks())) THEN NULL ELSE trim(v, blanks()) END
    WHEN strlen(v) > 6 THEN v
    WHEN is_nothing(v) OR v = '0' THEN NULL
    ELSE v END;

-- Full-width letters, digits and signs (U+FF01 to U+FF5E) to their ASCII form, and the ideographic and the no-break
-- space to a blank, as NFKC does.
CREATE OR REPLACE TEMP MACRO half_width(v) AS CASE
    WHEN regexp_matches(v, '[！-～　\x{00a0}]') THEN translate(
        replace(v, chr(160), ' '),
        '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～　',
        '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ ')
    ELSE v END;

-- Whether a text has full-width signs or blanks of any kind to lose: one test, because the statement has it often.
CREATE OR REPLACE TEMP MACRO may_be_untidy(v) AS
    regexp_matches(v, '[！-～　\x{00a0}\x{feff}\x{200b}]|^[\x00-\x20]|[\x00-\x20]$');

-- Codes, numbers, dates, identifiers: ASCII where an ASCII form exists, no blank at the edges. The second form is
-- that of departments which send words for codes.
CREATE OR REPLACE TEMP MACRO tidy_code(v) AS CASE
    WHEN v IS NULL THEN NULL
    WHEN strlen(v) = length(v) AND v >= '!' AND NOT suffix(v, ' ') AND NOT suffix(v, chr(9))
        AND NOT suffix(v, chr(10)) AND NOT suffix(v, chr(13))
        THEN CASE WHEN strlen(v) <= 6 AND is_nothing(v) THEN NULL ELSE v END
    WHEN NOT may_be_untidy(v)
        THEN CASE WHEN strlen(v) <= 6 AND is_nothing(v) THEN NULL ELSE v END
    WHEN is_nothing(trim(half_width(v), blanks())) THEN NULL
    ELSE trim(half_width(v), blanks()) END;

-- The same where a lone zero stands for "not filled": dates, divisions, identity numbers, telephones.
CREATE OR REPLACE TEMP MACRO tidy_nonzero(v) AS CASE
    WHEN v IS NULL OR v = '0' THEN NULL
    WHEN strlen(v) = length(v) AND v >= '!' AND NOT suffix(v, ' ') AND NOT suffix(v, chr(9))
        AND NOT suffix(v, chr(10)) AND NOT suffix(v, chr(13))
        THEN CASE WHEN strlen(v) <= 6 AND is_nothing(v) THEN NULL ELSE v END
    WHEN NOT may_be_untidy(v)
        THEN CASE WHEN strlen(v) <= 6 AND is_nothing(v) THEN NULL ELSE v END
    WHEN is_nothing(trim(half_width(v), blanks())) OR trim(half_width(v), blanks()) = '0' THEN NULL
    ELSE trim(half_width(v), blanks()) END;

-- The dot of minority names comes as four code points; one of them is used.
CREATE OR REPLACE TEMP MACRO unify_dots(v) AS CASE
    WHEN contains(v, '•') OR contains(v, '・') OR contains(v, '‧') OR contains(v, '．') OR contains(v, '･')
        THEN translate(v, '•・‧．･', '·····')
    ELSE v END;

-- Persons who are nobody: the form of a name without its content.
CREATE OR REPLACE TEMP MACRO is_placeholder(v) AS
    v = '匿名' OR v = '群众' OR v = '热心市民' OR v = '市民' OR v = '来电人' OR v = '某某' OR v = '当事人' OR v = '不愿透露'
    OR v = '先生' OR v = '女士' OR (length(v) <= 3 AND (suffix(v, '某') OR suffix(v, '某某')));
