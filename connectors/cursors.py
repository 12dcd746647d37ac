"""Times on their way out and in: a bound as a request wants it, and the greatest cursor value of a page's rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from schemas.declaration import Dataset

_SHANGHAI = timezone(timedelta(hours=8))
_COMMON_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y/%m/%d")
_NAMED_FORMATS = ("iso", "iso_utc", "epoch_s", "epoch_ms")


def as_parameter(at: datetime, form: str) -> str | int:
    """A naive Asia/Shanghai time as a request carries it: `iso`, `iso_utc`, `epoch_s`, `epoch_ms` or a strptime
    pattern (a pattern gives local time, with %z its offset)."""
    aware = at.replace(tzinfo=_SHANGHAI)
    match form:
        case "iso":
            return aware.isoformat(timespec="seconds")
        case "iso_utc":
            return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        case "epoch_s":
            return int(aware.timestamp())
        case "epoch_ms":
            return int(aware.timestamp() * 1000)
        case _:
            return aware.strftime(form)


def grain(form: str) -> timedelta:
    """The least time that two bounds of this form can be apart and still differ."""
    if form in _NAMED_FORMATS or any(one in form for one in ("%S", "%T", "%c", "%X", "%s")):
        return timedelta(seconds=1)
    if "%M" in form or "%R" in form:
        return timedelta(minutes=1)
    return timedelta(hours=1) if "%H" in form or "%I" in form else timedelta(days=1)


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
    """The greatest time among texts (of one form) and epoch numbers, as ISO text.

    Numbers are seconds where the cursor's field or sync.format is `epoch_s`, else milliseconds.
    """
    formats = _declared_formats(dataset)
    unit = 1 if next((one for one in formats if one in ("epoch_s", "epoch_ms")), "") == "epoch_s" else 1000
    texts = []
    seconds = []
    for value in values:
        if not isinstance(value, str):
            seconds.append(value / unit)
            continue
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) == (10 if unit == 1 else 13):
            seconds.append(float(text) / unit)
        elif text.isascii() and text:
            texts.append(text)
    moments = _from_texts(texts, [one for one in formats if one not in _NAMED_FORMATS])
    moments += [_from_seconds(max(seconds))] if seconds else []
    found = [moment for moment in moments if moment is not None]
    return max(found).isoformat(sep=" ") if found else None


def _declared_formats(dataset: Dataset) -> list[str]:
    """How the cursor may be written: as its field says, else as the bound is sent."""
    declared = [
        one for field in dataset.fields.values() if field.source == dataset.sync.cursor for one in field.formats
    ]
    return [*declared, dataset.sync.format]


def _from_texts(texts: list[str], patterns: list[str]) -> list[datetime | None]:
    """The greatest of texts. Those that begin with the year sort as they are, so only their greatest is read."""
    if any(not pattern.startswith("%Y") for pattern in patterns):
        return [_by_formats(text, patterns) or _from_text(text, []) for text in texts]
    texts = [text for text in texts if text[:4].isdigit()]
    return [_from_text(max(texts), patterns)] if texts else []


def _from_text(text: str, patterns: list[str]) -> datetime | None:
    try:
        return _local(datetime.fromisoformat(text))
    except ValueError:
        return _by_formats(text, [*patterns, *_COMMON_FORMATS])


def _from_seconds(value: float) -> datetime | None:
    try:
        return _local(datetime.fromtimestamp(value, _SHANGHAI))
    except (OverflowError, ValueError, OSError):
        return None


def _by_formats(text: str, formats: list[str]) -> datetime | None:
    for one in formats:
        try:
            return _local(datetime.strptime(text, one))
        except ValueError:
            continue
    return None


def _local(moment: datetime) -> datetime:
    return moment.astimezone(_SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment
