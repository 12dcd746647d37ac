"""The declarations against the simulated province: every dataset is whole, and each fault ends as it should."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from connectors.base import Connector
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from connectors.json_rows import key_lines
from connectors.registry import open_connector
from operations.credentials import credentials
from operations.settings import Settings
from operations.store import Store
from sandbox.departments import departments
from schemas.declaration import ChildDataset, Dataset, load_systems
from schemas.delivery import Page, Window

ALL = Window(None, None)
SYSTEMS = load_systems()[0]
DATASETS = [
    (system.id, name)
    for system in SYSTEMS.values()
    for name, one in system.datasets.items()
    if one.sync.mode != "lookup" and not isinstance(one, ChildDataset)
]
"""What a connector reads. The rows of a child are in those of its parent (test_rest_children.py)."""


def sandbox(home: Path, *words: str) -> None:
    """Run `hub sandbox` for a home."""
    code = "from sandbox.cli import app; app()"
    environ = {name: value for name, value in os.environ.items() if name != "HUB_AS_OF"}
    subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environ | {"HUB_HOME": str(home)},
        check=True,
        capture_output=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("province")
    sandbox(folder, "up", "--cases", "200")
    yield folder
    sandbox(folder, "down")


@pytest.fixture
def fault(home: Path) -> Iterator[Callable[..., None]]:
    """Makes something go wrong at a department; what the test has not used up is cleared after it."""
    made: list[tuple[str, str]] = []

    def start(system: str, kind: str, times: int = 1) -> None:
        made.append((system, kind))
        sandbox(home, "fault", system, kind, "--times", str(times))

    yield start
    for system, kind in made:
        sandbox(home, "fault", system, kind, "--times", "0")


@pytest.fixture
def province(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Connector]]:
    """Opens a connector with the credentials that the province wrote into its home."""
    for line in (home / "env").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    settings = Settings.from_env({"HUB_HOME": str(tmp_path / "home"), "HUB_AS_OF": os.environ["HUB_AS_OF"]})
    settings.prepare()
    opened: list[Connector] = []

    def start(system: str) -> Connector:
        opened.append(
            open_connector(
                SYSTEMS[system],
                credentials=credentials(system),
                store=Store(settings),
                workdir=tmp_path / "work",
            )
        )
        return opened[-1]

    yield start
    for connector in opened:
        connector.close()


def ids(pages: list[Page], dataset: Dataset) -> list[str]:
    """The source_id of every record."""
    found: list[str] = []
    for page in pages:
        if page.format == "ndjson":
            lines = page.body.read_bytes() if isinstance(page.body, Path) else page.body
            assert isinstance(lines, bytes)
            found += [json.loads(line)["source_id"] for line in key_lines(lines, dataset.key).splitlines()]
        elif isinstance(page.body, pa.Table):
            columns = [page.body.column(name).to_pylist() for name in dataset.key]
            found += ["|".join(map(str, key)) for key in zip(*columns, strict=True)]
        elif isinstance(page.body, Path):
            with page.body.open(encoding="utf-8", newline="") as text:
                found += ["|".join(row[name] for name in dataset.key) for row in csv.DictReader(text)]
    assert len(found) == sum(page.rows for page in pages)
    return found


def read(connector: Connector, system: str, name: str) -> tuple[list[Page], list[str]]:
    dataset = SYSTEMS[system].datasets[name]
    pages = list(connector.read(dataset, ALL, None, None))
    return pages, ids(pages, dataset)


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_every_system_answers_its_check(province: Callable[[str], Connector], system: str) -> None:
    assert [finding.message for finding in province(system).check() if not finding.ok] == []


@pytest.mark.parametrize(("system", "name"), DATASETS)
def test_every_dataset_is_whole_and_the_same_when_read_again(
    province: Callable[[str], Connector], system: str, name: str
) -> None:
    connector = province(system)
    pages, found = read(connector, system, name)
    assert found or system in departments()  # a small one may have heard of nothing yet
    assert pages[-1].declared in (None, len(found))
    again = read(connector, system, name)[1]
    # A table has no order of its own: the same rows may come in another.
    assert sorted(again) == sorted(found)


def test_every_true_report_of_the_province_arrives_under_its_key(
    province: Callable[[str], Connector], home: Path, tmp_path: Path
) -> None:
    sandbox(home, "truth", "--out", str(tmp_path / "truth"))
    query = (
        f"SELECT system, source_id FROM '{tmp_path}/truth/reports.parquet' ANTI JOIN (SELECT system, source_id "
        f"FROM '{tmp_path}/truth/dirt.parquet' WHERE kind = 'missing_key') USING (system, source_id)"
    )
    truth = {(str(system), str(source_id)) for system, source_id in duckdb.sql(query).fetchall()}
    reports = [(system, name) for system, name in DATASETS if SYSTEMS[system].datasets[name].contract == "case_reports"]
    found = {(system, one) for system, name in reports for one in read(province(system), system, name)[1]}
    assert truth - found == set()


REST = [("court_odr", "pre_suit_cases"), ("petition_hotline", "work_orders")]


@pytest.mark.parametrize(("system", "name"), [*REST, ("youth_hotline", "calls")])
@pytest.mark.parametrize("kind", ["http_500", "http_429", "truncated_json", "expire_token", "error_code_200"])
def test_a_passing_fault_costs_no_row(
    province: Callable[[str], Connector], fault: Callable[..., None], system: str, name: str, kind: str
) -> None:
    known = {
        "youth_hotline": {"http_500"},
        "petition_hotline": {"http_500", "http_429", "truncated_json", "expire_token"},
    }
    if kind not in known.get(system, {kind}):
        return
    connector = province(system)
    whole = read(connector, system, name)[1]
    fault(system, kind)
    assert read(connector, system, name)[1] == whole


@pytest.mark.parametrize("kind", ["lone_surrogate", "nul"])
@pytest.mark.parametrize(("system", "name"), REST)
def test_a_row_that_is_no_good_json_goes_on_to_be_quarantined(
    province: Callable[[str], Connector], fault: Callable[..., None], system: str, name: str, kind: str
) -> None:
    connector = province(system)
    whole = len(read(connector, system, name)[1])
    fault(system, kind)
    pages = list(connector.read(SYSTEMS[system].datasets[name], ALL, None, None))
    assert sum(page.rows for page in pages) == whole


@pytest.mark.parametrize("kind", ["unmapped_code", "new_column", "missing_column", "impossible_date", "bad_id"])
def test_content_is_not_judged_here(
    province: Callable[[str], Connector], fault: Callable[..., None], kind: str
) -> None:
    connector = province("court_odr")
    whole = read(connector, "court_odr", "pre_suit_cases")[1]
    fault("court_odr", kind)
    assert len(read(connector, "court_odr", "pre_suit_cases")[1]) == len(whole)


def test_a_duplicate_key_arrives_twice_and_is_declared_so(
    province: Callable[[str], Connector], fault: Callable[..., None]
) -> None:
    connector = province("court_odr")
    whole = read(connector, "court_odr", "pre_suit_cases")[1]
    fault("court_odr", "duplicate_key")
    pages, found = read(connector, "court_odr", "pre_suit_cases")
    assert len(found) == len(whole) + 1
    assert pages[-1].declared == len(found)


@pytest.mark.parametrize(("system", "name"), [*REST, ("medical_disputes", "disputes")])
def test_refused_credentials_fail_the_dataset_and_say_what_to_correct(
    province: Callable[[str], Connector], fault: Callable[..., None], system: str, name: str
) -> None:
    fault(system, "wrong_password", 9)
    with pytest.raises(AuthError, match=f"AIRFLOW_CONN_{system.upper()}"):
        read(province(system), system, name)


@pytest.mark.parametrize(("system", "name"), [("medical_disputes", "disputes"), ("youth_hotline", "calls")])
def test_a_department_that_hangs_up_is_unreachable(
    province: Callable[[str], Connector], fault: Callable[..., None], system: str, name: str
) -> None:
    fault(system, "unreachable", 99)
    with pytest.raises(UnreachableError, match="no connection"):
        read(province(system), system, name)


@pytest.mark.parametrize(
    ("system", "name", "kind", "wanted"),
    [
        ("medical_disputes", "disputes", "half_file", None),
        ("medical_disputes", "disputes", "empty_delivery", None),
        ("medical_disputes", "disputes", "wrong_encoding", ProtocolError),
        ("union_rights", "rights_cases", "half_file", ProtocolError),
        ("union_rights", "rights_cases", "empty_delivery", None),
    ],
)
def test_a_bad_file_fails_alone_or_waits(
    province: Callable[[str], Connector],
    fault: Callable[..., None],
    system: str,
    name: str,
    kind: str,
    wanted: type[ConnectorError] | None,
) -> None:
    connector = province(system)
    dataset = SYSTEMS[system].datasets[name]
    list(connector.read(dataset, ALL, None, None))
    bookmark: dict[str, Any] | None = connector.bookmark_after(dataset)
    fault(system, kind)
    if wanted is not None:
        with pytest.raises(wanted, match=f"{system}.{name} at "):
            list(connector.read(dataset, ALL, None, bookmark))
        return
    assert sum(page.rows for page in connector.read(dataset, ALL, None, bookmark)) == 0


def test_a_renamed_or_new_column_comes_through_for_quality_to_report(
    province: Callable[[str], Connector], fault: Callable[..., None]
) -> None:
    connector = province("peoples_mediation")
    fault("peoples_mediation", "missing_column")
    pages, _ = read(connector, "peoples_mediation", "mediation_cases")
    assert isinstance(pages[0].body, pa.Table)
    assert "CASE_TITLE" in pages[0].body.column_names
    assert "CASE_NAME" not in pages[0].body.column_names
