"""What stops a walk: repeated pages, lowered limits, truncated deliveries, links that lead away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from register import Register, Row, as_json, row
from sources import AS_OF, Answer, lines

from connectors.base import Connector
from connectors.errors import ConnectorError, IncompleteDeliveryError, ProtocolError
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import System, read_system
from schemas.delivery import Page, Window

TRIAL = Path(__file__).parent / "trials" / "rest_pages.yml"
WAYS = list(read_system(TRIAL).datasets)
ALL = Window(None, None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One operations database for the whole file: making one costs more than any of these reads."""
    home = Settings(home=tmp_path_factory.mktemp("home"), as_of=AS_OF)
    home.prepare()
    return Store(home)


@pytest.fixture
def trial() -> System:
    return read_system(TRIAL)


@pytest.fixture
def register() -> Register:
    days = (datetime(2026, 6, 1, 8) + timedelta(hours=7 * number) for number in range(11))
    return Register([row(number, f"{at:%Y-%m-%d %H:%M:%S}") for number, at in enumerate(days)])


@pytest.fixture
def connector(trial: System, register: Register, serve: Callable, connect: Callable) -> Connector:
    serve(register)
    opened: Connector = connect(trial)
    return opened


def decoded(pages: list[Page]) -> list[Row]:
    return [msgspec.json.decode(line) for line in lines(pages)]


def read(connector: Connector, trial: System, way: str, window: Window = ALL) -> list[Row]:
    return decoded(list(connector.read(trial.datasets[way], window, None, None)))


@pytest.mark.parametrize("way", ["page", "page_without_total", "offset", "offset_of_bare_list"])
def test_a_limit_that_the_source_lowers_silently_is_named(
    connector: Connector, trial: System, register: Register, way: str
) -> None:
    register.limit = 2
    with pytest.raises(IncompleteDeliveryError, match="set size to 2 or less"):
        read(connector, trial, way)


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("sliced", "whole")])
def test_a_page_that_comes_again_is_no_progress(
    connector: Connector, trial: System, register: Register, way: str
) -> None:
    kept: list[Answer] = []

    def again(number: int, answer: Answer) -> Answer:
        kept.append(answer)
        return kept[0]

    register.alter = again
    with pytest.raises(IncompleteDeliveryError, match=r"repeats|already used"):
        read(connector, trial, way)


def test_a_source_that_gives_its_last_page_for_every_later_one_has_ended(
    connector: Connector, trial: System, register: Register
) -> None:
    """Some frameworks clamp the page number."""
    kept: list[Answer] = []

    def clamp(number: int, answer: Answer) -> Answer:
        kept.append(answer)
        return kept[3] if number == 5 else answer

    register.alter = clamp
    assert read(connector, trial, "page_without_total") == register.rows


@pytest.mark.parametrize(("way", "words"), [("relay", "after 3 of 11 rows"), ("whole", "after 4 of 11 rows")])
def test_fewer_rows_than_announced_are_a_truncated_delivery(
    connector: Connector, trial: System, register: Register, way: str, words: str
) -> None:
    def end(number: int, answer: Answer) -> Answer:
        return Answer(answer.body.replace(b'"hasNextPage": true', b'"hasNextPage": false'), headers=answer.headers)

    register.limit = 4
    register.alter = end
    with pytest.raises(IncompleteDeliveryError, match=words):
        read(connector, trial, way)


def test_as_many_rows_as_the_known_cut_are_not_whole(connector: Connector, trial: System, register: Register) -> None:
    register.rows = [row(number) for number in range(1000)]
    with pytest.raises(IncompleteDeliveryError, match="1000 rows came, which is where the source cuts off"):
        read(connector, trial, "whole")


def test_a_slice_is_halved_until_it_is_whole(connector: Connector, trial: System, register: Register) -> None:
    register.limit = 4
    register.rows = [row(number, f"2026-06-11 08:{number:02}:00") for number in range(20)]
    assert read(connector, trial, "sliced") == register.rows


def test_a_second_with_more_rows_than_the_limit_cannot_be_read(
    connector: Connector, trial: System, register: Register
) -> None:
    register.limit = 4
    register.rows = [row(number, "2026-06-11 08:00:00") for number in range(5)]
    with pytest.raises(IncompleteDeliveryError, match="the time from 2026-06-11 08:00:00 to 2026-06-11 08:00:01"):
        read(connector, trial, "sliced")


