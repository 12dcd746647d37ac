"""How single words of a declaration are read: spans, shares, sizes, rates, names, cron lines, lists.

Every scalar of the file arrives as text (strict YAML), so the meaning of `2h`, `5%` or `0601` is decided here
and nowhere else.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from croniter import croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

_SPAN_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZE_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_ENVIRONMENT = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Model(BaseModel):
    """A part of a declaration: immutable, and a word outside the vocabulary is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


def _span(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)([smhd])", value.strip())
    if match is None:
        raise ValueError(f"{value!r} is not a span; write a whole number and s, m, h or d, such as 90m or 2d")
    return timedelta(**{_SPAN_UNITS[match[2]]: int(match[1])})


def _share(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)%", value.strip())
    if match is None or float(match[1]) > 100:
        raise ValueError(f"{value!r} is not a share; write a percentage from 0% to 100%, such as 5%")
    return float(match[1]) / 100


def _size(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([1-9]\d*)(KiB|MiB|GiB)", value.strip())
    if match is None:
        raise ValueError(f"{value!r} is not a size; write a whole number and KiB, MiB or GiB, such as 64MiB")
    return int(match[1]) * _SIZE_UNITS[match[2]]


def _rate(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([1-9]\d*)/s", value.strip())
    if match is None:
        raise ValueError(f"{value!r} is not a rate; write requests a second, such as 10/s")
    return float(match[1])


def _per_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([1-9]\d*)/d", value.strip())
    if match is None:
        raise ValueError(f"{value!r} is not a quota; write requests a day, such as 5000/d")
    return int(match[1])


def _hours(value: object) -> object:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", str(value).strip())
    if match is None or match.group(1, 2) == match.group(3, 4):
        raise ValueError(f"{value!r} are no hours; write two times of day, such as 22:00-06:00")
    return value


def _cron(value: str) -> str:
    if len(value.split()) != 5 or not croniter.is_valid(value):
        raise ValueError(f"{value!r} is not a cron line of five fields, such as 5 * * * *")
    return value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": r"^\d+[smhd]$"})]
"""A length of time: `30s`, `90m`, `2h`, `7d`."""

Share = Annotated[float, BeforeValidator(_share), WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$"})]
"""A part of a whole, written `5%`, held as 0.05."""

Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d*[KMG]iB$"})]
"""An amount of bytes, written `64MiB`."""

Rate = Annotated[float, BeforeValidator(_rate), WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d*/s$"})]
"""Requests a second, written `10/s`, held as 10.0."""

PerDay = Annotated[int, BeforeValidator(_per_day), WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d*/d$"})]
"""Requests a day, written `5000/d`, held as 5000."""

Hours = Annotated[str, BeforeValidator(_hours)]
"""Hours of every day, Asia/Shanghai, from the first time up to the second, which may be on the next day."""

Cron = Annotated[str, AfterValidator(_cron)]
"""A cron line of five fields, Asia/Shanghai."""

Texts = Annotated[
    list[str],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""One text or a list of texts."""


def environment_names(text: str) -> list[str]:
    """The names between `${` and `}` in an address, which the environment must supply."""
    return _ENVIRONMENT.findall(text)


def fill_environment(text: str, environ: dict[str, str]) -> str:
    """An address with every `${NAME}` replaced. Raises KeyError(NAME) when the environment has none."""
    return _ENVIRONMENT.sub(lambda match: environ[match[1]], text)
