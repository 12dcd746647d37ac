"""Files, workbooks and tables arrive as they do in departments."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncssh
import pyarrow.parquet as pq
import pytest
import python_calamine

from sandbox.deliveries.medical_csv import COLUMNS
from sandbox.systems import union


async def fetch(province: Any, password: str | None = None) -> dict[str, bytes]:
    url, sign_in = urlsplit(province.env()["MEDICAL_DISPUTES_URL"]), province.sign_in("medical_disputes")
    known = asyncssh.import_known_hosts(f"[{url.hostname}]:{url.port} {sign_in['extra']['host_key']}\n")
    async with asyncssh.connect(
        url.hostname, url.port, username=sign_in["login"], password=password or sign_in["password"],
        known_hosts=known, client_keys=None, agent_path=None,
    ) as connection, connection.start_sftp_client() as sftp:  # fmt: skip
        names = [name for name in await sftp.listdir(url.path) if not name.startswith(".")]
        return {name: await (await sftp.open(f"{url.path}/{name}", "rb")).read() for name in sorted(names)}


def files(province: Any, password: str | None = None) -> dict[str, bytes]:
    return asyncio.run(fetch(province, password))


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("gb18030"), newline="")))


def test_each_file_has_a_control_file_that_is_right(province: Any) -> None:
    found = files(province)
    names = [name for name in found if name.endswith(".csv")]
    assert len(names) > 20
    for name in names:
        control = dict(line.split("=", 1) for line in found[f"{name}.ok"].decode().splitlines())
        assert control["file"] == name
        assert control["md5"] == md5(found[name]).hexdigest()
        assert int(control["rows"]) == len(table(found[name]))
        assert tuple(next(csv.reader(io.StringIO(found[name].decode("gb18030"))))) == COLUMNS


def test_files_are_sent_again_and_disputes_come_again_as_they_move(province: Any) -> None:
    found = {name: body for name, body in files(province).items() if name.endswith(".csv")}
    again = [name for name in found if name.endswith("_R1.csv")]
    assert again
    assert all(found[name] == found[name.replace("_R1", "")] for name in again)
    states: dict[str, set[str]] = {}
    for body in found.values():
        for row in table(body):
            states.setdefault(row["报案编号"], set()).add(row["案件状态"])
    assert any(len(state) > 1 for state in states.values())


def test_a_wrong_password_is_refused(province: Any) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        files(province, "wrong")


def test_a_department_with_a_key_signs_in_by_it_and_by_nothing_else(province: Any) -> None:
    url, sign_in = urlsplit(province.env()["BANK_COMPLAINTS_URL"]), province.sign_in("bank_complaints")
    known = asyncssh.import_known_hosts(f"[{url.hostname}]:{url.port} {sign_in['extra']['host_key']}\n")
    own = asyncssh.import_private_key(sign_in["extra"]["private_key"])

    async def names(**proof: Any) -> list[str]:
        async with asyncssh.connect(
            url.hostname, url.port, known_hosts=known, agent_path=None, **{"client_keys": None, **proof}
        ) as connection, connection.start_sftp_client() as sftp:  # fmt: skip
            return sorted(name for name in await sftp.listdir(url.path) if not name.startswith("."))

    assert sign_in["password"] == ""
    found = asyncio.run(names(username=sign_in["login"], client_keys=[own]))
    assert found == ["YBTS12378_20260310.json.sm4", "YBTS12378_20260310.json.sm4.sig"]
    other = province.sign_in("medical_disputes")
    for wrong in (
        {"username": sign_in["login"], "password": other["password"]},
        {"username": sign_in["login"], "client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
        {"username": other["login"], "client_keys": [own]},
    ):
        with pytest.raises(asyncssh.PermissionDenied):
            asyncio.run(names(**wrong))


def test_a_half_file_has_no_control_file(start: Callable[..., Any]) -> None:
    province = start()
    province.run("fault", "medical_disputes", "half_file")
    found = files(province)
    assert [name for name in found if name.endswith(".csv") and f"{name}.ok" not in found] == ["YLJF_20260311.csv"]


def test_workbooks_are_made_for_people(province: Any) -> None:
    folder = Path(province.env()["UNION_RIGHTS_DIR"])
    paths = sorted(folder.glob("职工维权台账_*.xlsx"))
    assert len(paths) > 5
    assert list(folder.glob("~$*"))
    kinds: set[type] = set()
    for path in paths:
        book = python_calamine.CalamineWorkbook.from_path(path)
        assert book.sheet_names == ["维权案件", "填报说明", "字典"]
        rows = book.get_sheet_by_name("维权案件").to_python()
        assert str(rows[0][0]).startswith("浙江省总工会职工维权案件台账")
        names = [lower or upper for upper, lower in zip(rows[2], rows[3], strict=True)]
        assert tuple(names) == union.COLUMNS
        assert rows[-2][0] == "合计"
        assert len(rows[4:-2]) >= 1
        kinds |= {type(row[names.index("登记日期")]) for row in rows[4:-2]}
    assert len(kinds) > 1


def test_the_exchange_database_holds_cases_steps_agreements_and_registers(province: Any, tmp_path: Path) -> None:
    path = province.env()["PEOPLES_MEDIATION_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        count = {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in (
                "T_MEDIATION_CASE",
                "T_MEDIATION_STEP",
                "T_AGREEMENT",
                "T_COMMITTEE",
                "T_MEDIATOR",
                "T_GRID_UNIT",
            )
        }
        orphans = {key for (key,) in database.execute(
            "SELECT STEP_ID FROM T_MEDIATION_STEP WHERE coalesce(CASE_NO, '') NOT IN (SELECT CASE_NO FROM "
            "T_MEDIATION_CASE)")}  # fmt: skip
    database.close()
    assert min(count.values()) > 30
    province.run("truth", "--out", str(tmp_path))
    lost = {"unknown_report", "missing_report", "pasted_text"}
    dirt = pq.read_table(tmp_path / "dirt.parquet").to_pylist()
    assert orphans == {row["source_id"] for row in dirt if row["dataset"] == "mediation_steps" and row["kind"] in lost}


@pytest.mark.parametrize(
    "kind", ["missing_column", "new_column", "empty_delivery", "unmapped_code", "year_9999_cursor"]
)
def test_a_broken_table_can_be_mended(province: Any, kind: str) -> None:
    path = province.env()["PEOPLES_MEDIATION_URL"].removeprefix("sqlite:///")

    def seen() -> tuple[list[str], list[Any]]:
        with sqlite3.connect(path) as database:
            answer = database.execute("SELECT * FROM T_MEDIATION_CASE ORDER BY CASE_NO")
            return [column[0] for column in answer.description], answer.fetchall()

    before = seen()
    assert province.run("fault", "peoples_mediation", kind).returncode == 0
    assert seen() != before
    assert province.run("fault", "peoples_mediation", kind, "--times", "0").returncode == 0
    names, rows = seen()
    assert names == before[0]
    moving = names.index("UPDATE_TIME")
    assert [row[:moving] for row in rows] == [row[:moving] for row in before[1]]
