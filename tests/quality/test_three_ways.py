"""Every rule of generated rows and records, counted three ways: compiled, by Great Expectations and by plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import court_reports
import duckdb
import pytest
import sample_rows
from court_row import COURT_ROW
from desk import AS_OF, CONTRACTS, SYSTEMS, Desk, ndjson
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from record_tables import Records
from record_worlds import RULES, World, failing, worlds

from hub import catalogue
from operations.settings import Settings
from quality import audit_records, audit_suite
from quality.audit import audit_records as count_records
from quality.audit import audit_rows
from quality.tally import Tally

BATCHES, ROWS = 6, 200
PIECE = 20  # rows that are drawn at once: Hypothesis takes no more than some thousand choices for an example
WORLDS = 60


class Counted(NamedTuple):
    """Tallies of the first two counts, and the third by system, dataset and rule."""

    tallies: list[Tally]
    python: Counter[tuple[str, str, str]]


def drawn(strategy: st.SearchStrategy[Any], examples: int) -> list[Any]:
    """So many examples of a strategy."""
    found: list[Any] = []

    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate])
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found


def batches(rows: st.SearchStrategy[Any]) -> list[list[Any]]:
    pieces = drawn(st.lists(rows, min_size=PIECE, max_size=PIECE), BATCHES * ROWS // PIECE)
    each = ROWS // PIECE
    return [[row for piece in pieces[start : start + each] for row in piece] for start in range(0, len(pieces), each)]


def by_rule(system: str, dataset: str, broken: Callable[[Any], set[str]], rows: list[Any]) -> Counter[Any]:
    return Counter((system, dataset, rule) for row in rows for rule in broken(row))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("three_ways") / "home")


@pytest.fixture(scope="module")
def reports(desk: Desk) -> Counted:
    """Court reports, landed as several loads."""
    drawn_batches = batches(court_reports.rows)
    loads = [desk.land(ndjson(*({**COURT_ROW, **row} for row in batch))) for batch in drawn_batches]
    dataset = SYSTEMS["court_odr"].datasets["pre_suit_cases"]
    statement = catalogue.statements()["court_odr", "pre_suit_cases"]
    found = audit_rows(desk.settings, loads, statement, dataset, CONTRACTS["case_reports"], AS_OF)
    assert found.rows == BATCHES * ROWS
    rows = [row for batch in drawn_batches for row in batch]
    return Counted(found.tallies, by_rule("court_odr", "pre_suit_cases", court_reports.broken, rows))


@pytest.fixture(scope="module")
def samples(desk: Desk) -> Counted:
    """Rows of the contract with the other kinds of row rule."""
    drawn_batches = batches(sample_rows.rows)
    loads = [desk.land(ndjson(*batch), dataset="samples") for batch in drawn_batches]
    found = audit_rows(
        desk.settings, loads, sample_rows.STATEMENT, sample_rows.DATASET, sample_rows.CONTRACT, sample_rows.AS_OF
    )
    rows = [row for batch in drawn_batches for row in batch]
    return Counted(found.tallies, by_rule("court_odr", "samples", sample_rows.broken, rows))


def side_by_side(small: list[World]) -> World:
    """One world of many, which know nothing of each other: each has its own keys, cases, grids and credit codes."""
    names = {"source_id", "report_source_id", "organisation_source_id", "grid_code", "uscc", "case_code"}
    whole: World = {}
    for number, world in enumerate(small):
        for table, rows in world.items():
            whole.setdefault(table, []).extend(
                {name: f"{number}.{value}" if name in names and value else value for name, value in row.items()}
                for row in rows
            )
    return whole


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """Records in their context, in a file as it is published."""
    folder = tmp_path_factory.mktemp("records")
    world = side_by_side(drawn(worlds, WORLDS))
    with duckdb.connect(str(folder / "current.duckdb")) as con:
        tables = Records(con)
        tables.fill(world)
        con.execute(f"CREATE TABLE ops.versions AS SELECT TIMESTAMP '{AS_OF}' AS as_of")
        con.execute("CREATE SCHEMA core; CREATE TABLE core.case_reports AS FROM link.memberships")
        con.execute(
            "CREATE TABLE ops.failing_records (contract VARCHAR, rule_id VARCHAR, system VARCHAR, source_id VARCHAR)"
        )
        for (contract, rule_id), rule in RULES.items():
            for system, source_id in tables.failing(rule):
                row = [contract, rule_id, system, source_id]
                con.execute("INSERT INTO ops.failing_records VALUES (?, ?, ?, ?)", row)
    home = Settings(home=folder)
    tallies = count_records(home, folder / "current.duckdb", RULES.values(), CONTRACTS, SYSTEMS.values(), SYSTEMS)
    datasets = {
        (key, system): " ".join(name for of, name in rule.versions if of == system)
        for key, rule in RULES.items()
        for system, _ in rule.versions
    }
    python = Counter(
        (system, datasets[key, system], key[1]) for key, found in failing(world).items() for system, _ in found
    )
    return Counted(tallies, python)


@pytest.mark.parametrize("world", ["reports", "samples", "records"])
def test_compiled_rules_great_expectations_and_plain_python_count_the_same(
    world: str, request: pytest.FixtureRequest
) -> None:
    tallies, python = request.getfixturevalue(world)
    counted = {
        (one.system, one.dataset, one.rule_id): (one.compiled, one.expected, one.error, one.keys) for one in tallies
    }
    assert python.keys() <= counted.keys()
    differ = {
        rule: (*found, python[rule]) for rule, found in counted.items() if not found[0] == found[1] == python[rule]
    }
    assert differ == {}


def test_every_kind_of_rule_is_broken_more_than_once(reports: Counted, samples: Counted, records: Counted) -> None:
    broken = Counter[str]()
    for one in (*reports.tallies, *samples.tallies, *records.tallies):
        broken[one.kind] += one.compiled or 0
    rare = {kind: broken[kind] for kind in {*audit_suite.EXPECTATIONS, *audit_records.EXPECTATIONS} if broken[kind] < 2}
    assert rare == {}


def test_every_rule_of_every_dataset_has_an_expectation_and_none_has_two() -> None:
    for (system, name), statement in catalogue.statements().items():
        dataset = SYSTEMS[system].datasets[name]
        expected = [check.id for check in audit_suite.suite(dataset, CONTRACTS[dataset.contract], AS_OF)]
        assert sorted(expected) == sorted(rule.id for rule in statement.rules), (system, name)
    asked = [
        (one.contract.name, one.check.id, place)
        for one in audit_records.records_asked(CONTRACTS, SYSTEMS.values())
        for place in one.places
        if place[0] == one.system
    ]
    compiled = [(one.contract, one.rule.id, place) for one in RULES.values() for place in one.versions]
    assert sorted(asked) == sorted(compiled)
