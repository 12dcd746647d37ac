"""Rows of the court's pre-suit cases as its gateway sends them: valid, many, and made by one DuckDB query."""

from __future__ import annotations

from pathlib import Path

import duckdb

QUERY = """
SELECT 'SQ330108' || strftime(day, '%Y%m%d') || lpad((n % 100000)::VARCHAR, 5, '0') || '-' || n AS sqdj_bh,
       '相邻纠纷第' || n || '号' AS ajmc, '双方因楼上漏水争执，要求修复并赔偿损失，已多次协商未果。' AS jfms,
       '9061' AS ay, '1' AS gmdm, 'WS' AS lydm, 'L' AS fxdj, strftime(day - INTERVAL 5 DAY, '%Y-%m-%d') AS fssj,
       strftime(day, '%Y-%m-%d %H:%M:%S') AS sqsj, epoch_ms(day) AS slsj, NULL AS jasj, '05' AS ajzt, NULL AS jafs,
       NULL AS tjfs, '330108' AS qxdm, '330108002' AS jddm, '长河街道滨兴路' || (n % 900) || '号' AS dz, '1' AS sqrlx,
       '测' || chr(19968 + (n % 4000)::INTEGER) AS sqr, id_no AS sqrzjhm,
       '138' || lpad((n % 100000000)::VARCHAR, 8, '0') AS sqrlxdh, NULL AS sqrxb, '1' AS bsqrlx,
       '试' || chr(19968 + (n % 3000)::INTEGER) AS bsqr, NULL AS bsqrzjhm, NULL AS bsqrlxdh, NULL AS bsqr_tyxydm,
       (n % 90000) + 0.5 AS bdje, 2 AS dsrs, '滨江区人民法院' AS tjjg, '钱法官' AS tjy, NULL AS wbxt, NULL AS wbbh,
       '0' AS sfqt, '0' AS sfwcn, strftime(day + INTERVAL 1 DAY, '%Y-%m-%d %H:%M:%S') AS gxsj
FROM (
    SELECT n, day, stem || substr('10X98765432', (weighted % 11)::INTEGER + 1, 1) AS id_no
    FROM (
        SELECT n, day, stem, list_sum(list_transform([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
               lambda weight, place: weight * substr(stem, place, 1)::INTEGER)) AS weighted
        FROM (
            SELECT n, TIMESTAMP '2025-01-01 08:00:00' + INTERVAL (n % 40000000) SECOND AS day,
                   '330108' || strftime(DATE '1960-01-01' + (n % 14000)::INTEGER, '%Y%m%d')
                   || lpad((n % 999)::VARCHAR, 3, '0') AS stem
            FROM range({rows}) AS t(n)
        )
    )
)
"""
"""ID numbers carry the check digit of GB 11643; no row breaks a rule."""


def write_ndjson(path: Path, rows: int) -> None:
    """Write ``rows`` records as one NDJSON file."""
    duckdb.execute(f"COPY ({QUERY.format(rows=rows)}) TO '{path}' (FORMAT json)")
