"""The rules over a province's reports, 20 fields under 32 rules, beside what no check can do without.

`limit` reads every column of the delivery once and evaluates each regular expression and checksum of the rules alone,
as if there were no other; `split` judges values that are made already, counts the rules and writes accepted and
rejected rows; `whole` is what a load costs. Imports are not counted.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from benchmarks import judging
from benchmarks.measure import measured, take_step
from quality.compiler import macros
from quality.conform import connect

PHONE = "1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[48]00[0-9]{7}"
OTHER_PHONE = "1[3-9][0-9]{9}|0[1-9][0-9]{1,2}-?[0-9]{7,8}|[48]00[0-9]{7}"
RESIDENT = "[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
EXPRESSIONS = (
    "NOT regexp_full_match(wh, '[A-Z]{2}-[0-9]{4}-[0-9]{1,8}')",
    f"NOT regexp_full_match(sjh, '{PHONE}')",
    f"NOT regexp_full_match(dfsjh, '{OTHER_PHONE}')",
    f"NOT regexp_full_match(sfzh, '{RESIDENT}')",
    f"NOT regexp_full_match(dfsfzh, '{RESIDENT}')",
    "id_fails(sfzh, id_body(sfzh))",
    "id_fails(dfsfzh, id_body(dfsfzh))",
    "uscc_fails(tyxydm)",
    "org_code_fails(tyxydm)",
)
"""The regular expressions and checksums of the rules, as bare as they can be."""


def limit(folder: Path) -> None:
    """Every column once, then each regular expression and checksum alone, over the column that it reads."""
    settings, manifest = judging.delivery(folder)
    path = manifest.folder(settings) / manifest.parts[0].path
    with closing(connect(settings, folder)) as con, measured(folder):
        columns = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        con.execute(f"SELECT {', '.join(f'sum(length({name}))' for name in columns)} FROM '{path}'").fetchall()
        con.execute(macros())
        for expression in EXPRESSIONS:
            con.execute(f"SELECT count_if({expression}) FROM '{path}'").fetchall()


def _split(folder: Path) -> None:
    _all_broken(judging.split(folder))


def _whole(folder: Path) -> None:
    _all_broken(judging.whole(folder).fired)


def _all_broken(fired: dict[str, int]) -> None:
    if len(fired) < 17:
        raise SystemExit(f"only {len(fired)} rules were broken: {fired}")


if __name__ == "__main__":
    take_step(judging.land, {"limit": limit, "split": _split, "whole": _whole})
