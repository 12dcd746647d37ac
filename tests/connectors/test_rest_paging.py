"""Every way of paging: whole and in order, resumed wherever it broke off, and never silently short."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from previewed import previewed
from register import Register, Row, asked, place, row
from sources import AS_OF, Answer, Call, lines, listening

import connectors.paged
from connectors.base import Connector
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from hub.windows import capped_cursor
from operations.credentials import Credentials
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import System, read_system
from schemas.delivery import Page, Window

TRIAL = Path(__file__).parent / "trials" / "rest_pages.yml"
WAYS = list(read_system(TRIAL).datasets)
ALL = Window(None, None)
FAULTS = [Answer(status=404), Answer(b'{"data":{"li'), Answer(status=503)]


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


@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_every_row_once_in_order(
    connector: Connector, trial: System, register: Register, way: str
) -> None:
    assert read(connector, trial, way) == register.rows


@pytest.mark.parametrize("way", WAYS)
def test_each_way_sends_the_lower_bound_in_its_form(
    connector: Connector, trial: System, register: Register, way: str
) -> None:
    assert read(connector, trial, way, Window(datetime(2026, 6, 2, 5), None)) == register.rows[3:]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_lists_keys_and_reads_nothing_of_nothing(
    connector: Connector, trial: System, register: Register, way: str
) -> None:
    keys = decoded(list(connector.keys(trial.datasets[way])))
    assert keys == [{"source_id": one["id"]} for one in register.rows]
    assert previewed(connector, trial.datasets[way], 2) == register.rows[:2]
    register.rows = []
    assert read(connector, trial, way) == []


def test_every_dataset_answers_a_check(connector: Connector) -> None:
    assert [(one.dataset, one.ok) for one in connector.check()] == [(way, True) for way in WAYS]


def test_fixed_parameters_go_with_every_page(connector: Connector, trial: System, register: Register) -> None:
    read(connector, trial, "page")
    assert {asked(call)["region"] for call in register.calls} == {"33"}


@pytest.mark.parametrize("way", ["page", "offset"])
def test_pages_are_asked_for_at_once_and_land_in_order(
    trial: System, register: Register, serve: Callable, connect: Callable, way: str
) -> None:
    """The three pages after the first are answered only once all three are asked for, the last of them first."""
    together = threading.Barrier(3)
    turns = {number: threading.Event() for number in range(4)}
    turns[3].set()

    def answer(call: Call) -> Answer:
        number = int(asked(call)["current"]) if way == "page" else int(asked(call)["skip"]) // 3
        if number > 0:
            together.wait(10)
            turns[number].wait(10)
            turns[number - 1].set()
        return register(call)

    serve(answer)
    assert read(connect(trial), trial, way) == register.rows


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    way=st.sampled_from(WAYS),
    hours=st.lists(st.integers(0, 400), max_size=14),
    size=st.integers(1, 5),
    in_flight=st.integers(1, 4),
    part_bytes=st.integers(1, 400),
    breaks=st.lists(st.tuples(st.integers(1, 9), st.sampled_from(FAULTS)), max_size=4),
)
def test_however_a_read_breaks_off_the_rows_landed_are_the_rows_there(
    monkeypatch: pytest.MonkeyPatch,
    store: Store,
    way: str,
    hours: list[int],
    size: int,
    in_flight: int,
    part_bytes: int,
    breaks: list[tuple[int, Answer]],
) -> None:
    monkeypatch.setattr(connectors.paged, "PAGE_BYTES", part_bytes)
    moments = (datetime(2026, 6, 1) + timedelta(hours=hour, seconds=n) for n, hour in enumerate(hours))
    register = Register([row(n, f"{at:%Y-%m-%d %H:%M:%S}") for n, at in enumerate(moments)])
    with tempfile.TemporaryDirectory() as folder, listening(register) as url:
        monkeypatch.setenv("TRIAL_URL", url)
        trial = resized(Path(folder), size, in_flight)
        connector = opened(trial, store, Path(folder))
        landed: list[Page] = []
        for failing in [*breaks, None]:
            begun = len(register.calls)

            def fail(number: int, answer: Answer, at: object = failing, begun: int = begun) -> Answer | None:
                return at[1] if isinstance(at, tuple) and number - begun == at[0] else None

            register.alter = fail
            resume = landed[-1].checkpoint if landed else None
            try:
                for page in connector.read(trial.datasets[way], ALL, resume, None):
                    landed.append(page)
            except ConnectorError:
                continue
        connector.close()
    assert decoded(landed) == sorted(register.rows, key=place)
    assert landed[-1].declared in (None, len(register.rows))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    way=st.sampled_from([way for way in WAYS if way != "page_without_total" and way != "offset_of_bare_list"]),
    count=st.integers(1, 12),
    edits=st.lists(st.tuples(st.integers(1, 8), st.integers(0, 11)), max_size=4),
)
def test_an_edit_during_paging_is_not_lost_at_the_next_sync(
    monkeypatch: pytest.MonkeyPatch, store: Store, way: str, count: int, edits: list[tuple[int, int]]
) -> None:
    """`edits`: after the n-th answer a row is changed, which moves it to the end of the register."""
    register = Register([row(n, f"2026-06-{n + 1:02} 08:00:00") for n in range(count)])
    with tempfile.TemporaryDirectory() as folder, listening(register) as url:
        monkeypatch.setenv("TRIAL_URL", url)
        trial = resized(Path(folder), 3, 2)
        connector = opened(trial, store, Path(folder))

        def edit(number: int, answer: Answer) -> None:
            for at, which in edits:
                if at == number:
                    # each at its own second: a source that cuts off more rows of one moment cannot be read by time
                    moment = AS_OF + timedelta(seconds=12 * number + which)
                    register.rows[which % count] |= {"at": f"{moment:%Y-%m-%d %H:%M:%S}"}

        register.alter = edit
        bookmark = None
        newest: dict[str, str] = {}
        for turn in range(3):
            if turn == 2:
                edits.clear()
            since = datetime.fromisoformat(bookmark) if bookmark else None
            pages = fresh(connector, trial, way, Window(since, None))
            for one in decoded(pages):
                newest[one["id"]] = max(newest.get(one["id"], ""), one["at"])
            high = max((page.cursor_high for page in pages if page.cursor_high), default=None)
            bookmark = capped_cursor(AS_OF, high, {"cursor": bookmark})
        connector.close()
    assert newest == {one["id"]: one["at"] for one in register.rows}


def fresh(connector: Connector, trial: System, way: str, window: Window) -> list[Page]:
    """A whole delivery, read again from its start where the source has changed under it, as the pipeline does."""
    for _ in range(9):
        try:
            return list(connector.read(trial.datasets[way], window, None, None))
        except ConnectorError as error:
            if not error.restart:
                raise
    raise AssertionError


def resized(folder: Path, size: int, in_flight: int) -> System:
    text = TRIAL.read_text(encoding="utf-8").replace("size: 3", f"size: {size}")
    (folder / TRIAL.name).write_text(text.replace("in_flight: 3", f"in_flight: {in_flight}"), encoding="utf-8")
    return read_system(folder / TRIAL.name)


def opened(trial: System, store: Store, folder: Path) -> Connector:
    return open_connector(trial, credentials=Credentials(), store=store, workdir=folder / "work")


def test_a_link_is_gone_on_with_when_the_source_has_another_address(
    trial: System,
    register: Register,
    serve: Callable,
    connect: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connectors.paged, "PAGE_BYTES", 1)
    way = trial.datasets["link_in_header"]
    serve(register)
    first = next(iter(connect(trial).read(way, ALL, None, None)))
    serve(register)  # at another port
    rest = list(connect(trial).read(way, ALL, first.checkpoint, None))
    assert decoded([first, *rest]) == register.rows
