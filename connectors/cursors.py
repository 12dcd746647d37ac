"""The greatest cursor value of a page, read without turning its rows into objects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import msgspec

from schemas.declaration import Dataset

_SHANGHAI = timezone(timedelta(hours=8))
_COMMON_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y/%m/%d")


def greatest_cursor(rows: list[bytes], dataset: Dataset) -> str | None:
    """The greatest value of the dataset's cursor field in JSON rows, as ISO text; None where no value is a time.

    The result may be in the year 9999: whoever keeps a bookmark caps it.
    """
    if dataset.sync.cursor is None or not rows:
        return None
    row_type = msgspec.defstruct("Row", [("value", str | float | None, None)], rename={"value": dataset.sync.cursor})
    decoder = msgspec.json.Decoder(row_type)
    values: list[str | float] = []
    for row in rows:
        try:
            value = msgspec.structs.astuple(decoder.decode(row))[0]
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue  # quality quarantines this row
        if value is not None:
            values.append(value)
    return greatest_time(values, dataset)


def greatest_time(values: Iterable[str | float], dataset: Dataset) -> str | None:
    """The greatest time among texts (of one form) and epoch milliseconds, as ISO text."""
    texts = []
    numbers = []
    for value in values:
        if isinstance(value, str):
            text = value.strip()
            if text.isascii() and text[:4].isdigit():
                texts.append(text)
        else:
            numbers.append(value)
    moments = [_from_text(max(texts), dataset)] if texts else []
    if numbers:
        moments.append(_from_milliseconds(max(numbers)))
    known = [moment for moment in moments if moment is not None]
    return max(known).isoformat(sep=" ") if known else None


def _from_text(text: str, dataset: Dataset) -> datetime | None:
    formats = [one for field in dataset.fields.values() if field.source == dataset.sync.cursor for one in field.formats]
    if text.isdigit() and len(text) == 13:
        return _from_milliseconds(float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _by_formats(text, [*formats, *_COMMON_FORMATS])
    return moment.astimezone(_SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment


def _by_formats(text: str, formats: list[str]) -> datetime | None:
    for one in formats:
        try:
            return datetime.strptime(text, one)
        except ValueError:
            continue
    return None


def _from_milliseconds(value: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(value / 1000, _SHANGHAI).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None
