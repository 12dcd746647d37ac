"""The shipped contracts, code lists, crosswalks and divisions fit each other."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from quality.predicates import CHECKS
from quality.record_rules import RECORD_CHECKS
from schemas.codes import CodeError, code_list, code_lists, crosswalk
from schemas.contract import FOLDER, ContractError, load_contract, load_contracts
from schemas.declaration import load_systems
from schemas.stages import transitions
from schemas.workdays import CalendarError, workdays

CONTRACTS = load_contracts()
CROSSWALKS = FOLDER.parent / "crosswalks"


def test_every_kind_of_record_has_its_contract() -> None:
    assert set(CONTRACTS) == {
        "agreements", "case_parties", "case_reports", "case_steps", "case_transfers", "confirmations",
        "credit_records", "evaluations", "grid_workers", "grids", "mediators", "organisations", "persons",
        "platform_users", "referrals", "residential_areas", "verifications", "visits",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_is_chinese_classified_and_uses_known_words(name: str) -> None:
    contract = CONTRACTS[name]
    for column in contract.columns:
        assert re.search("[\u4e00-\u9fff]", column.title)
        assert column.code_list is None or code_list(column.code_list)
        if column.personal is not None:
            assert column.classification in ("L3", "L4"), f"{name}.{column.name} is personal"
            assert not column.public_office
    for rule in contract.rules:
        assert rule.check in {*CHECKS, *RECORD_CHECKS, "predicate"}
        named = {
            rule.arguments.get(key) for key in ("column", "earlier", "later", "inner", "outer", "when", "id_no", "sex")
        }
        assert named - {None} <= {column.name for column in contract.columns}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("classification: L1", "classification: L9"),
        ("engine: hub", "engine: other"),
        ("id: happened_at-future", "id: happened_at.future"),
        ("logicalTypeOptions: {maxLength: 200}", "logicalTypeOptions: {longest: 200}"),
        ("    physicalType: table", "    physicalType: table\n    colour: red"),
        ("eventAt, value: happened_at", "eventAt, value: never"),
    ],
)
def test_an_unknown_word_in_a_contract_is_an_error(tmp_path: Path, wrong: str, complaint: str) -> None:
    text = (FOLDER / "case_steps.odcs.yaml").read_text(encoding="utf-8")
    path = tmp_path / "case_steps.odcs.yaml"
    path.write_text(text.replace(wrong, complaint, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=r"case_steps\.odcs\.yaml"):
        load_contract(path)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_person_named_beside_organisations_says_which_of_the_two_a_row_is(name: str) -> None:
    """The mask of `x_name` shows an organisation and hides a person by `x_kind`, and hides minors by `has_minor`."""
    columns = {column.name: column for column in CONTRACTS[name].columns}
    for column in columns.values():
        if column.personal == "name" and {"uscc", column.name.replace("_name", "_uscc")} & columns.keys():
            kind = columns.get(column.name.removesuffix("name") + "kind")
            assert column.name == "legal_rep_name" or (kind is not None and kind.code_list == "party_kind")


def test_no_column_is_personal_in_one_table_and_public_in_another() -> None:
    """Publishing refuses a public column with the name of a personal one, whichever table it stands in."""
    columns = [column for contract in CONTRACTS.values() for column in contract.columns]
    personal = {column.name for column in columns if column.personal}
    assert personal.isdisjoint(column.name for column in columns if not column.personal)


def test_what_is_classified_high_and_is_no_code_or_mark_is_personal() -> None:
    """A date of birth beside a masked identity number, which lacks nothing else, would be the number."""
    columns = [(name, column) for name, contract in CONTRACTS.items() for column in contract.columns]
    high = [(name, column) for name, column in columns if column.classification in ("L3", "L4")]
    plain = [(name, column.name) for name, column in high if column.code_list is None and column.type != "BOOLEAN"
             and column.personal is None]  # fmt: skip
    assert plain == []


def test_what_the_law_calls_sensitive_never_leaves_the_vault() -> None:
    persons = {column.name: column for column in CONTRACTS["persons"].columns}
    for name in ("special_group_code", "correction_kind_code", "disability_kind_code", "disability_level_code"):
        assert (persons[name].personal, persons[name].classification) == ("sensitive", "L4")


def test_every_crosswalk_that_a_declaration_names_ends_in_its_code_list() -> None:
    systems, errors = load_systems()
    assert errors == []
    for system in systems.values():
        for dataset in system.datasets.values():
            for column, field in dataset.fields.items():
                if field.crosswalk is not None:
                    assert crosswalk(field.crosswalk, CONTRACTS[dataset.contract].column(column).code_list)


@pytest.mark.parametrize("path", sorted(CROSSWALKS.glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_of_a_crosswalk_says_how_sure_it_is_and_who_approved_it(path: Path) -> None:
    rows = crosswalk(path.stem)
    assert rows
    for row in rows:
        assert 0 < row.confidence <= 1, row
        assert row.approved_by.strip(), row
        assert row.from_label.strip(), row


def test_a_crosswalk_with_two_meanings_or_a_stranger_is_refused(tmp_path: Path) -> None:
    head = "from_code,from_label,to_code,confidence,approved_by,valid_from,valid_to\n"
    (tmp_path / "twice.csv").write_text(head + "1,a,01,1.0,x,,\n1,a,02,1.0,x,2020-01-01,\n", encoding="utf-8")
    with pytest.raises(CodeError, match="two meanings"):
        crosswalk("twice", None, tmp_path)
    (tmp_path / "renamed.csv").write_text(
        head + "1,a,01,1.0,x,,2020-01-01\n1,b,02,1.0,x,2020-01-01,\n", encoding="utf-8"
    )
    assert len(crosswalk("renamed", "scale", tmp_path)) == 2
    (tmp_path / "stranger.csv").write_text(head + "1,a,77,1.0,x,,\n", encoding="utf-8")
    with pytest.raises(CodeError, match="77"):
        crosswalk("stranger", "scale", tmp_path)


def test_code_lists_have_each_code_once_in_a_period() -> None:
    for name, codes in code_lists().items():
        assert len({(code.code, code.valid_from) for code in codes}) == len(codes), name
        assert all(code.list == name and code.label and code.code_system for code in codes)
    assert len(code_list("case_type")) == 95


def test_the_four_platforms_changed_in_september_2021() -> None:
    in_force = {
        day: {code.code for code in code_list("platform") if code.valid_from <= day < (code.valid_to or date.max)}
        for day in (date(2021, 8, 31), date(2021, 9, 1))
    }
    assert in_force == {date(2021, 8, 31): {"ZZ", "SJ", "ZF", "BM"}, date(2021, 9, 1): {"ZZ", "JZ", "YJ", "GG"}}


def test_a_moved_weekend_is_worked_and_a_holiday_is_not() -> None:
    days = {day.day: day.is_workday for day in workdays(date(2024, 2, 4), date(2024, 2, 12), today=date(2024, 7, 1))}
    assert days[date(2024, 2, 4)], "the Sunday before Spring Festival was worked"
    assert not days[date(2024, 2, 12)], "a Monday of Spring Festival"


def test_an_unpublished_year_is_provisional_and_a_missing_past_year_an_error() -> None:
    friday, saturday = list(workdays(date(2099, 1, 2), date(2099, 1, 3), today=date(2024, 7, 1)))
    assert (friday.is_workday, friday.provisional) == (True, True)
    assert (saturday.is_workday, saturday.provisional) == (False, True)
    with pytest.raises(CalendarError, match="1999"):
        list(workdays(date(1999, 1, 1), date(1999, 1, 1), today=date(2024, 7, 1)))


def test_the_stages_of_the_allowed_transitions_are_codes_of_the_list() -> None:
    stages = {code.code for code in code_list("stage")}
    assert {code for pair in transitions().stages for code in pair} == stages
    assert {code.code for code in code_list("status")} > set(transitions().statuses) == {"96"}
    assert ("10", "30") not in transitions().stages, "no confirmation without mediation"
