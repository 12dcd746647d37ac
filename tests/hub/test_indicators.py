"""Every indicator that a run published, counted again by pandas from the published record rows, and from the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from homes import run_hub
from pandas_cases import Counted, counted
from pandas_indicators import (
    VARIANTS,
    Published,
    differences,
    grid_differences,
    numbers,
    published_numbers,
    variant_differences,
)
from pandas_released import Place, derivable, units

from schemas import strict_yaml

REGISTRY = Path(__file__).parents[2] / "warehouse" / "metrics.yml"
RESULTS = {"agree": "01", "reconcile": "02", "perform": "03", "fail": "04", "withdraw": "05", "stop": "06",
           "to_court": "07", "refuse": "09"}  # fmt: skip


@pytest.fixture(scope="module")
def told(prepared: tuple[Path, dict[str, Any]]) -> tuple[Counted, Published]:
    """What pandas takes from the published records, and what the published tables say."""
    path = (prepared[0] / "published" / "current.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as con:
        ((as_of,),) = con.table("ops.versions").project("as_of").fetchall()
        return counted(con, as_of), published_numbers(con)


@pytest.mark.parametrize("name", strict_yaml.load(REGISTRY)[0])
def test_an_indicator_is_what_pandas_counts(told: tuple[Counted, Published], name: str) -> None:
    assert differences(*told, name) == []


@pytest.fixture(scope="module")
def faults(prepared: tuple[Path, dict[str, Any]], told: tuple[Counted, Published]) -> dict[str, list[str]]:
    """variant -> where pandas and the published table of other definitions differ."""
    path = (prepared[0] / "published" / "marts.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as con:
        return {name: variant_differences(told[0], con, name) for name in VARIANTS}


@pytest.mark.parametrize("name", strict_yaml.load(REGISTRY.with_name("variants.yml"))[0])
def test_another_definition_is_what_pandas_counts(faults: dict[str, list[str]], name: str) -> None:
    assert faults[name] == []


def test_what_a_grid_has_is_what_pandas_counts(
    told: tuple[Counted, Published], prepared: tuple[Path, dict[str, Any]]
) -> None:
    path = (prepared[0] / "published" / "marts.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as con:
        assert grid_differences(told[0], con) == []


def test_what_is_released_hides_what_pandas_would_hide(prepared: tuple[Path, dict[str, Any]]) -> None:
    path = (prepared[0] / "published" / "marts.duckdb").resolve()
    parents: dict[Place, str] = {}
    with duckdb.connect(str(path), read_only=True) as con:
        shown: dict[tuple[str, Place], int | None] = {}
        for level, code, parent, metric, numerator in (
            con.table("mart.released")
            .filter("place_level IN ('town', 'grid')")
            .project("place_level, place_code, parent_code, metric, numerator")
            .fetchall()
        ):
            shown[metric, (level, code)] = numerator
            parents[level, code] = parent
    with duckdb.connect(str(path.with_name("current.duckdb")), read_only=True) as con:
        ((as_of,),) = con.table("ops.versions").project("as_of").fetchall()
        expected = units(counted(con, as_of), parents)
    assert shown == {
        (metric, place): None if unit.hidden else numerator
        for place, unit in expected.items()
        for metric, (numerator, _) in unit.counts.items()
    }
    assert sum(unit.is_small for unit in expected.values()) > 50
    accepted = {place: number for (metric, place), number in shown.items() if metric == "cases_accepted"}
    assert derivable(accepted, parents) == set()


@pytest.fixture(scope="module")
def intact(
    told: tuple[Counted, Published], province: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Counted, Counted]:
    """The true cases all of whose reports arrived as one case: as the hub has them, and as they truly are.

    The truth defines place, acceptance and systems of a case, and how its first report ended.
    """
    folder = tmp_path_factory.mktemp("truth")
    run_hub(province, "sandbox", "truth", "--out", str(folder))
    cases = told[0].frames["cases"]
    linked = told[0].frames["reports"][["system", "source_id", "case_code"]]
    reports = pd.read_parquet(folder / "reports.parquet").merge(linked, how="left")
    whole = reports.groupby("case_id").agg(
        codes=("case_code", "nunique"), case_code=("case_code", "first"), systems=("system", "nunique"),
        missing=("case_code", lambda codes: codes.isna().any()), size=("case_code", "size"),
    ).reset_index()  # fmt: skip
    alone = ~whole.duplicated("case_code", keep=False)
    whole = whole[(whole["codes"] == 1) & ~whole["missing"] & alone]
    true = whole.merge(pd.read_parquet(folder / "cases.parquet"), on="case_id").assign(
        prefecture_code=lambda row: row["county_code"].str[:4],
        is_open=lambda row: row["closed_at"].isna(),
        result_code=lambda row: row["outcome"].map(RESULTS),
    )
    assert len(true) > 0.85 * len(cases)
    found = cases[cases["case_code"].isin(true["case_code"])]
    return _cases(told[0], found), _cases(told[0], true)


def _cases(counted: Counted, cases: pd.DataFrame) -> Counted:
    return Counted(counted.as_of, {"cases": cases})


@pytest.mark.parametrize("name", ["cases_accepted", "cross_channel_repeat_rate"])
def test_what_the_truth_defines_is_counted_as_it_is_true(intact: tuple[Counted, Counted], name: str) -> None:
    """From province to county, in all months; a town may be unknown to the system that reports a case."""
    found, true = ({key: n for key, n in numbers(one, name).items() if len(key[0]) <= 6} for one in intact)
    assert len(true) > 100
    assert found == true


@pytest.mark.parametrize("name", ["closed_cases", "resolved_cases", "resolution_rate"])
def test_what_one_report_says_of_its_end_is_true(intact: tuple[Counted, Counted], name: str) -> None:
    single = set(intact[1].frames["cases"].query("size == 1")["case_code"])
    found, true = (
        numbers(_cases(one, one.frames["cases"][one.frames["cases"]["case_code"].isin(single)]), name) for one in intact
    )
    places = {key for key in true if len(key[0]) <= 6}
    assert len(places) > 50
    assert {key: found.get(key) for key in places} == {key: true[key] for key in places}
