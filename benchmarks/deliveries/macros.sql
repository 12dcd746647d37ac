-- What the datasets of the province have in common. Everything about a record follows from its ordinal `n` or from
-- the ordinal `p` of its person, so that equal numbers give equal rows. The numbers of records are variables.
CREATE TEMP TABLE villages AS
SELECT row_number() OVER (ORDER BY hash(v.code)) - 1 AS number, v.code
FROM read_csv(getvariable('divisions'), all_varchar = true) AS v
SEMI JOIN read_csv(getvariable('divisions'), all_varchar = true) AS t
    ON t.code = v.parent_code AND t.level = 'town' AND t.valid_to IS NULL
WHERE v.level = 'village' AND v.valid_to IS NULL;

CREATE TEMP TABLE grid_codes AS
SELECT n AS number, v.code || lpad((n // c.villages + 1)::VARCHAR, 3, '0') AS code
FROM range(getvariable('grids')) AS g(n)
CROSS JOIN (SELECT count(*) AS villages FROM villages) AS c
JOIN villages AS v ON v.number = n % c.villages;

CREATE TEMP MACRO draw(n, topic, bound) AS (hash(n, topic) % CAST(bound AS UBIGINT))::BIGINT;
CREATE TEMP MACRO pick(n, topic, choices) AS choices[draw(n, topic, len(choices)) + 1];
CREATE TEMP MACRO moment(whenever) AS strftime(whenever, '%Y-%m-%d %H:%M:%S');

-- ID numbers carry the check digit of GB 11643; the 17th digit of a man's is odd.
CREATE TEMP MACRO id_stem(p) AS '330108' || strftime(DATE '1950-01-01' + (p % 20000)::INTEGER, '%Y%m%d')
    || lpad((p // 20000 % 1000)::VARCHAR, 3, '0');
CREATE TEMP MACRO id_checked(stem) AS stem || substr('10X98765432', (list_sum(list_transform(
    [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
    lambda weight, place: weight * substr(stem, place, 1)::INTEGER)) % 11)::INTEGER + 1, 1);
CREATE TEMP MACRO id_no(p) AS id_checked(id_stem(p));
CREATE TEMP MACRO is_man(p) AS p // 20000 % 2 = 1;
CREATE TEMP MACRO person_name(p) AS substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', draw(p, 1, 20) + 1, 1)
    || substr('伟芳秀敏静丽强磊军洋勇艳杰娟涛明超兰霞平', draw(p, 2, 20) + 1, 1) || chr(19968 + draw(p, 3, 3000)::INTEGER);
CREATE TEMP MACRO phone(p) AS '13' || lpad((p * 7 % 1000000000)::VARCHAR, 9, '0');

-- One report in 33 is the one before it once more, by the same person against the same one four days later.
CREATE TEMP MACRO matter(n) AS n - (n % 33 = 32)::INTEGER;
CREATE TEMP MACRO applicant(n) AS draw(matter(n), 4, getvariable('users'));
CREATE TEMP MACRO respondent(n) AS draw(matter(n), 5, getvariable('users'));
CREATE TEMP MACRO report_no(n) AS 'RM' || lpad(n::VARCHAR, 9, '0');
CREATE TEMP MACRO reported(n) AS TIMESTAMP '2020-09-01 08:00:00' + to_seconds(
    matter(n) * 193968000 // getvariable('reports') + draw(n, 6, 36000) + (n % 33 = 32)::INTEGER * 345600);
CREATE TEMP MACRO accepted(n) AS reported(n) + to_seconds(draw(n, 7, 172800));
-- Three in a hundred stay open, and six in ten of the last month's.
CREATE TEMP MACRO closed(n) AS CASE
    WHEN draw(n, 8, 100) >= CASE WHEN reported(n) > TIMESTAMP '2026-10-01' THEN 60 ELSE 3 END
    THEN least(accepted(n) + to_seconds(draw(n, 9, 3456000)), TIMESTAMP '2026-10-31 20:00:00') END;
