"""The rules that compare records, over small worlds, against plain Python from the words of the contract."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub import catalogue
from schemas.stages import transitions

AS_OF = datetime(2024, 7, 1, 20)
RULES = {(one.contract, one.rule.id): one for one in catalogue.record_rules()}
REPORTS = {"court_odr": "pre_suit_cases", "peoples_mediation": "mediation_cases", "petition_hotline": "work_orders"}
STEPS = {"court_odr": "pre_suit_steps", "peoples_mediation": "mediation_steps"}
CHILDREN = {
    "case_steps": STEPS, "agreements": {"peoples_mediation": "agreements"},
    "confirmations": {"court_odr": "confirmations"}, "referrals": {"court_odr": "referrals"},
    "case_transfers": {"petition_hotline": "transfers"}, "evaluations": {"petition_hotline": "evaluations"},
    "visits": {"petition_hotline": "visits"},
}  # fmt: skip
UNDECLARED = "old_export"  # a dataset that no declaration names any more: its records stay, nobody judges them
Row = dict[str, Any]
World = dict[str, list[Row]]


def keyed(rows: list[Row]) -> list[Row]:
    """The rows with a key of their own."""
    return [{"source_id": f"K{number}", **row} for number, row in enumerate(rows)]


def of(datasets: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    """A system and its dataset; now and then a dataset that is not declared."""
    places = [{"system": system, "dataset": name} for system, name in datasets.items()]
    return st.sampled_from(places * 4 + [{**places[0], "dataset": UNDECLARED}])


def merged(*parts: Any) -> st.SearchStrategy[Row]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


REPORT_IDS = ["R1", "R2", "R3", None]
DAYS = [AS_OF - timedelta(days=days) for days in (0, 10, 30, 31, 300)]
reports = st.lists(
    merged(
        of(REPORTS),
        st.fixed_dictionaries(
            {
                "source_id": st.sampled_from(REPORT_IDS[:3]),
                "grid_code": st.sampled_from(["330108002001001", "330108002001002", None]),
                "status_code": st.sampled_from(["20", "21", "22", "51", "90", "91", "96", None]),
                "result_code": st.sampled_from(["01", "04", None]),
                "closed_at": st.sampled_from([*DAYS, None]),
            }
        ),
    ),
    max_size=8,
    unique_by=lambda row: (row["system"], row["source_id"]),
)
steps = st.lists(
    merged(
        of(STEPS),
        st.fixed_dictionaries(
            {
                "report_source_id": st.sampled_from(REPORT_IDS),
                "step_code": st.sampled_from(["01", "02", None]),
                "stage_code": st.sampled_from(["10", "20", "30", "40", "50", None]),
                "status_code": st.sampled_from(["21", "96", None]),
                "happened_at": st.sampled_from([*DAYS, None]),
            }
        ),
    ),
    max_size=12,
).map(keyed)
worlds = st.fixed_dictionaries(
    {
        "case_reports": reports,
        "case_steps": steps,
        "grids": st.lists(
            merged(of({"peoples_mediation": "grid_units"}), st.fixed_dictionaries(
                {"grid_code": st.sampled_from(["330108002001001", "330108002001003", None])}
            )), max_size=3,
        ).map(keyed),
        "organisations": st.lists(
            merged(of({"peoples_mediation": "committees"}), st.fixed_dictionaries(
                {"uscc": st.sampled_from(["91330000755918469E", "913302033168690875", None])}
            )), max_size=4,
        ).map(keyed),
        "mediators": st.lists(
            merged(of({"peoples_mediation": "mediators"}), st.fixed_dictionaries(
                {"organisation_source_id": st.sampled_from(["K0", "K1", "K9", None])}
            )), max_size=3,
        ).map(keyed),
        "link.memberships": st.lists(
            st.fixed_dictionaries(
                {
                    "system": st.sampled_from(sorted(REPORTS)), "source_id": st.sampled_from(REPORT_IDS[:3]),
                    "case_code": st.sampled_from(["JF1", "JF2"]),
                }
            ), max_size=9, unique_by=lambda row: (row["system"], row["source_id"]),
        ),
        "ops.open_rejections": st.lists(
            st.fixed_dictionaries(
                {
                    "contract": st.sampled_from(["case_reports", "case_steps", "organisations"]),
                    "system": st.sampled_from(sorted(REPORTS)),
                    "source_id": st.sampled_from([*REPORT_IDS, "K9"]),
                }
            ), max_size=3,
        ),
    }
)  # fmt: skip


def failing(world: World) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Which records break which rule, by plain Python."""
    out: dict[tuple[str, str], set[tuple[str, str]]] = {key: set() for key in RULES}
    waiting = {(row["contract"], row["system"], row["source_id"]) for row in world["ops.open_rejections"]}

    def judged(contract: str) -> list[Row]:
        return [row for row in world.get(contract, []) if row["dataset"] != UNDECLARED]

    def fails(contract: str, rule: str, row: Row) -> None:
        out[contract, rule].add((row["system"], row["source_id"]))

    def reference(contract: str, column: str, to: str) -> None:
        keys = {(row["system"], row["source_id"]) for row in world[to]}
        for row in judged(contract):
            place = (row["system"], row[column])
            started = any(system == row["system"] for system, _ in keys)
            if row[column] and started and place not in keys and (to, *place) not in waiting:
                fails(contract, f"{column}.reference", row)

    def unique(contract: str, field: str, *columns: str) -> None:
        groups = Counter((row["system"], *(row[name] for name in columns)) for row in judged(contract))
        for row in judged(contract):
            group = (row["system"], *(row[name] for name in columns))
            if None not in group and groups[group] > 1:
                fails(contract, f"{field}.unique", row)

    for contract in CHILDREN:
        reference(contract, "report_source_id", "case_reports")
    reference("mediators", "organisation_source_id", "organisations")
    unique("case_steps", "happened_at", "report_source_id", "step_code", "happened_at")
    unique("organisations", "uscc", "uscc")
    unique("grids", "grid_code", "grid_code")

    grids = {row["grid_code"] for row in world["grids"]} - {None}
    for row in judged("case_reports"):
        says = row["system"] != "court_odr"  # its declaration fills no grid
        if says and grids and row["grid_code"] and row["grid_code"] not in grids:
            fails("case_reports", "grid_code.reference", row)

    told = [row for row in judged("case_steps") if row["report_source_id"] and row["stage_code"] and row["happened_at"]]
    told.sort(key=lambda row: (row["happened_at"], row["stage_code"], row["source_id"]))
    last: dict[tuple[str, str], str] = {}
    for row in told:
        place = (row["system"], row["report_source_id"])
        before = last.get(place, row["stage_code"])
        last[place] = row["stage_code"]
        allowed = (before, row["stage_code"]) in transitions().stages or before == row["stage_code"]
        if not allowed and row["status_code"] != "96":
            fails("case_steps", "status_code.transition", row)

    case_of = {(row["system"], row["source_id"]): row["case_code"] for row in world["link.memberships"]}
    for row in judged("case_reports"):
        for other in judged("case_reports"):
            case = case_of.get((row["system"], row["source_id"]))
            if case is None or case != case_of.get((other["system"], other["source_id"])):
                continue
            if row["system"] == other["system"]:
                continue
            both = row["closed_at"] and other["closed_at"] and row["result_code"] and other["result_code"]
            if both and row["result_code"] != other["result_code"]:
                fails("case_reports", "result_code.agreement", row)
            over = other["closed_at"] and AS_OF - other["closed_at"] > timedelta(days=30)
            if row["status_code"] in {"20", "21"} and other["status_code"] in {"51", "90", "91"} and over:
                fails("case_reports", "status_code.agreement", row)
    return out


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    world=worlds,
    hanging=st.lists(st.tuples(st.sampled_from(sorted(CHILDREN)), st.sampled_from(REPORT_IDS)), max_size=6),
)
def test_each_rule_fails_the_records_that_plain_python_fails(
    records: Any, world: World, hanging: list[tuple[str, str | None]]
) -> None:
    for number, (contract, report) in enumerate(hanging):
        system, dataset = next(iter(CHILDREN[contract].items()))
        row = {"system": system, "dataset": dataset, "source_id": f"H{number}", "report_source_id": report}
        if contract == "case_steps":
            row |= dict.fromkeys(("step_code", "stage_code", "status_code", "happened_at"))
        world.setdefault(contract, []).append(row)
    records.fill(world)
    expected = failing(world)
    for key, rule in RULES.items():
        assert records.failing(rule).keys() == expected[key], key
