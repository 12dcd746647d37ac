"""Small worlds of records, links and open rejections, and by plain Python which records break which rule."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from hub import catalogue
from schemas.stages import transitions

AS_OF = datetime(2024, 7, 1, 20)
RULES = {(one.contract, one.rule.id): one for one in catalogue.record_rules()}
REPORTS = {"court_odr": "pre_suit_cases", "peoples_mediation": "mediation_cases", "petition_hotline": "work_orders"}
STEPS = {"court_odr": "pre_suit_steps", "peoples_mediation": "mediation_steps"}
CHILDREN = {
    "agreements": {"peoples_mediation": "agreements"},
    "confirmations": {"court_odr": "confirmations"}, "referrals": {"court_odr": "referrals"},
    "case_transfers": {"petition_hotline": "transfers"}, "evaluations": {"petition_hotline": "evaluations"},
    "visits": {"petition_hotline": "visits"},
}  # fmt: skip
UNDECLARED = "old_export"  # a dataset that no declaration names any more: its records stay, nobody judges them
Row = dict[str, Any]
World = dict[str, list[Row]]


def rows(datasets: dict[str, str], least: int, most: int, **values: list[Any]) -> st.SearchStrategy[list[Row]]:
    """Records of these systems with a key each; now and then one of a dataset that is not declared."""
    places = [{"system": system, "dataset": name} for system, name in datasets.items()]
    one = st.tuples(
        st.sampled_from(places * 4 + [{**places[0], "dataset": UNDECLARED}]),
        st.fixed_dictionaries({name: st.sampled_from(found) for name, found in values.items()}),
    )
    return st.lists(one, min_size=least, max_size=most).map(
        lambda found: [{"source_id": f"K{key}", **place, **row} for key, (place, row) in enumerate(found)]
    )


IDS = ["R1", "R2", "R3"]
DAYS = [AS_OF - timedelta(days=days) for days in (0, 10, 30, 31, 300)]
CASES = {(system, key): st.sampled_from(["JF1", "JF1", "JF2", None]) for system in REPORTS for key in IDS}


def only_one_of_a_key(found: list[Row]) -> list[Row]:
    return list({(row["system"], row["source_id"]): row for row in found}.values())


worlds = st.fixed_dictionaries(
    {
        "case_reports": rows(
            REPORTS, 4, 12, source_id=IDS, grid_code=["330108002001001", "330108002001002", None],
            status_code=["20", "21", "22", "51", "90", "91", None], result_code=["01", "04", None],
            closed_at=[*DAYS, None],
        ).map(only_one_of_a_key),
        "case_steps": rows(
            STEPS, 12, 16, report_source_id=[*IDS, "R4", None], step_code=["01", "01", None],
            stage_code=["10", "20", "30", "40", "50", None], status_code=["21", "21", "96", None],
            happened_at=[*DAYS[:2], None],
        ),
        "grids": rows({"peoples_mediation": "grid_units"}, 0, 4, grid_code=["330108002001001", None]),
        "organisations": rows({"peoples_mediation": "committees"}, 1, 4, uscc=["91330000755918469E", "M1", None]),
        "mediators": rows({"peoples_mediation": "mediators"}, 0, 3, organisation_source_id=["K0", "K1", "K9", None]),
        **{
            contract: rows(datasets, 1, 2, report_source_id=[*IDS, "R4", None])
            for contract, datasets in CHILDREN.items()
        },
        "link.memberships": st.fixed_dictionaries(CASES).map(
            lambda found: [
                {"system": system, "source_id": key, "case_code": case}
                for (system, key), case in found.items() if case
            ]
        ),
        "ops.open_rejections": st.lists(
            st.fixed_dictionaries(
                {
                    "contract": st.sampled_from(["case_reports", "case_steps", "organisations"]),
                    "system": st.sampled_from(sorted(REPORTS)), "source_id": st.sampled_from([*IDS, "R4", "K9", None]),
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

    for contract in ("case_steps", *CHILDREN):
        reference(contract, "report_source_id", "case_reports")
    reference("mediators", "organisation_source_id", "organisations")
    unique("case_steps", "happened_at", "report_source_id", "step_code", "happened_at")
    unique("organisations", "uscc", "uscc")

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
