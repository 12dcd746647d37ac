"""Files: whole or not at all, in any encoding, workbooks as people make them, each file read once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from declarations import FILES, declared
from previewed import previewed

from connectors.base import Connector
from connectors.errors import IncompleteDeliveryError, ProtocolError, UnreachableError
from connectors.files.delimited import decode_csv
from schemas.declaration import System
from schemas.declared.file_formats import CsvFormat
from schemas.delivery import Page, Window

ALL = Window(None, None)
HEADER = "编号,名称,经过\r\n"


class Outbox:
    """A department's folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder

    def csv(self, name: str, text: str, encoding: str = "gb18030", **control: object) -> Path:
        """A CSV file and its control file, whose lines may be made wrong."""
        body = text.encode(encoding) if encoding else text.encode("latin-1")
        path = self.folder / name
        path.write_bytes(body)
        lines: dict[str, object] = {
            "file": name,
            "md5": hashlib.md5(body).hexdigest(),
            "rows": max(0, text.count("\r\n") - 1),
        }
        stated = "".join(f"{key}={value}\n" for key, value in (lines | control).items())
        path.with_name(name + ".ok").write_text(stated, encoding="utf-8")
        return path


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


@pytest.fixture
def trial(tmp_path: Path, outbox: Outbox) -> System:
    return declared(
        tmp_path / "systems",
        FILES,
        transport=f"{{kind: local, folder: {outbox.folder}}}",
        control="  control: {suffix: .ok}",
        pattern="YL_*.csv",
        format="{kind: csv, encoding: gb18030}",
    )


@pytest.fixture
def connector(trial: System, connect: Callable) -> Connector:
    opened: Connector = connect(trial)
    return opened


def read(
    connector: Connector,
    trial: System,
    bookmark: dict[str, Any] | None = None,
    resume: str | None = None,
    window: Window = ALL,
) -> list[Page]:
    return list(connector.read(trial.datasets["cases"], window, resume, bookmark))


def text_of(page: Page) -> str:
    assert isinstance(page.body, Path)
    return page.body.read_bytes().decode()


def test_files_arrive_in_order_of_their_names_as_utf8_with_the_original(
    outbox: Outbox, connector: Connector, trial: System
) -> None:
    outbox.csv("YL_2.csv", HEADER + "A2,𬭎·纠纷,x\r\n")
    first = outbox.csv("YL_1.csv", HEADER + 'A1,㛃,"两行\r\n和 ""引号"""\r\n', rows=1)
    pages = read(connector, trial)
    assert [page.original_name for page in pages] == ["YL_1.csv", "YL_2.csv"]
    assert text_of(pages[0]) == HEADER + 'A1,㛃,"两行\r\n和 ""引号"""\r\n'
    assert pages[0].original is not None
    assert pages[0].original.read_bytes() == first.read_bytes()
    assert [page.rows for page in pages] == [1, 1]
    assert pages[-1].declared == 2
    assert first.exists()


def test_a_file_is_read_once_and_again_when_it_changed(outbox: Outbox, connector: Connector, trial: System) -> None:
    path = outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n")
    read(connector, trial)
    bookmark = connector.bookmark_after(trial.datasets["cases"])
    assert read(connector, trial, bookmark) == []
    os.utime(path, (1, 1))
    assert read(connector, trial, bookmark) == []  # touched: the same content
    outbox.csv("YL_1.csv", HEADER + "A1,b,x\r\n")
    os.utime(path, (2, 2))
    assert [page.rows for page in read(connector, trial, bookmark)] == [1]


def test_a_resumed_read_leaves_out_what_has_landed(outbox: Outbox, connector: Connector, trial: System) -> None:
    for number in range(3):
        outbox.csv(f"YL_{number}.csv", HEADER + f"A{number},a,x\r\n")
    first = next(iter(connector.read(trial.datasets["cases"], ALL, None, None)))
    rest = read(connector, trial, resume=first.checkpoint)
    assert [page.original_name for page in rest] == ["YL_1.csv", "YL_2.csv"]
    assert rest[-1].declared == 3
    assert set((connector.bookmark_after(trial.datasets["cases"]) or {})["files"]) == {
        "YL_0.csv",
        "YL_1.csv",
        "YL_2.csv",
    }


def test_a_backfill_takes_every_file_again(outbox: Outbox, connector: Connector, trial: System) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n")
    read(connector, trial)
    bookmark = connector.bookmark_after(trial.datasets["cases"])
    again = read(connector, trial, bookmark, window=Window(None, None, "backfill"))
    assert [page.rows for page in again] == [1]


