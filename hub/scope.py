"""Who may see what. Every query of the portal, and every return, goes through `scope()`; what it grants not is refused.

A scope turns a table name into a sub-select that holds only the rows (and columns) that a person or receiver may see.
`portal.reader` writes no table name into SQL by any other way, so a forgotten filter cannot happen: a table without
a rule for the role has no sub-select, and the query is refused before it reaches DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypedDict

from operations.order_states import DEPARTMENT_ACTS, Act

PROVINCE_AREA = "33"


class Refused(Exception):
    """The person may not see this. Carries a Chinese sentence for the page."""


class OrdersSeen(TypedDict):
    """The part of the work orders that somebody sees, as arguments of operations.work_orders.listing."""

    department: str | None
    sent: bool


class Person(Protocol):
    """What a scope needs to know of an account (operations.users.User has it)."""

    @property
    def login(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def area_code(self) -> str | None: ...
    @property
    def department(self) -> str | None: ...


# Where a table is published: `marts` is small and holds what every page needs, `current` holds single cases.
_FILES = {"mart": "marts", "ref": "marts", "core": "current", "ops": "current"}
_IN_MARTS = {"ops.versions"}

_REFERENCE = (
    *("ref.divisions", "ref.division_successors", "ref.codes", "ref.platforms", "ref.clocks", "ref.metrics"),
    *("ref.variants", "ref.rules", "ref.tiers", "ref.systems", "ref.datasets", "ref.origins"),
    *("ops.versions", "ops.metric_steps"),
)
_OF_A_PLACE = ("core.cases", "core.grids", "mart.grids")
# Arrivals and what came of them carry the place of their own report; a case may hold reports of two places.
_OF_A_REPORT = (
    "core.case_reports",
    "core.visits",
    "core.transfers",
    "core.transfer_hops",
    "core.agreements",
    "core.confirmations",
    "core.referrals",
    "core.evaluations",
)
# What a case has come to, whoever reported it: seen by all who see the case.
_STATE_OF_A_CASE = ("core.case_holders", "core.colour_history")
_OF_A_CASE = ("core.case_steps", "core.parties", "core.local_codes", *_STATE_OF_A_CASE)
_ALIASES = ("core.case_aliases",)
_AREA_MARTS = ("mart.centre", "mart.platforms", "mart.types", "ops.metric_changes", "ops.metric_rows")
# Nothing in it tells of a small place, so that everybody may see all of it.
_FOR_ALL = ("mart.released", "mart.definition_differences")
_OF_A_DEPARTMENT = (
    *("mart.quality", "mart.quality_scores", "mart.quality_history", "mart.quality_changes"),
    *("mart.trust", "mart.volumes"),
)
_OF_A_SYSTEM = (
    *("core.failing_rows", "core.dataset_issues"),
    *("ops.loads", "ops.open_rejections", "ops.order_rows"),
)


def place_predicate(parameter: str) -> str:
    """Rows of a case-like table inside the area `$parameter` (33, 3301, 330108, 330108001, village or grid code).

    The column is chosen by the length of the code, so a row whose town contradicts its county is never seen by both.
    """
    return (
        f"(length(${parameter}) = 2 OR starts_with(CASE WHEN length(${parameter}) <= 6 THEN county_code "
        f"WHEN length(${parameter}) <= 9 THEN town_code WHEN length(${parameter}) <= 12 THEN village_code "
        f"ELSE grid_code END, ${parameter}))"
    )


_OWN_SYSTEMS = "(SELECT system FROM marts.ref.systems WHERE department = $scope_department)"
_OWN_CASES = f"(SELECT case_code FROM current.core.case_reports WHERE system IN {_OWN_SYSTEMS})"
_PLACE_CASES = f"(SELECT case_code FROM current.core.cases WHERE {place_predicate('scope_area')})"
# A department sees the parties of a case only where every report of the case is its own.
_ONLY_OWN_CASES = (
    f"{_OWN_CASES} AND case_code NOT IN "
    f"(SELECT case_code FROM current.core.case_reports WHERE case_code IS NOT NULL AND system NOT IN {_OWN_SYSTEMS})"
)


def _rules() -> dict[str, dict[str, str]]:
    """role -> table -> predicate; the one place that grants anything."""
    everything = (
        *(*_REFERENCE, *_OF_A_PLACE, *_OF_A_REPORT, *_OF_A_CASE),
        *(*_ALIASES, *_AREA_MARTS, *_FOR_ALL, *_OF_A_DEPARTMENT, *_OF_A_SYSTEM),
    )
    province = dict.fromkeys(everything, "true")
    # An engineer follows rows to their source and has no duty towards the people in them.
    engineer = {table: "true" for table in everything if table != "core.parties"}
    place = place_predicate("scope_area")
    county = (
        dict.fromkeys((*_REFERENCE, *_FOR_ALL), "true")
        | dict.fromkeys(_OF_A_PLACE, place)
        | dict.fromkeys(_OF_A_REPORT, f"({place} OR case_code IN {_PLACE_CASES})")
        | dict.fromkeys(_OF_A_CASE, f"case_code IN {_PLACE_CASES}")
        | dict.fromkeys(_ALIASES, f"new_code IN {_PLACE_CASES}")
        | dict.fromkeys(_AREA_MARTS, "starts_with(area_code, $scope_area)")
        | dict.fromkeys(("mart.quality", "mart.quality_scores", "mart.trust", "core.dataset_issues"), "true")
    )
    department = (
        dict.fromkeys((*_REFERENCE, *_FOR_ALL), "true")
        | dict.fromkeys(_OF_A_DEPARTMENT, "department = $scope_department")
        | dict.fromkeys((*_OF_A_SYSTEM, *_OF_A_REPORT, "core.case_steps"), f"system IN {_OWN_SYSTEMS}")
        | dict.fromkeys(("core.cases", *_STATE_OF_A_CASE), f"case_code IN {_OWN_CASES}")
        | {"core.parties": f"case_code IN {_ONLY_OWN_CASES}"}
        | dict.fromkeys(_ALIASES, f"new_code IN {_OWN_CASES}")
    )
    auditor = dict.fromkeys((*_REFERENCE, *_FOR_ALL), "true")  # looks at what people did, never at cases
    return {
        "province": province, "engineer": engineer, "county": county, "department": department, "auditor": auditor
    }  # fmt: skip


_RULES = _rules()
_OTHERS_KEYS = ", ".join(
    f"CASE WHEN {which}_system IN {_OWN_SYSTEMS} THEN {which}_{column} END AS {which}_{column}"
    for which in ("first", "leading")
    for column in ("system", "source_id")
)
_OTHERS_EVIDENCE = '\'{"system": null, "source_id": null, "matched": null}\''
_COLUMNS = {
    # Quality counts are of whole systems; the source keys in them may belong to another county's rows.
    ("county", "mart.quality"): "* REPLACE (CAST([] AS VARCHAR[]) AS example_source_ids)",
    # A department does not learn by which reports of others its case is known.
    ("department", "core.cases"): f"* REPLACE ({_OTHERS_KEYS})",
    ("department", "core.case_reports"): (
        "* REPLACE (CASE WHEN link_evidence IS NOT NULL"
        f" THEN CAST(json_merge_patch(link_evidence, {_OTHERS_EVIDENCE}) AS VARCHAR) END AS link_evidence)"
    ),
}

# Work orders are in the operations database: which roles see any, and what each may do. A role not named sees none.
_OVERSEERS: tuple[Act, ...] = ("send", "return", "waive")
_ACTS: dict[str, tuple[Act, ...]] = {
    "province": _OVERSEERS,
    "engineer": _OVERSEERS,
    "department": DEPARTMENT_ACTS,
}

# What gate and audit found is about the whole hub, and in the operations database. A role not named sees none of it.
_SEE_GATE = ("province", "engineer")

# Who says which cases are one dispute: codes of the whole province change by it. A role not named sees none of it.
_DECIDE_LINKS = ("province", "engineer")

# Personal values are for those who handle cases, of reports that they see; who had which is for somebody else to check.
_REVEAL = ("province", "county")
_AUDIT = ("auditor",)

# A county or a department takes back its own rows; these roles see who took what.
_SEE_RETURNS = ("province", "engineer", "auditor")


@dataclass(frozen=True)
class Scope:
    """What one person may see; made by `scope()` only."""

    role: str
    area: str | None
    department: str | None

    def table(self, name: str) -> str:
        """A sub-select of the rows of `name` this person may see. Raises Refused where nothing is granted."""
        predicate = _RULES[self.role].get(name)
        if predicate is None:
            raise Refused("您的角色不能查看这类内容。如工作需要，请联系省级管理员调整账号的角色。")
        schema = name.split(".", 1)[0]
        file = "marts" if name in _IN_MARTS else _FILES[schema]
        columns = _COLUMNS.get((self.role, name), "*")
        return f"(SELECT {columns} FROM {file}.{name} WHERE {predicate})"

    def parameters(self) -> dict[str, str | None]:
        """Values for the parameters that `table` may mention."""
        return {"scope_area": self.area, "scope_department": self.department}

    def grants(self, name: str) -> bool:
        return name in _RULES[self.role]

    def orders(self) -> OrdersSeen:
        """What narrows operations.work_orders.listing to the orders this person may see. Raises Refused for none.

        A department sees what was sent to it, so never a fault of ours.
        """
        if not self.sees_orders:
            raise Refused("您的角色不能查看整改工单。如工作需要，请联系省级管理员调整账号的角色。")
        if self.role == "department":
            return {"department": self.department, "sent": True}
        return {"department": None, "sent": False}

    @property
    def sees_orders(self) -> bool:
        return self.role in _ACTS

    def may(self, act: str) -> bool:
        """Whether this person may do this to an order that they see."""
        return act in _ACTS.get(self.role, ())

    @property
    def sees_gate(self) -> bool:
        return self.role in _SEE_GATE

    def gate(self) -> None:
        """Raises Refused for whoever may not see what gate and audit found."""
        if not self.sees_gate:
            raise Refused("您的角色不能查看质量门禁。如工作需要，请联系省级管理员调整账号的角色。")

    @property
    def decides_links(self) -> bool:
        return self.role in _DECIDE_LINKS

    def decide_links(self) -> None:
        """Raises Refused for whoever may not say which cases are one dispute."""
        if not self.decides_links:
            raise Refused("您的角色不能认定并案。如工作需要，请联系省级管理员调整账号的角色。")

    @property
    def reveals(self) -> bool:
        return self.role in _REVEAL

    def reveal(self) -> None:
        """Raises Refused for whoever may not have personal values shown."""
        if not self.reveals:
            raise Refused("您的角色不能查看个人信息原值。如工作需要，请联系省级管理员调整账号的角色。")

    @property
    def audits(self) -> bool:
        return self.role in _AUDIT

    def audit(self) -> None:
        """Raises Refused for whoever may not see who had which values revealed."""
        if not self.audits:
            raise Refused("只有审计角色能查看原值查看记录。如工作需要，请联系省级管理员调整账号的角色。")

    @property
    def receiver(self) -> str | None:
        """The code by which this county or department takes rows back; None for a role that takes none."""
        return {"county": self.area, "department": self.department}.get(self.role)

    def returns(self) -> str | None:
        """Whose returns are seen: one's own, or everybody's (None). Raises Refused for a role that sees none."""
        if self.receiver is None and self.role not in _SEE_RETURNS:
            raise Refused("您的角色不能查看数据回流。如工作需要，请联系省级管理员调整账号的角色。")
        return self.receiver

    def receive(self, receiver: str) -> None:
        """Raises Refused unless this is one's own code: nobody takes or acknowledges the rows of another."""
        if self.receiver is None:
            raise Refused("您的角色不接收数据回流：只有地区和部门账号可以领取和确认本单位的数据。")
        if self.receiver != receiver:
            raise Refused(f"不能领取 {receiver} 的回流：您的账号属于 {self.receiver}，只能领取本单位的数据。")

    def inside(self, area: str) -> str:
        """`area` again, when it lies within this person's area. Raises Refused otherwise."""
        if self.area is None or not area.startswith(self.area):
            raise Refused("这个地区不在您的权限范围内。请从“治理视图”回到您所在的地区。")
        return area


def scope(person: Person | None) -> Scope:
    """The scope of a signed-in person. Raises Refused for nobody, an unknown role, or an account without its place."""
    if person is None or person.role not in _RULES:
        raise Refused("请先登录。")
    if person.role == "county":
        if not person.area_code:
            raise Refused("账号没有设定所属地区，请联系省级管理员补充。")
        return Scope("county", person.area_code, None)
    if person.role == "department":
        if not person.department:
            raise Refused("账号没有设定所属部门，请联系省级管理员补充。")
        return Scope("department", PROVINCE_AREA, person.department)
    return Scope(person.role, PROVINCE_AREA, None)
