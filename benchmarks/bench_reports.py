"""The rows of the rule benchmark: 20 fields, valid ID numbers and credit codes, one row in 200 with a fault."""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.contract import Contract, load_contract
from schemas.declaration import System, read_system

RULES = Path(__file__).parent / "rules"
COMPANIES = 5_000
QUERY = """
WITH numbered AS (
    SELECT n, hash(n) % 4000 AS lot, TIMESTAMP '2021-01-01 08:00:00' + INTERVAL (n * 37 % 157000000) SECOND AS moment,
        '330108' || strftime(DATE '1950-01-01' + (n * 7 % 20000)::INTEGER, '%Y%m%d') || lpad((n % 999)::VARCHAR, 3, '0')
            AS stem
    FROM range({rows}) AS t(n)
), identified AS (
    SELECT *, stem || substring('10X98765432', (list_sum(list_transform(
        [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
        lambda weight, place: weight * CAST(substring(stem, place, 1) AS INTEGER))) % 11)::INTEGER + 1, 1) AS id_no
    FROM numbered
)
SELECT 'BH' || lpad(n::VARCHAR, 9, '0') AS bh,
    CASE lot WHEN 1 THEN NULL ELSE '相邻纠纷第' || n || '号' END AS ajmc,
    '双方因楼上漏水争执，要求修复并赔偿损失，已多次协商未果。' AS jfms,
    CASE lot WHEN 2 THEN '9777' ELSE ['0201', '0102', '0402', '0601', '0701'][n % 5 + 1] END AS ay,
    CASE lot WHEN 3 THEN '90' ELSE ['20', '21', '22', '23'][n % 4 + 1] END AS zt,
    CASE WHEN lot = 4 THEN 'ZZ' WHEN n % 3 = 0 THEN '01' END AS jg,
    CASE lot WHEN 5 THEN '339999' ELSE '330108' END AS qxdm,
    CASE lot WHEN 6 THEN '330106001' ELSE '330108002' END AS jddm,
    '测' || chr(19968 + (n % 4000)::INTEGER) AS xm,
    CASE lot WHEN 7 THEN left(id_no, 17) || CASE right(id_no, 1) WHEN '1' THEN '2' ELSE '1' END
        WHEN 8 THEN left(id_no, 10) || '****' || right(id_no, 4) ELSE id_no END AS sfzh,
    CASE lot WHEN 9 THEN '12345' ELSE '138' || lpad((n % 100000000)::VARCHAR, 8, '0') END AS sjh,
    CASE WHEN n % 2 = 0 THEN CASE lot WHEN 10 THEN left(c.uscc, 17) || '@' ELSE c.uscc END END AS tyxydm,
    CASE WHEN (substring(id_no, 17, 1)::INTEGER % 2 = 1) <> (lot = 11) THEN '1' ELSE '2' END AS xb,
    CASE WHEN n % 2 = 1 THEN CASE lot WHEN 12 THEN left(other_id, 17) || 'Y' ELSE other_id END END AS dfsfzh,
    CASE lot WHEN 13 THEN '2024第1号' ELSE 'TJ-2024-' || n % 100000 END AS wh,
    CASE lot WHEN 14 THEN '约五百' WHEN 15 THEN '-1' ELSE (n % 90000) || '.50' END AS je,
    CASE lot WHEN 16 THEN '八八八' ELSE '0571-' || lpad((n % 100000000)::VARCHAR, 8, '8') END AS dfsjh,
    CASE lot WHEN 17 THEN '2024-02-30 08:00:00' ELSE strftime(moment, '%Y-%m-%d %H:%M:%S') END AS ljsj,
    CASE lot WHEN 18 THEN '9999-12-31' ELSE strftime(moment + INTERVAL 1 DAY, '%Y-%m-%d %H:%M:%S') END AS slsj,
    CASE WHEN lot = 19 THEN strftime(moment - INTERVAL 9 DAY, '%Y-%m-%d %H:%M:%S')
        WHEN n % 4 > 1 THEN strftime(moment + INTERVAL 20 DAY, '%Y-%m-%d %H:%M:%S') END AS bjsj
FROM (SELECT *, lag(id_no, 1, id_no) OVER (ORDER BY n) AS other_id FROM identified) AS i
LEFT JOIN companies AS c ON c.number = i.n % {companies}
ORDER BY n
"""


def declared() -> tuple[System, Contract]:
    """The declaration and the contract of the benchmark."""
    return read_system(RULES / "bench_system.yml"), load_contract(RULES / "bench_reports.odcs.yaml")


def write_parquet(path: Path, rows: int, around: str = "{}") -> None:
    """Write ``rows`` reports as one Parquet file, as a department's database is landed; `around` is a query on them."""
    import pyarrow as pa  # here, as in the next one: a step that only reads declarations pays for neither

    query = around.format(QUERY.format(rows=rows, companies=COMPANIES))
    codes = [credit_code(number) for number in range(COMPANIES)]
    with duckdb.connect(config={"memory_limit": "4GiB"}) as con:
        con.register("companies", pa.table({"number": range(COMPANIES), "uscc": codes}))
        con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def credit_code(number: int) -> str:
    """A credit code whose organisation code (GB 11714) and own check character (GB 32100) are right."""
    from stdnum.cn import uscc

    body = f"{number:08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = "91330108" + body + {10: "X", 11: "0"}.get(rest, str(rest))
    return code + uscc.calc_check_digit(code + "0")
