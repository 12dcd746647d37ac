"""Pages read the published version, follow it when it moves, and can do nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from signing_in import PASSWORD, sign_in

from hub.scope import Scope
from operations import users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app
from portal.published import NotPublished, Published
from portal.reader import Reader

Publish = Callable[..., Path]
PROVINCE = Scope("province", "33", None)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path, memory_limit="256MiB")
    found.prepare()
    return found


def test_before_the_first_publish_a_page_names_the_command(home: Settings) -> None:
    store = Store(home)
    users.create(store, "leader", PASSWORD, "province")
    client = TestClient(create_app(home), follow_redirects=False)
    assert client.get("/healthz").status_code == 503
    sign_in(client)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "<code>hub run</code>" in answer.text


def test_a_new_version_is_read_by_the_next_request_and_leaves_the_running_one_alone(
    home: Settings, publish: Publish
) -> None:
    published = Published(home)
    publish(home.published, 1, cases=60)
    running = Reader(published.edition(), PROVINCE)
    publish(home.published, 2, cases=90, as_of=datetime(2026, 9, 16, 8))
    following = Reader(published.edition(), PROVINCE)
    assert (running.edition.version, following.edition.version) == ("v000001", "v000002")
    assert _as_of(running) == datetime(2026, 9, 15, 8)
    assert _as_of(following) == datetime(2026, 9, 16, 8)


def test_readers_see_one_version_in_both_files_while_the_link_moves(home: Settings, publish: Publish) -> None:
    folders = [publish(home.published, v, cases=40, as_of=datetime(2026, 9, 14 + v, 8)) for v in (1, 2)]
    published, faults, stop = Published(home), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            reader = Reader(published.edition(), PROVINCE)
            marts = _as_of(reader)
            cases = reader.rows("governance/supervision", _names(), area="33", cap=1, size=1)
            if [row["as_of"] for row in cases] != [marts]:
                faults.append(reader.edition.version)
            reader.close()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for thread in readers:
        thread.start()
    for swap in range(20):
        link = home.published / ".next"
        link.symlink_to(folders[swap % 2].name)
        link.replace(home.published / "latest")
        time.sleep(0.05)
    stop.set()
    for thread in readers:
        thread.join()
    assert faults == []
    assert published.edition().version == "v000002"


def test_the_connection_is_locked(home: Settings, publish: Publish) -> None:
    publish(home.published, 1, cases=20)
    cursor = Published(home).edition().connection.cursor()
    for statement in (
        "CREATE TABLE current.core.x AS SELECT 1",
        "DELETE FROM current.core.cases",
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/tmp/elsewhere.duckdb'",
        "COPY (SELECT 1) TO '/tmp/elsewhere.csv'",
        "SET memory_limit = '64GB'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            cursor.execute(statement)


def test_a_broken_publish_is_no_page_of_code(home: Settings) -> None:
    folder = home.published / "v000001"
    folder.mkdir()
    for name in ("current", "marts"):
        (folder / f"{name}.duckdb").write_bytes(b"not a database")
    (home.published / "latest").symlink_to("v000001")
    with pytest.raises(NotPublished):
        Published(home).edition()
    assert TestClient(create_app(home)).get("/healthz").json() == {"status": "nothing published"}


def _names() -> dict[str, str]:
    from portal.listing import PLACE_NAMES

    return {"place_names": PLACE_NAMES}


def _as_of(reader: Reader) -> datetime:
    found = reader.one("trust_strip")
    assert found is not None
    as_of = found["as_of"]
    assert isinstance(as_of, datetime)
    return as_of
