"""Work orders as the pages list them: which list one belongs to, its titles, its due date in words."""

from __future__ import annotations

from dataclasses import dataclass

from hub import catalogue
from hub.work_orders import due_in_words
from operations.store import Store
from portal.reader import Row
from quality.rules import SOURCE_UPDATED_AT
from schemas.departments import departments

PARTS = {
    "open": "未办结",
    "overdue": "已逾期",
    "unsent": "待派发",
    "ours": "数据仓自查",
    "closed": "已销号",
}
"""The lists that the page offers, by the word in its address."""


@dataclass(frozen=True)
class Shown:
    """An order with what the pages say of it: titles, its due date in words, and a colour that a word goes with."""

    order: Row
    system_title: str
    department_name: str
    dataset_title: str
    field_title: str
    source_field: str
    due: str

    @property
    def colour(self) -> str:
        if not self.order["is_open"]:
            return "green"
        if self.order["is_overdue"]:
            return "red"
        return "yellow" if self.order["state"] in ("sent", "reopened") else "blue"


def is_in(one: Row, part: str) -> bool:
    """Whether an order belongs to a list of PARTS."""
    mine = one["responsibility"] == "department"
    lists: dict[str, bool] = {
        "open": one["is_open"],
        "overdue": one["is_overdue"],
        "unsent": one["is_open"] and mine and one["sent_at"] is None,
        "ours": one["is_open"] and not mine,
        "closed": not one["is_open"],
    }
    return lists[part]


def shown(store: Store, one: Row) -> Shown:
    """What a page needs of an order of `listing`."""
    title, source = _field_names(one)
    contract = catalogue.contracts().get(one["contract"])
    department = departments().get(one["department"])
    return Shown(
        order=one,
        system_title=system_title(one),
        department_name=department.name_zh if department else one["department"],
        dataset_title=contract.title if contract else str(one["contract"]),
        field_title=title,
        source_field=source,
        due=due_in_words(store.settings, one),
    )


def system_title(one: Row) -> str:
    """The title of an order's system, or its id when it is declared no more."""
    system = catalogue.systems().get(one["system"])
    return system.title if system else str(one["system"])


def _field_names(one: Row) -> tuple[str, str]:
    """(the contract's title of the field, the source's own name of it); empty where there is none."""
    contract = catalogue.contracts().get(one["contract"])
    columns = contract.columns if contract else ()
    title = next((column.title for column in (*columns, SOURCE_UPDATED_AT) if column.name == one["field"]), "")
    system = catalogue.systems().get(one["system"])
    for dataset in system.datasets.values() if system else ():
        if dataset.contract == one["contract"] and one["field"] == "source_id":
            return "主键", " | ".join(dataset.key)
        mapped = dataset.fields.get(one["field"])
        if dataset.contract == one["contract"] and mapped is not None and mapped.source:
            return title, mapped.source
    return title, ""
