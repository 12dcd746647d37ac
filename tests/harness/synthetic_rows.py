"""A row that breaks no rule, for any declaration: made from the contract, the code lists and the formats alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from stdnum.cn import ric, uscc

from schemas.codes import code_list, crosswalk
from schemas.contract import Column, Contract
from schemas.declaration import Dataset, Tombstone
from schemas.declared.dataset import FieldMap
from schemas.divisions import divisions

MOMENT = datetime(2024, 6, 3)
"""When everything in a synthetic row happened: midnight, so that a format without a time of day says the same."""

_ID_BODY = "33010819650307235"
ID_NO = _ID_BODY + ric.calc_check_digit(_ID_BODY + "0")
USCC = "91330000755918469" + uscc.calc_check_digit("91330000755918469")
PHONE = "13800000000"
VILLAGE = next(one.code for one in divisions() if one.level == "village" and one.code.startswith("330108"))
PLACES = {"county": VILLAGE[:6], "town": VILLAGE[:9], "village": VILLAGE, "grid": VILLAGE + "001"}
_EPOCH = {"epoch_ms": 1000, "epoch_s": 1}
_SHANGHAI = timedelta(hours=8)


def synthetic_row(dataset: Dataset, contract: Contract) -> dict[str, Any]:
    """The fields that the declaration uses, each with a value that its column accepts."""
    row: dict[str, Any] = dict.fromkeys(dataset.key, "K1")
    known = {column.name: column for column in contract.columns}
    for name, mapped in dataset.fields.items():
        if mapped.source is not None and (mapped.source not in dataset.key or name in known):
            row[mapped.source] = _value(known.get(name), mapped)
    if dataset.sync.cursor is not None:
        row.setdefault(dataset.sync.cursor, _time(()))
    if isinstance(dataset.deletes, Tombstone):
        row[dataset.deletes.field] = "no such mark"
    return row | {name: row.get(name, "x") for name in dataset.ignore}


def _value(column: Column | None, mapped: FieldMap) -> Any:
    if mapped.crosswalk is not None:
        valid = [row.from_code for row in crosswalk(mapped.crosswalk) if _holds(row.valid_from, row.valid_to)]
        return valid[0] if valid else "no code is mapped yet"  # the kit's test of crosswalks says what to do
    if column is None or column.type in ("TIMESTAMP", "DATE"):
        return _time(mapped.formats)
    if column.type == "BOOLEAN":
        return mapped.true_values[0] if mapped.true_values else "true"
    if column.code_list is not None:
        return next(one.code for one in code_list(column.code_list) if _holds(one.valid_from, one.valid_to))
    if column.division is not None:
        return PLACES[column.division]
    if not column.is_text:
        return column.minimum if column.maximum else "6"
    return _text(column)


def _text(column: Column) -> str:
    checks = {check.check for check in column.checks}
    if column.personal == "id_no":
        return ID_NO
    if column.personal == "phone":
        return PHONE
    if "gb32100" in checks:
        return USCC
    if column.personal == "name" or column.public_office:
        return "陈大文"
    return ("合成文本" * (column.min_length or 1))[: column.max_length or 4]


def _time(formats: list[str] | tuple[str, ...]) -> Any:
    form = formats[0] if formats else "%Y-%m-%d %H:%M:%S"
    if form in _EPOCH:
        return round((MOMENT - _SHANGHAI - datetime(1970, 1, 1)).total_seconds()) * _EPOCH[form]
    if form == "excel_serial":
        return str((MOMENT - datetime(1899, 12, 30)).days)
    return MOMENT.strftime(form.replace("%z", "+08:00"))


def _holds(since: date | None, until: date | None) -> bool:
    return (since or date.min) <= MOMENT.date() < (until or date.max)