def test_what_is_dated_later_than_now_is_sliced_too(connector: Connector, trial: System, register: Register) -> None:
    register.limit = 4
    ahead = ["2026-06-30 20:00:%02d", "2026-07-02 08:00:%02d", "2045-01-01 10:00:%02d"]
    dated = [at % second for at in ahead for second in range(5)] + ["9999-12-31 23:59:59"] * 3
    register.rows = [row(number, at) for number, at in enumerate(dated)]
    assert read(connector, trial, "sliced") == register.rows
    assert len(register.calls) < 200, "the slices grow: there are 100,000 of 30 days up to the year 9999"


def test_a_read_goes_on_within_what_is_dated_later_than_now(
    connector: Connector, trial: System, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.paged.PAGE_BYTES", 1)
    register.limit = 4
    dated = [f"{day} 08:00:{second:02}" for day in ("2026-06-29", "2026-07-09", "2033-05-01") for second in range(6)]
    register.rows = [row(number, at) for number, at in enumerate(dated)]
    dataset = trial.datasets["sliced"]
    pages = list(connector.read(dataset, ALL, None, None))
    assert decoded(pages) == register.rows
    for landed in range(1, len(pages) + 1, 3):
        rest = list(connector.read(dataset, ALL, pages[landed - 1].checkpoint, None))
        assert decoded(pages[:landed]) + decoded(rest) == register.rows


def test_what_has_no_later_time_to_be_sliced_by_cannot_be_read(
    connector: Connector, trial: System, register: Register
) -> None:
    register.rows = [row(number, "9999-12-31 23:59:59") for number in range(4)]
    with pytest.raises(IncompleteDeliveryError, match=r"the time after [0-9]{4}.* alone has more rows"):
        read(connector, trial, "sliced")
    assert len(register.calls) < 80


def test_slices_of_days_have_no_bounds_within_a_day(
    trial: System, register: Register, serve: Callable, connect: Callable, tmp_path: Path
) -> None:
    text = TRIAL.read_text(encoding="utf-8")
    by_day = text.replace(
        "until_param: until, start: 2026-01-01", 'until_param: until, start: 2026-01-01, format: "%Y-%m-%d"'
    )
    (tmp_path / TRIAL.name).write_text(by_day, encoding="utf-8")
    system = read_system(tmp_path / TRIAL.name)
    serve(register)
    register.limit = 4
    register.rows = [row(number, f"2026-06-{number + 1:02} 09:30:00") for number in range(20)]
    assert read(connect(system), system, "sliced", Window(datetime(2026, 6, 3, 17), None)) == register.rows[2:]
    bounds = {(call.query["since"], call.query.get("until")) for call in register.calls}
    assert all(since != until for since, until in bounds)


def test_an_endless_chain_of_empty_pages_is_stopped(connector: Connector, trial: System, register: Register) -> None:
    register.alter = lambda number, answer: as_json({"data": {"list": [], "token": f"t{number}"}})
    with pytest.raises(IncompleteDeliveryError, match="100 pages in a row are empty"):
        read(connector, trial, "cursor")


def test_a_link_to_another_host_is_not_followed(connector: Connector, trial: System, register: Register) -> None:
    register.alter = lambda number, answer: as_json({"data": {"list": [row(1)], "next": "http://127.0.0.2/steal"}})
    with pytest.raises(ProtocolError, match=r"leads to another host \(127.0.0.2\)"):
        read(connector, trial, "link_in_body")
    assert len(register.calls) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"errors": [{"message": "张三 330108"}], "data": None}, "GraphQL answers with 1 errors"),
        ({"data": {"cases": {"totalCount": 1, "edges": [{"node": {}}]}}}, "no pageInfo at data.cases.pageInfo"),
    ],
)
def test_a_graphql_answer_that_is_none(
    connector: Connector, trial: System, register: Register, answer: object, words: str
) -> None:
    register.alter = lambda number, _: as_json(answer)
    with pytest.raises(ConnectorError, match=words) as raised:
        read(connector, trial, "relay")
    assert "张三" not in str(raised.value)
