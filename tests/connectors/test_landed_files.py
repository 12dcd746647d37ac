"""Files of several forms, from the department's folder through landing and the check: no row is lost on the way."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from file_drops import ALL, trial

from hub import catalogue
from hub.tracing import origin
from operations.settings import Settings
from operations.store import Store
from quality.check import check
from schemas.declaration import System
from schemas.delivery import Manifest
from warehouse.landing import Landing

FIELDS = """{title: 名称, matter_kind: {const: dispute}, applicant_name: %s,
      reported_at: {from: 时间, type: timestamp, formats: ["%%Y-%%m-%%d"]}}"""

Land = Callable[[System], Manifest]


@pytest.fixture(name="land")
def _land(connect: Callable, store: Store) -> Land:
    def land(system: System) -> Manifest:
        dataset = system.datasets["cases"]
        connector = connect(system)
        load = Landing(store.settings).open(system.id, dataset.name, "sync", ALL, system.sha256)
        for page in connector.read(dataset, load.window, load.resume, None):
            load.add(page)
        return load.complete(connector.bookmark_after(dataset))

    return land


def checked(settings: Settings, system: System, manifest: Manifest) -> Any:
    dataset = system.datasets["cases"]
    decided = catalogue.decided(Store(settings))
    return check(settings, manifest, system, dataset, catalogue.contract(dataset), settings.clock(), decided)


def test_elements_of_an_archive_are_checked_and_found_again(tmp_path: Path, land: Land, store: Store) -> None:
    system = trial(
        tmp_path, "{kind: xml, rows: r/c}", unpack='[{kind: zip, members: "*.xml"}]', fields=FIELDS % "方/@姓名"
    )
    with zipfile.ZipFile(tmp_path / "outbox" / "a.zip", "w") as archive:
        good = "<c><编号>A{}</编号><名称>纠纷</名称><时间>2026-06-01</时间><方 姓名='张三'/></c>"
        archive.writestr("1.xml", f"<r>{good.format(1)}{good.format(2)}</r>")
        archive.writestr("2.xml", f"<r><c><编号>A3</编号><名称>x</名称></c>{good.format(4)}</r>")
    manifest = land(system)
    assert [(part.rows, part.original, part.original_name) for part in manifest.parts] == [
        (2, "original-00001.zip", "a.zip/1.xml"),
        (2, "original-00001.zip", "a.zip/2.xml"),
    ]
    outcome = checked(store.settings, system, manifest)
    assert (outcome.accepted, outcome.rejected) == (3, 1)
    place = origin(store.settings, "trial", manifest.load_id, 3)
    assert (place["file"], place["line"], place["sheet"]) == ("a.zip/2.xml", 1, None)


def test_a_crash_within_an_archive_begins_the_load_anew(
    tmp_path: Path, connect: Callable, land: Land, store: Store
) -> None:
    system = trial(tmp_path, "{kind: json_lines}", unpack="[{kind: zip}]")
    with zipfile.ZipFile(tmp_path / "outbox" / "b.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}", f'{{"编号":"A{number}"}}\n')
    dataset = system.datasets["cases"]
    load = Landing(store.settings).open(system.id, dataset.name, "sync", ALL, system.sha256)
    load.add(next(iter(connect(system).read(dataset, load.window, None, None))))  # and then the process dies
    manifest = land(system)
    assert manifest.load_id != load.load_id
    assert [part.original_name for part in manifest.parts] == ["b.zip/0", "b.zip/1", "b.zip/2"]
    assert manifest.landed == 3


def test_a_row_of_a_workbook_is_found_by_sheet_and_row_also_in_an_archive(
    tmp_path: Path, land: Land, store: Store
) -> None:
    system = trial(tmp_path, "{kind: xlsx, header_row: 1}", unpack="[{kind: zip}]", fields=FIELDS % "姓名")
    with xlsxwriter.Workbook(tmp_path / "book") as book:
        sheet = book.add_worksheet("案件")
        for number, row in enumerate([["编号", "名称", "时间", "姓名"], [], ["A1", "纠纷", "2026-06-01", "张三"]]):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile(tmp_path / "outbox" / "a.zip", "w") as archive:
        archive.write(tmp_path / "book", "账")
    manifest = land(system)
    outcome = checked(store.settings, system, manifest)
    assert (outcome.accepted, outcome.rejected) == (1, 0)
    place = origin(store.settings, "trial", manifest.load_id, 1)
    assert (place["file"], place["line"], place["sheet"]) == ("a.zip/账", 3, "案件")
