"""What says that a file is whole, and files that come again, overlap, or are not whole yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from file_drops import read, refused, trial

from connectors.files.control import deliveries
from connectors.files.transports import Found
from schemas.declaration import DeclarationError
from schemas.declared.files import FilesDataset, FilesSource

LINES = "{kind: json_lines}"
BODY = '{"编号":"A1"}\n{"编号":"A2"}\n'.encode()
SHA = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY).hexdigest()


@pytest.fixture(name="outbox")
def _outbox(tmp_path: Path) -> Path:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "a.dat").write_bytes(BODY)
    return tmp_path / "outbox"


@pytest.mark.parametrize(
    ("words", "name", "text", "declared"),
    [
        ("suffix: .ok", "a.dat.ok", f"md5={MD5.upper()}\nrows=2", 2),
        ("suffix: .OK, replaces: true", "a.OK", f"\ufeffMD5 : {MD5}\r\nROWS: 2\r\n", 2),
        ("suffix: .ok, states: [bytes, sha256]", "a.dat.ok", f"sha256={SHA}\nbytes={len(BODY)}", None),
        ("suffix: .ok, states: [rows]", "a.dat.ok", "rows=2", 2),
        ("suffix: .md5, form: digest, states: [md5]", "a.dat.md5", MD5, None),
        ("suffix: .sha256, form: digest, states: [sha256]", "a.dat.sha256", f"{'0' * 64}  b.dat\n{SHA} *a.dat\n", None),
        ("suffix: .done, form: marker", "a.dat.done", "", None),
    ],
)
def test_a_file_with_its_control_file_is_whole(
    outbox: Path, tmp_path: Path, connect: Callable, words: str, name: str, text: str, declared: int | None
) -> None:
    system = trial(tmp_path, LINES, beside=f"control: {{{words}}}")  # pattern *: a control file is no delivery
    connector = connect(system)
    assert read(connector, system) == []
    assert "a.dat (no control file yet)" in connector.check()[0].message
    (outbox / name).write_text(text, encoding="utf-8")
    assert [(page.rows, page.declared) for page in read(connector, system)] == [(2, declared)]


@pytest.mark.parametrize(
    ("words", "name", "text", "told"),
    [
        ("suffix: .ok, states: [sha256]", "a.dat.ok", "sha256=00", "its sha256 is not that of a.dat.ok"),
        ("suffix: .ok, states: [bytes]", "a.dat.ok", "bytes=7", f"it has {len(BODY)} bytes, a.dat.ok says 7"),
        ("suffix: .ok, states: [bytes]", "a.dat.ok", "bytes=②", "has no bytes= lines"),
        ("suffix: .ok, states: [rows]", "a.dat.ok", "rows=3", "it holds 2 records, its control file says 3"),
        ("suffix: .md5, form: digest, states: [md5]", "a.dat.md5", f"{MD5}  b.dat", "holds no md5 of it"),
        ("suffix: .md5, form: digest, states: [md5]", "a.dat.md5", "", "holds no md5 of it"),
    ],
)
def test_a_file_that_is_not_what_was_stated_is_incomplete(
    outbox: Path, tmp_path: Path, connect: Callable, words: str, name: str, text: str, told: str
) -> None:
    system = trial(tmp_path, LINES, beside=f"control: {{{words}}}")
    (outbox / name).write_text(text, encoding="utf-8")
    refused(lambda: read(connect(system), system), f"trial.cases at {outbox}/a.dat: ", told, "send both files again")


def test_a_done_marker_lets_go_what_is_not_newer(outbox: Path, tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, LINES, beside="done_marker: _SUCCESS")
    connector = connect(system)
    os.utime(outbox / "a.dat", (100, 100))
    assert read(connector, system) == []
    (outbox / "_SUCCESS").touch()
    os.utime(outbox / "_SUCCESS", (100, 100))
    (outbox / "b.dat").write_bytes(BODY)
    os.utime(outbox / "b.dat", (101, 101))
    assert [page.original_name for page in read(connector, system)] == ["a.dat"]
    assert "b.dat (newer than _SUCCESS, or that is not there yet)" in connector.check()[0].message
    os.utime(outbox / "_SUCCESS", (101, 101))
    bookmark = connector.bookmark_after(system.datasets["cases"])
    assert [page.original_name for page in read(connector, system, bookmark)] == ["b.dat"]


def test_files_sent_again_are_read_by_their_content(outbox: Path, tmp_path: Path, connect: Callable) -> None:
    """A new name with old content lands, and the ledger says that its rows are unchanged; an old one does not."""
    system = trial(tmp_path, LINES)
    connector = connect(system)
    read(connector, system)
    bookmark = connector.bookmark_after(system.datasets["cases"])
    (outbox / "a.dat").write_bytes(BODY)
    os.utime(outbox / "a.dat", (1, 1))
    (outbox / "a_R1.dat").write_bytes(BODY)
    assert [page.original_name for page in read(connector, system, bookmark)] == ["a_R1.dat"]
    bookmark = connector.bookmark_after(system.datasets["cases"])
    (outbox / "a.dat").write_bytes(BODY + '{"编号":"A3"}\n'.encode())  # overlaps with what was read
    assert [(page.original_name, page.rows) for page in read(connector, system, bookmark)] == [("a.dat", 3)]


def test_a_name_that_leads_out_of_its_folder_is_no_delivery(tmp_path: Path) -> None:
    system = trial(tmp_path, LINES)
    listed = [Found(name, 1, 1) for name in ("../../evil", "a/b", "..", "~$a", ".a", "a")]
    assert isinstance(system.source, FilesSource)
    dataset = system.datasets["cases"]
    assert isinstance(dataset, FilesDataset)
    assert [one.found.name for one in deliveries(system.source, dataset, listed)] == ["a"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("{suffix: .ok, form: digest}", "exactly one of md5, sha256"),
        ("{suffix: .ok, form: digest, states: [rows]}", "exactly one of md5, sha256"),
        ("{suffix: .ok, form: marker, states: [rows]}", "form marker has no: states"),
        ("{suffix: .ok, states: []}", "form pairs needs: states"),
        ("{suffix: .ok, stats: [rows]}", "did you mean 'states'"),
    ],
)
def test_a_control_file_that_cannot_be_is_no_declaration(tmp_path: Path, words: str, told: str) -> None:
    with pytest.raises(DeclarationError, match=told):
        trial(tmp_path, LINES, beside=f"control: {words}")
