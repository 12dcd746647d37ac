-- What may be seen of a personal value. The forms are the usual ones of public notices: 张*, 张*三, 欧阳*,
-- 330108********0016, 138****1234. A value that fits no form keeps less, never more.
CREATE OR REPLACE TEMP MACRO compound_surname(value) AS left(value, 2) IN (
    '欧阳', '太史', '端木', '上官', '司马', '东方', '独孤', '南宫', '万俟', '闻人', '夏侯', '诸葛', '尉迟', '公羊',
    '赫连', '澹台', '皇甫', '宗政', '濮阳', '公冶', '太叔', '申屠', '公孙', '慕容', '仲孙', '钟离', '长孙', '宇文',
    '司徒', '鲜于', '司空', '闾丘', '子车', '亓官', '司寇', '巫马', '公西', '颛孙', '壤驷', '公良', '漆雕', '乐正',
    '宰父', '谷梁', '拓跋', '夹谷', '轩辕', '令狐', '段干', '百里', '呼延', '东郭', '南门', '羊舌', '微生', '梁丘',
    '左丘', '东门', '西门', '第五', '纳兰', '完颜'
);

-- Of a name without blanks.
CREATE OR REPLACE TEMP MACRO closed_mask(value) AS CASE
    WHEN length(value) <= 1 THEN '*'
    WHEN length(value) = 2 THEN left(value, 1) || '*'
    WHEN length(value) = 3 AND compound_surname(value) THEN left(value, 2) || '*'
    WHEN length(value) = 4 AND compound_surname(value) THEN left(value, 2) || '*' || right(value, 1)
    ELSE left(value, 1) || repeat('*', length(value)::INTEGER - 2) || right(value, 1)
END;

-- Forms set names of two characters as wide as those of three (李　明): a blank would count as a character, and both
-- of the name's would be seen.
CREATE OR REPLACE TEMP MACRO person_mask(value, minor) AS CASE
    WHEN value IS NULL THEN NULL
    WHEN minor THEN '某某'
    ELSE closed_mask(regexp_replace(value, '[\s\x{a0}\x{200b}\x{3000}\x{feff}]', '', 'g'))
END;

-- What is entered as an organisation and may be a person: a short name, one with the dot of a transliterated name in
-- whatever form, one without a Chinese character, several names, a name and a number, 张三等12人.
CREATE OR REPLACE TEMP MACRO may_be_person(value) AS
    length(value) < 6 OR NOT regexp_matches(value, '[\x{3400}-\x{9fff}]')
    OR regexp_matches(value, '[·•・‧．･∙⋅▪●.、,，;；/／]|[0-9０-９]{7}|等.*[人户名]$');

-- The name of an organisation is not personal.
CREATE OR REPLACE TEMP MACRO name_mask(value, minor, organisation) AS CASE
    WHEN organisation AND NOT may_be_person(value) THEN value
    ELSE person_mask(value, coalesce(minor, false))
END;

-- A masked value is its own mask: rules that compare records show what stands in record.
CREATE OR REPLACE TEMP MACRO id_no_mask(value) AS CASE
    WHEN value IS NULL THEN NULL
    WHEN regexp_full_match(value, '[0-9]{6}[0-9*]{5}[0-9]{4}|[0-9]{6}[0-9*]{8}[0-9]{3}[0-9Xx]')
        THEN left(value, 6) || repeat('*', length(value)::INTEGER - 10) || right(value, 4)
    WHEN length(value) >= 8 AND regexp_matches(value, '[0-9A-Za-z]{2}$')
        THEN left(value, 1) || repeat('*', length(value)::INTEGER - 3) || right(value, 2)
    WHEN length(value) >= 8 THEN left(value, 1) || repeat('*', length(value)::INTEGER - 1)
    ELSE repeat('*', length(value)::INTEGER)
END;

-- The first and last digits are shown of one number alone: of several, or of one with words about it, they would be
-- most of a number, or somebody's name.
CREATE OR REPLACE TEMP MACRO phone_mask(value) AS CASE
    WHEN value IS NULL THEN NULL
    WHEN regexp_full_match(
        value, '[0-9]{11,13}|[+][0-9]{12,13}|0[0-9]{2,3}-[0-9]{7,8}|[+]?[0-9]{3,5}-?[*]{4}[0-9]{4}')
        THEN left(value, length(value)::INTEGER - 8) || '****' || right(value, 4)
    WHEN regexp_full_match(value, '[0-9 +-]{5,}[0-9]{2}')
        THEN repeat('*', length(value)::INTEGER - 2) || right(value, 2)
    ELSE repeat('*', length(value)::INTEGER)
END;

-- A name of an office or a place, without the numbers of persons that are written into it. Most have no digits.
CREATE OR REPLACE TEMP MACRO worded_mask(value) AS CASE
    WHEN regexp_matches(value, '[0-9０-９]{3}') THEN numbers_shortened(value)
    ELSE value
END;

-- A value of a column that is not personal, as evidence: 40 characters, and of long numbers the beginning alone. The
-- numbers go first: one that is cut would no longer be known for one.
CREATE OR REPLACE TEMP MACRO plain_mask(value) AS CASE
    WHEN length(numbers_shortened(value)) > 40 THEN left(numbers_shortened(value), 40) || '…'
    ELSE numbers_shortened(value)
END;
