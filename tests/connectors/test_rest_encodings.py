"""Answers in the encoding that they name: older interfaces of departments answer in GBK and say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from previewed import previewed
from register import Register, row
from sources import Answer, lines

from connectors.base import Connector
from connectors.errors import ProtocolError
from schemas.declaration import System, read_system
from schemas.delivery import Window

TRIAL = Path(__file__).parent / "trials" / "rest_pages.yml"
ALL = Window(None, None)
ROWS = [
    row(number, f"2026-06-0{number + 1} 08:00:00") | {"name": name} for number, name in enumerate(["镕", "王", "〇"])
]


@pytest.fixture
def register() -> Register:
    return Register([dict(one) for one in ROWS])


@pytest.fixture
def trial() -> System:
    return read_system(TRIAL)


@pytest.fixture
def connector(trial: System, register: Register, serve: Callable, connect: Callable) -> Connector:
    serve(register)
    opened: Connector = connect(trial)
    return opened


def answered_in(encoding: str, named: str, spoil: tuple[bytes, bytes] = (b"", b"")) -> Callable:
    """The same answers in an encoding, under a name."""

    def alter(_: int, answer: Answer) -> Answer:
        body = json.dumps(json.loads(answer.body), ensure_ascii=False).encode(encoding)
        return Answer(body.replace(*spoil), headers={"Content-Type": f"application/json;charset={named}"})

    return alter


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("gb18030", "GBK"),  # who says GBK or GB2312 sends what its superset has
        ("gb18030", '"gb2312"'),
        ("gb18030", "GB18030"),
        ("utf-8", "utf8"),
        ("utf-8", "ISO-8859-1"),  # a server's default: what is UTF-8 is UTF-8
    ],
)
def test_rows_are_read_in_the_encoding_that_the_answer_names(
    connector: Connector, trial: System, register: Register, encoding: str, named: str
) -> None:
    register.alter = answered_in(encoding, named)
    found = [msgspec.json.decode(one) for one in lines(list(connector.read(trial.datasets["page"], ALL, None, None)))]
    assert found == register.rows
    assert [one["name"] for one in previewed(connector, trial.datasets["page"], 9)] == [
        one["name"] for one in register.rows
    ]


def test_a_character_that_is_not_of_the_encoding_spoils_its_own_row(
    connector: Connector, trial: System, register: Register
) -> None:
    register.alter = answered_in("gb18030", "GBK", ("王".encode("gb18030"), b"\xff\xff"))
    first, spoilt, last = lines(list(connector.read(trial.datasets["page"], ALL, None, None)))
    assert [msgspec.json.decode(one) for one in (first, last)] == [register.rows[0], register.rows[2]]
    assert b"\xff\xff" in spoilt


@pytest.mark.parametrize("named", ["x-chinese", "hex"])
def test_an_encoding_of_no_text_is_refused(connector: Connector, trial: System, register: Register, named: str) -> None:
    register.alter = answered_in("gb18030", named)
    with pytest.raises(ProtocolError, match=f"its Content-Type names the encoding {named}, in which it cannot be read"):
        list(connector.read(trial.datasets["page"], ALL, None, None))
