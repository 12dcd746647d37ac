"""`hub link evaluate`: precision and recall of pairs, against labels of which each is right or the file is refused."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from homes import hub_json, run_hub
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.link_evaluation import COLUMNS, LabelError, evaluate, read
from operations.settings import Settings

HEAD = ",".join(COLUMNS)


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "pairs.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "the first line has no system_a, source_id_a, system_b, source_id_b, same"),
        (("system_a,source_id_a,system_b,source_id_b", "s,1,s,2"), "the first line has no same"),
        ((HEAD,), "has no pair; write a line for each"),
        ((HEAD, "s,1,s,2,1", "s,1,,2,1"), "line 3: system_b is empty; fill it, or remove the line"),
        ((HEAD, "s,1,s,2"), "line 2: same is empty"),
        ((HEAD, "s,1,s,2,maybe"), "line 2: same is 'maybe'; write one of 1, true, yes, 是, 0"),
        ((HEAD, "s,1,s,1,1"), "line 2: s/1 stands on both sides; name two reports"),
        ((HEAD, "s,1,s,2,1", "s,2,s,1,0"), "line 3: s/1 and s/2 are one dispute and two in the same file"),
        ((HEAD, '"s,1,s,2,1'), "line 2: .*; mend the quotes of this line"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(lines: tuple[str, ...], told: str, tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=told):
        read(written(tmp_path, *lines))


def test_what_is_no_file_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read: No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(LabelError, match="cannot be read: Is a directory"):
        read(tmp_path)
    with pytest.raises(LabelError, match=r"is not UTF-8 \(byte \d+\); save it as CSV UTF-8"):
        read(written(tmp_path, HEAD, "系统,1,系统,2,是", encoding="gb18030"))


def test_words_order_further_columns_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    lines = ("\ufeff" + HEAD + ",by", "s, 2 ,s,1,是,李敏", "s,1,s,2,TRUE,", "s,1,t,1,No,")
    assert read(written(tmp_path, *lines)) == {(("s", "1"), ("s", "2")): True, (("s", "1"), ("t", "1")): False}


cases = st.dictionaries(st.integers(0, 7), st.one_of(st.none(), st.integers(0, 3)), max_size=8)
labels = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]), st.booleans(), min_size=1
)


@settings(max_examples=40, deadline=None)
@given(cases=cases, labels=labels)
def test_every_labelled_pair_is_counted_once(
    cases: dict[int, int | None], labels: dict[tuple[int, int], bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = Settings(home=tmp_path_factory.mktemp("home"))
    home.published.mkdir(parents=True)
    with duckdb.connect(str(home.published / "current.duckdb")) as con:
        con.execute("CREATE SCHEMA core")
        con.execute("CREATE TABLE core.case_reports (system VARCHAR, source_id VARCHAR, case_code VARCHAR)")
        for key, code in cases.items():
            con.execute(
                "INSERT INTO core.case_reports VALUES ('s', ?, ?)", [str(key), None if code is None else f"JF{code}"]
            )
    path = written(home.home, HEAD, *(f"s,{a},s,{b},{int(same)}" for (a, b), same in labels.items()))
    found = evaluate(home, path)
    known = {key: code for key, code in cases.items() if code is not None}
    told = [(known[a] == known[b], same) for (a, b), same in labels.items() if {a, b} <= known.keys()]
    assert (found.labelled, found.absent) == (len(labels), len(labels) - len(told))
    counted = tuple(told.count(one) for one in ((True, True), (True, False), (False, True), (False, False)))
    assert (found.both, found.joined, found.parted, found.neither) == counted
    named = {key for pair in labels for key in pair} & known.keys()
    together = {pair for pair in combinations(sorted(named), 2) if known[pair[0]] == known[pair[1]]}
    assert found.unnamed == len(together - labels.keys())
    both, joined, parted, _ = counted
    assert found.precision == (both / (both + joined) if both + joined else None)
    assert found.recall == (both / (both + parted) if both + parted else None)
    assert len(found.wrongly_joined) == joined
    assert len(found.wrongly_parted) == parted


def test_the_truth_of_the_sandbox_measures_a_run(
    province: Path, prepared: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """All pairs of the truth, counted anew from its reports and the published cases."""
    run_hub(province, "sandbox", "truth", "--out", str(tmp_path))
    with (tmp_path / "pairs.csv").open(encoding="utf-8", newline="") as file:
        labelled = list(csv.DictReader(file))
    true = {
        (row["system"], row["source_id"]): row["case_id"]
        for row in pq.read_table(tmp_path / "reports.parquet").to_pylist()
    }
    for row in labelled:
        one, other = (row["system_a"], row["source_id_a"]), (row["system_b"], row["source_id_b"])
        assert row["same"] == str(int(true[one] == true[other]))
    with duckdb.connect(str((prepared[0] / "published" / "current.duckdb").resolve()), read_only=True) as con:
        rows = con.execute("SELECT system, source_id, case_code FROM core.case_reports WHERE case_code IS NOT NULL")
        codes = {(system, key): code for system, key, code in rows.fetchall() if (system, key) in true}
    told = [(codes[a] == codes[b], true[a] == true[b]) for a, b in combinations(sorted(codes), 2)]
    found = hub_json(prepared[0], "link", "evaluate", str(tmp_path / "pairs.csv"))
    assert (found["both"], found["joined"], found["parted"]) == tuple(
        told.count(one) for one in ((True, True), (True, False), (False, True))
    )
    assert found["unnamed"] == 0, "the file names every pair that could be joined wrongly"
    assert found["neither"] > 0
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.95
    shown = run_hub(prepared[0], "link", "evaluate", str(tmp_path / "pairs.csv")).stdout
    assert f"precision {found['precision']:.4f}" in shown
    refused = run_hub(prepared[0], "link", "evaluate", str(tmp_path / "reports.parquet"), check=False)
    assert (refused.returncode, "is not UTF-8" in refused.stderr) == (1, True)
