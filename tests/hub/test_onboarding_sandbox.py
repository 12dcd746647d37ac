"""The onboarding tools against the systems of the sandbox, through their real protocols."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub

from hub import catalogue
from hub.onboarding.discovery import Ask, Discovery, available, discover
from hub.onboarding.rows import LISTED, SAMPLED, sample
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import FOLDER, load_systems, read_system

SYSTEMS = load_systems(FOLDER)[0]
KNOWN = ("court_odr", "petition_hotline", "peoples_mediation", "medical_disputes", "union_rights", "youth_hotline")
"""From these the words for columns were collected too; the others are strangers."""
LISTING = {
    system.id: names
    for system in SYSTEMS.values()
    if (names := [name for name, one in system.datasets.items() if one.sync.mode in LISTED])
}
"""The datasets of each system whose rows can be listed, unlike what is only asked and what comes by a queue."""
DATASETS = [
    (system.id, name)
    for system in SYSTEMS.values()
    for name, one in system.datasets.items()
    if one.sync.mode in SAMPLED
]


@contextmanager
def province(folder: Path, cases: int) -> Iterator[None]:
    """A sandbox that is up, with its addresses and credentials in this process's environment too."""
    run_hub(folder, "sandbox", "up", "--cases", str(cases), "--today", "2026-06-30")
    before = dict(os.environ)
    os.environ.update(line.split("=", 1) for line in (folder / "env").read_text(encoding="utf-8").splitlines())
    os.environ["HUB_HOME"] = str(folder)
    yield
    os.environ.clear()
    os.environ.update(before)
    run_hub(folder, "sandbox", "down", check=False)


def discover_all(settings: Settings) -> dict[tuple[str, str], Discovery]:
    store = Store(settings)
    return {place: discover(settings, store, Ask(*place)) for place in DATASETS}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("onboarding")
    with province(folder, 60):
        yield folder


@pytest.fixture(scope="module")
def settings(home: Path) -> Settings:
    found = Settings.from_env()
    found.prepare()
    return found