def test_a_file_without_control_file_waits_and_check_says_so(
    outbox: Outbox, connector: Connector, trial: System
) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n")
    (outbox.folder / "YL_2.csv").write_bytes(b"half")
    assert [page.original_name for page in read(connector, trial)] == ["YL_1.csv"]
    [finding] = connector.check()
    assert "2 files; still being written: YL_2.csv (no control file yet)" in finding.message


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"md5": "0" * 32}, "its md5 is not that of YL_1.csv.ok"),
        ({"rows": 7}, "it holds 1 records, its control file says 7"),
        ({"rows": "many"}, "has no md5= and rows= lines"),
    ],
)
def test_a_file_that_is_not_what_its_control_file_says_is_incomplete(
    outbox: Outbox, connector: Connector, trial: System, control: dict[str, object], words: str
) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n", **control)
    with pytest.raises(IncompleteDeliveryError, match=words) as raised:
        read(connector, trial)
    assert str(raised.value).startswith(f"trial.cases at {outbox.folder}/YL_1.csv: ")
    assert "send both files again" in str(raised.value)


def test_a_broken_file_does_not_hold_up_the_others(outbox: Outbox, connector: Connector, trial: System) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n", md5="0")
    outbox.csv("YL_2.csv", HEADER + "A2,a,x\r\n")
    assert [page.original_name for page in read(connector, trial)] == ["YL_2.csv"]
    bookmark = connector.bookmark_after(trial.datasets["cases"])
    with pytest.raises(IncompleteDeliveryError, match=r"YL_1\.csv"):
        read(connector, trial, bookmark)


def test_bytes_of_another_encoding_are_named_by_place(outbox: Outbox, connector: Connector, trial: System) -> None:
    good = (HEADER + "A1,好,x\r\n").encode("gb18030")
    body = (good + b"A2,\xff\xff,x\r\n").decode("latin-1")
    outbox.csv("YL_1.csv", body, encoding="")
    with pytest.raises(ProtocolError, match=rf"YL_1.csv: byte {len(good) + 3} .* is not gb18030; ask the department"):
        read(connector, trial)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-16", "byte order mark of utf-16"),
        ("utf-8-sig", "byte order mark of utf-8-sig"),
        ("utf-8", "not gb18030|none of its"),
        ("utf-16-le", "not gb18030|none of its"),
    ],
)
def test_a_file_in_another_encoding_is_refused_and_never_garbled(
    outbox: Outbox, connector: Connector, trial: System, encoding: str, words: str
) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,纠纷,经过\r\n", encoding=encoding)
    with pytest.raises(ProtocolError, match=words):
        read(connector, trial)


def test_a_character_on_the_border_of_two_chunks_is_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    text = "编号\n" + "a" * ((1 << 20) - 6) + "纠纷" * 10
    source.write_bytes(text.encode("gb18030"))
    decode_csv(source, target, CsvFormat(kind="csv", encoding="gb18030"), {"编号"}, None)
    assert target.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "body",
    ["A1\r\nA2\r\n", "A1\r\nA2", '"A\r\n1"\r\nA2\r\n', '5" pipe\r\nA2\r\n', 'A1\r\n"say ""x"""\r\n', "A1\n\nA2\n"],
)
def test_records_are_counted_not_lines(tmp_path: Path, body: str) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(("编号\r\n" + body).encode("gb18030"))
    form = CsvFormat(kind="csv", encoding="gb18030")
    assert decode_csv(source, tmp_path / "b.csv", form, {"编号"}, 2) == 2
    assert decode_csv(source, tmp_path / "b.csv", form, {"编号"}, None) == 2


def test_a_delivery_with_a_header_only_is_empty(outbox: Outbox, connector: Connector, trial: System) -> None:
    outbox.csv("YL_1.csv", HEADER)
    assert [(page.rows, page.declared) for page in read(connector, trial)] == [(0, 0)]


def test_preview_shows_the_newest_file_with_rows(outbox: Outbox, connector: Connector, trial: System) -> None:
    outbox.csv("YL_1.csv", HEADER + "A1,a,x\r\n")
    outbox.csv("YL_2.csv", HEADER + "A2,b,y\r\n")
    outbox.csv("YL_3.csv", HEADER)  # of a day without a case
    assert previewed(connector, trial.datasets["cases"]) == [{"编号": "A2", "名称": "b", "经过": "y"}]


def test_a_folder_that_is_not_there_is_named(outbox: Outbox, connector: Connector, trial: System) -> None:
    outbox.folder.rmdir()
    with pytest.raises(UnreachableError, match="outbox"):
        read(connector, trial)
    [finding] = connector.check()
    assert not finding.ok