@pytest.fixture(scope="module")
def discovered(settings: Settings) -> dict[tuple[str, str], Discovery]:
    return discover_all(settings)


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Discovery]:
    """The same in a province in which most of the small departments have heard of something."""
    with province(tmp_path_factory.mktemp("wide"), 240):
        found = Settings.from_env()
        found.prepare()
        return discover_all(found)


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    """A folder of declarations that a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "systems"))


@pytest.mark.parametrize(("strangers", "least", "most_wrong"), [(False, 0.97, 0), (True, 0.5, 0.01)])
def test_the_proposals_are_what_people_declared(
    request: pytest.FixtureRequest, strangers: bool, least: float, most_wrong: float
) -> None:
    """The figures of docs/onboarding.md."""
    right, wrong, missed = 0, [], []
    seen: dict[tuple[str, str], Discovery] = request.getfixturevalue("strange" if strangers else "discovered")
    for (system, name), found in seen.items():
        if (system not in KNOWN) is not strangers:
            continue
        declared = {c: one.source for c, one in SYSTEMS[system].datasets[name].fields.items() if one.source}
        for one in found.proposals:
            wanted = declared.get(one.column.name)
            if one.field == wanted:
                right += wanted is not None
            elif one.field is None:
                missed.append((system, name, one.column.name))
            else:
                wrong.append((system, name, one.column.name, one.field))
    proposed = right + len(wrong) + len(missed)
    assert len(wrong) <= most_wrong * proposed, wrong
    assert right / proposed >= least, missed


def test_formats_and_crosswalks_are_proposed_as_declared(discovered: dict[tuple[str, str], Discovery]) -> None:
    found = {one.column.name: one for one in discovered["court_odr", "pre_suit_cases"].proposals}
    assert found["accepted_at"].formats == ("epoch_ms",)
    assert found["occurred_at"].formats == ("%Y-%m-%d",)
    assert found["case_type_code"].crosswalk == "court_odr_case_type"
    assert found["has_minor"].true_values == ("1",)


def test_nothing_that_discover_says_is_a_value_of_a_row(
    settings: Settings, discovered: dict[tuple[str, str], Discovery]
) -> None:
    store = Store(settings)
    for system, name in [("court_odr", "pre_suit_cases"), ("petition_hotline", "work_orders")]:
        found = discovered[system, name]
        told = " ".join([*found.remarks, *(reason for one in found.proposals for reason in one.reasons)])
        personal = [
            one.source for column, one in SYSTEMS[system].datasets[name].fields.items()
            if column.endswith(("_name", "_id_no", "_phone", "address", "title", "summary"))
        ]  # fmt: skip
        with catalogue.connector(SYSTEMS[system], store, settings) as connector:
            rows = sample(connector, SYSTEMS[system].datasets[name], 200).rows
        values = {str(row[field]) for row in rows for field in personal if field and row.get(field)}
        assert len(values) > 50
        assert [value for value in values if value in told or value in found.text] == []


@pytest.mark.parametrize(
    ("system", "offers"),
    [
        ("peoples_mediation", ["T_AGREEMENT", "T_COMMITTEE", "T_GRID_UNIT", "T_MEDIATION_CASE", "T_MEDIATION_STEP"]),
        ("medical_disputes", ["YLJF_*.csv"]),
        ("union_rights", ["职工维权台账_*.xlsx"]),
        ("youth_hotline", ["QueryCalls"]),
        ("court_odr", ["pre_suit_cases", "pre_suit_steps", "confirmations", "referrals"]),
    ],
)
def test_each_family_lists_what_it_offers_and_what_of_it_is_declared(
    settings: Settings, system: str, offers: list[str]
) -> None:
    found = {offer.name: names for offer, names in available(settings, system, None)}
    assert set(offers) <= set(found)
    assert {name for names in found.values() for name in names} == set(SYSTEMS[system].datasets)


def test_the_words_of_an_offer_are_those_declared(settings: Settings) -> None:
    workbook = available(settings, "union_rights", None)[0][0]
    footers = ["合计", "注："]
    assert workbook.words["format"] == {"kind": "xlsx", "header_row": 3, "header_rows": 2, "footers": footers}
    files = {offer.name: offer for offer, _ in available(settings, "medical_disputes", None)}
    assert files["YLJF_*.csv"].words["format"] == {"kind": "csv", "encoding": "gb18030"}
    calls = available(settings, "youth_hotline", None)[0][0]
    assert calls.words["rows"] == "Calls.Call"
    assert calls.words["pagination"]["total"] == "TotalCount"
    assert calls.words["sync"] == {"param": "BeginTime", "until_param": "EndTime"}


def test_a_stranger_becomes_a_declaration_that_compiles(home: Path, systems: Path) -> None:
    """What docs/onboarding.md tells, with the same commands."""
    path = systems / "peoples_mediation.yml"
    path.unlink()
    given = {"HUB_SYSTEMS": str(systems)}
    run_hub(
        home, "new", "peoples_mediation", "--kind", "database", "--department", "justice_department",
        "--title", "人民调解", "--title-en", "Mediation", "--contract", "case_steps", "--dataset", "steps", **given,
    )  # fmt: skip
    text = path.read_text(encoding="utf-8").replace("schedule:", "# theirs runs at the full hour\nschedule:")
    path.write_text(text, encoding="utf-8")
    run_hub(home, "discover", "peoples_mediation", "steps", "--from", "T_MEDIATION_STEP", "--write", **given)
    run_hub(home, "discover", "peoples_mediation", "cases", "--from", "T_MEDIATION_CASE", "--contract", "case_reports",
            "--write", **given)  # fmt: skip
    before = path.read_text(encoding="utf-8")
    for name in ("steps", "cases"):
        run_hub(home, "discover", "peoples_mediation", name, "--write", **given)
    assert path.read_text(encoding="utf-8") == before, "what is mapped already is left as it is"
    assert "# theirs runs at the full hour" in before
    assert "# required, and no field found: matter_kind 事项性质" in before
    assert "# not matched: ADD_TIME" in before
    written = read_system(path)
    theirs = SYSTEMS["peoples_mediation"].datasets
    assert list(written.datasets) == ["steps", "cases"]
    assert written.datasets["steps"].key == theirs["mediation_steps"].key
    assert written.datasets["steps"].sync.cursor == "UPDATE_TIME"
    mapped = {column: one.source for column, one in written.datasets["steps"].fields.items()}
    assert mapped == {column: one.source for column, one in theirs["mediation_steps"].fields.items()}
    checked = hub_json(home, "check", "peoples_mediation", check=False, **given)
    lacking = "peoples_mediation.cases: contract case_reports requires matter_kind: map them"
    unfilled, misfit = [row["message"].partition(": ")[2] for row in checked if not row["ok"]]
    assert unfilled.startswith("FILL_IN still stands in deletes (line ")
    assert misfit == lacking
    assert len(checked) == 4, "and both of its tables are there"
    assert "SELECT" in run_hub(home, "sql", "peoples_mediation", "steps", **given).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("peoples_mediation", "new_one"), "say --from what it is read: T_AGREEMENT"),
        (("peoples_mediation", "new_one", "--from", "T_NONE", "--contract", "case_steps"), "offers no 'T_NONE'"),
        (("peoples_mediation", "new_one", "--from", "T_MEDIATOR"), "say --contract, one of: agreements"),
        (("peoples_mediation", "mediators", "--contract", "agreements"), "fills mediators"),
        (("nobody",), "declared are: bank_complaints, base_library, community_correction"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_to_give(
    home: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run_hub(home, "discover", *arguments, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("system", list(LISTING))
def test_a_probe_finds_nothing_wrong_with_the_sandbox(home: Path, systems: Path, system: str) -> None:
    names = LISTING[system][:2]
    found: list[dict[str, Any]] = hub_json(home, "probe", system, *names, "--write", HUB_SYSTEMS=str(systems))
    assert [one for one in found if one["state"] == "fail"] == []
    by_check = {(one["check"], one["dataset"]): one for one in found}
    secret = by_check["auth", None]
    source: Any = SYSTEMS[system].source
    asks_none = getattr(getattr(source, "auth", None), "kind", "") == "none"
    is_local = getattr(getattr(source, "transport", None), "kind", "") == "local"
    has_secret = source.kind != "database" and not asks_none and not is_local
    assert secret["state"] == ("ok" if has_secret else "none")  # SQLite and folders ask for none
    for name in names:
        paged = hasattr(getattr(SYSTEMS[system].datasets[name], "pagination", None), "size")
        assert by_check["paging", name]["state"] in (("ok", "unknown") if paged else ("none",))
        assert by_check["since", name]["state"] in ("ok", "unknown", "none")
        assert by_check["again", name]["state"] == "ok"
    kept = (systems / f"{system}.yml").read_text(encoding="utf-8").splitlines()
    start, end = kept.index("    # hub probe >"), len(kept) - 1 - kept[::-1].index("    # < hub probe")
    assert kept[:start] == (FOLDER / f"{system}.yml").read_text(encoding="utf-8").splitlines()[:start]
    assert end > start
    assert read_system(systems / f"{system}.yml").datasets == SYSTEMS[system].datasets
