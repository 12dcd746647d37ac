"""A legal order takes a person out of every place, and nobody else; what comes again is kept out."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from backed_up import make, restored
from court import DATASET, SYSTEM, CourtHome
from court_row import COURT_ROW
from decoded import places
from homes import hub_json, run_hub
from packed_files import packed, unpacked
from returned_world import Taker

from hub import pipeline
from hub.doctor import examine
from hub.erasing import whom
from hub.erasing.loads import Gone, erase_load
from hub.erasing.order import OrderError, Report, carry_out
from hub.export import export
from hub.returns.acknowledging import acknowledge
from hub.returns.handing import hand_over
from hub.returns.making import make as make_return
from hub.reveal import reveal
from operations import erasures, loads, returns
from operations.failpoints import FAILPOINTS
from operations.store import Store
from schemas.delivery import Page
from warehouse.build import opened
from warehouse.landing import Landing, read_manifest, sha256_of
from warehouse.persons import PersonError

MOMENT = datetime(2024, 7, 1, 8)
NAME, ID_NO, PHONE, ADDRESS = "钱塘江月", "330106198203040026", "13957100141", "西湖区文三路一四一号三单元"
PERSON = {"sqr": NAME, "sqrzjhm": ID_NO, "sqrlxdh": PHONE, "dz": ADDRESS, "ajmc": f"{NAME}与物业公司纠纷"}
SPELT = {**PERSON, "sqrzjhm": "３３０１０６１９８２０３０４００２６", "sqrlxdh": "+86 139-5710-0141"}
COURT = "high_court"
ORDER = "(2024)浙01法令7号"
OTHER_ID = "330522196503072348"
MASKS = ("330106********0026", "330106********0025", "139****0141", "钱**月")
ROWS = [["姓名", "证件", "电话"], [NAME, ID_NO, PHONE], ["李四", OTHER_ID, "13800000000"]]
VALUES = (NAME, ID_NO, f"{ID_NO[:-1]}5", PHONE, "139-5710-0141", SPELT["sqrzjhm"], ADDRESS)


def home_of(folder: Path) -> CourtHome:
    """The person as applicant, in other spelling, rejected, as respondent beside somebody else, and in free text."""
    made = CourtHome(folder, MOMENT)
    made.deliver(
        {"sqdj_bh": "CASE-0001", **PERSON, "jfms": f"申请人{NAME}（电话{PHONE}）称楼道漏水"},
        {"sqdj_bh": "CASE-0002", **SPELT},
        {"sqdj_bh": "CASE-0003", **PERSON, "ay": "LD01"},
        {"sqdj_bh": "CASE-0004", "bsqrlx": "1", "bsqr": NAME, "bsqrzjhm": ID_NO, "bsqrlxdh": PHONE},
        {"sqdj_bh": "CASE-0005"},
        json.dumps({**COURT_ROW, "sqdj_bh": "CASE-0007", **PERSON, "tjjg": "半个\ud83d"}).encode(),
        json.dumps({**COURT_ROW, "sqdj_bh": "CASE-0008", **PERSON}).encode()[:-1],
        {"sqdj_bh": "CASE-0006", **PERSON, "sqrzjhm": f"{ID_NO[:-1]}5"},  # a wrong check digit: the evidence shows it
    )
    made.deliver({"sqdj_bh": "CASE-0001", **PERSON, "ajzt": "06", "gxsj": "2024-06-04 10:00:01"})
    pipeline.build(made.settings)
    return made


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_of(tmp_path_factory.mktemp("known") / "home").settings.home


@pytest.fixture
def court(known: Path, tmp_path: Path) -> CourtHome:
    shutil.copytree(known, tmp_path / "home", symlinks=True)
    return CourtHome(tmp_path / "home", MOMENT)


def tokens_of(court: CourtHome, key: str = "CASE-0001") -> dict[str, str]:
    with opened(court.settings, court.settings.build_path) as con:
        row = con.execute(
            "SELECT applicant_name_token, applicant_id_no_token, applicant_phone_token FROM wh.record.case_reports"
            " WHERE source_id = ?", [key]
        ).fetchall()[0]  # fmt: skip
    return dict(zip(("name", "id_no", "phone"), row, strict=True))


def erase(court: CourtHome) -> Report:
    return carry_out(court.settings, ORDER, by="保护官", record=(SYSTEM, "CASE-0001"), role="applicant")


def ledger(court: CourtHome) -> list[dict[str, Any]]:
    return loads.lines(Store(court.settings))


def test_a_person_is_erased_from_every_place_and_nobody_else_is(court: CourtHome, tmp_path: Path) -> None:
    """Then what a source sends of the person again is kept out, and the ledger goes on balancing."""
    before = tokens_of(court)
    made = make(court, tmp_path)
    export(court.settings, ["core.case_reports"], tmp_path / "export")
    taker = Taker()
    taker.apply(hand_over(court.settings, make_return(court.settings, COURT, by="hub"), tmp_path / "out", by="hub"))
    acknowledge(court.settings, COURT, 1, by="receiver")
    make_return(court.settings, COURT, by="hub", everything=True)
    assert before["id_no"] in str(taker.held)
    named = json.dumps(f'"matched":"{before["id_no"][:8]}"')[1:-1]
    assert len(places(tmp_path, court, named)) >= 3, "links say by which token: build file, publish, backup"
    assert len(places(court.settings.home, court, *VALUES)) >= 6, "the search itself must find"
    assert len(places(made.folder, court, *VALUES)) >= 6
    assert places(court.settings.published, court, *MASKS)
    assert revealed(court) == NAME
    lines = ledger(court)

    done = erase(court)

    assert done.state == "done"
    assert [one for one in done.places if one.left] == []
    assert places(tmp_path, court, *VALUES, *MASKS) == []
    holding = places(tmp_path, court, before["id_no"], before["phone"])
    assert holding == ["home/operations.db"], "the order keeps tokens, and nothing else does"
    assert places(tmp_path, court, named) == [], "nor the beginning of one"
    assert places(court.settings.home, court, OTHER_ID), "the others stay"
    assert not (tmp_path / "export").exists()
    assert not list(tmp_path.glob("out/**/R*"))
    assert_told(court, taker, before)
    assert revealed(court) is None
    assert ledger(court) == lines
    versions = [path.name for path in court.settings.published.glob("v*")]
    assert versions == [f"v{done.version:06d}"]
    assert_generations(court)
    assert_still_linked(court, before)

    again = restored(made, tmp_path)
    assert places(again.home, court, *VALUES, before["id_no"]) == []

    late = court.at(datetime(2024, 7, 2, 8))
    manifest = late.deliver({"sqdj_bh": "CASE-0001", **PERSON}, {"sqdj_bh": "CASE-0009", **SPELT, "gxsj": "2024-07-01"})
    assert places(court.settings.landing, court, *VALUES), "the source sends the person again"
    (line,) = pipeline.merge(late.settings)
    assert (line["load_id"], line["landed"], line["balance"]) == (manifest.load_id, 2, 0)
    assert places(tmp_path, court, *VALUES, before["id_no"], before["phone"]) == ["home/operations.db"]


def assert_told(court: CourtHome, taker: Taker, before: dict[str, str]) -> None:
    """The next return leaves the receiver nothing of the person: parties are withdrawn, reports come without."""
    made = make_return(court.settings, COURT, by="hub")
    parties, reports = made.line("core.parties"), made.line("core.case_reports")
    assert made.since == 1
    assert parties is not None
    assert reports is not None
    assert parties.withdrawn > 0
    assert reports.changed > 0
    taker.apply(court.settings.returns / COURT / made.name)
    assert not [one for one in (*before.values(), *MASKS) if one in str(taker.held)]
    assert returns.listing(Store(court.settings))[1].note == f"files removed by erasure order {ORDER}"


def revealed(court: CourtHome) -> str | None:
    return reveal(
        court.settings, Store(court.settings), who="李敏", contract="case_reports", system=SYSTEM,
        source_id="CASE-0001", wanted=["applicant_name"], reason="来访核实身份",
    )["applicant_name"]  # fmt: skip


def assert_generations(court: CourtHome) -> None:
    """Landing names the order, and the sha256 of what was there; rows keep their number."""
    for path in court.settings.landing.glob(f"{SYSTEM}/{DATASET}/*/manifest.json"):
        manifest = read_manifest(path)
        (note,) = manifest.erasures
        assert (manifest.generation, note.order_no, note.file_before) == (2, ORDER, "part-00001.ndjson")
        assert note.file == manifest.parts[0].path == "part-00001-g2.ndjson"
        assert sha256_of(path.parent / note.file) == note.sha256 == manifest.parts[0].sha256 != note.sha256_before
        assert {one.name for one in path.parent.iterdir()} == {"manifest.json", note.file}
        assert len((path.parent / note.file).read_bytes().splitlines()) == manifest.landed


def assert_still_linked(court: CourtHome, before: dict[str, str]) -> None:
    """One random token stands for the person in all records, and no case was made or lost by it."""
    after = tokens_of(court)
    assert after == tokens_of(court, "CASE-0002")
    assert not set(after.values()) & set(before.values())
    with opened(court.settings, court.settings.build_path) as con:
        ids = con.execute("SELECT applicant_id_no_token FROM wh.record.case_reports WHERE source_id = 'CASE-0005'")
        assert ids.fetchall()[0][0] not in after.values()
        masks = con.execute(
            "SELECT source_id, applicant_name_mask, respondent_name_mask FROM wh.record.case_reports ORDER BY ALL"
        )
        assert {key: (bool(one), bool(other)) for key, one, other in masks.fetchall()} == {
            "CASE-0001": (False, True), "CASE-0002": (False, True),
            "CASE-0004": (True, False), "CASE-0005": (True, True),
        }  # fmt: skip


@pytest.mark.chaos
def test_an_order_killed_anywhere_is_gone_on_with_and_waits_for_its_backups(court: CourtHome, tmp_path: Path) -> None:
    """Each go is killed one failpoint later than the one before."""
    home, (backups, shelf) = court.settings.home, (tmp_path / "backups", tmp_path / "shelf")
    make(court, tmp_path)
    who = ["--by", "保护官", "--record", SYSTEM, "CASE-0001", "--role", "applicant"]
    for name in (one for one in FAILPOINTS if one.startswith("erase.")):
        killed = run_hub(home, "erase", "--order", ORDER, *who, check=False, HUB_FAILPOINT=name)
        assert killed.returncode == -signal.SIGKILL, f"{name}: {killed.stdout}{killed.stderr}"
        who = []
    again = make(court, tmp_path)
    assert places(again.folder, court, *VALUES) == [], "a backup between two goes is of what is there"
    backups.rename(shelf)
    waiting = run_hub(home, "erase", "--order", ORDER, "--json", check=False)
    assert waiting.returncode == 1
    assert [one["left"] for one in json.loads(waiting.stdout)["places"]].count(None) == 2
    shelf.rename(backups)
    assert hub_json(home, "erase", "--order", ORDER)["state"] == "done"
    assert places(tmp_path, court, *VALUES) == []
    assert places(home, court, OTHER_ID)
    assert {line["balance"] for line in ledger(court)} == {0}
    assert [(one["order"], one["state"]) for one in hub_json(home, "erase")] == [(ORDER, "done")]


def test_what_cannot_be_carried_out_touches_nothing(court: CourtHome) -> None:
    before = tokens_of(court)
    with pytest.raises(PersonError, match="names several persons"):
        carry_out(court.settings, ORDER, by="保护官", record=(SYSTEM, "CASE-0001"))
    with pytest.raises(PersonError, match="no record X of court_odr"):
        carry_out(court.settings, ORDER, by="保护官", record=(SYSTEM, "X"))
    with pytest.raises(PersonError, match="take it from a column"):
        carry_out(court.settings, ORDER, by="保护官", token="0" * 32)
    with pytest.raises(OrderError, match="is new: name the person"):
        carry_out(court.settings, ORDER, by="保护官")
    with pytest.raises(OrderError, match="who carries it out"):
        carry_out(court.settings, ORDER, by="", token=before["id_no"])
    assert erasures.listing(Store(court.settings)) == []
    assert tokens_of(court) == before
    assert [one.name for one in examine(court.settings) if not one.ok and "erase" in one.name] == []


@pytest.mark.parametrize("inner", ["csv", "xlsx", "gzip", "locked"])
def test_what_a_department_sent_is_overwritten_within_archives(inner: str, court: CourtHome) -> None:
    """A workbook in an archive opens again with its other cells; what cannot be opened is not kept."""
    with opened(court.settings, court.settings.build_path) as con:
        con.execute("USE wh")
        person = whom.person(court.settings, con, record=(SYSTEM, "CASE-0002"), role="applicant")
    order = erasures.Order(ORDER, "", "", *person, MOMENT)
    sent = court.settings.private / f"sent.{'zip' if inner in ('csv', 'xlsx') else 'bin'}"
    sent.write_bytes(packed(inner, ROWS))
    body = f"编号,姓名,证件\n1,{NAME},{ID_NO}\n2,李四,{OTHER_ID}\n".encode()
    table = court.settings.private / "part.csv"
    table.write_bytes(body)
    load = Landing(court.settings).open(SYSTEM, "other", "sync", None, "")
    load.add(Page("csv", 2, table, original=sent, original_name="送.zip"))
    manifest = load.complete(None)
    new = erase_load(court.settings, manifest, ORDER, whom.traces(court.settings, [order]), Gone())
    folder = new.folder(court.settings)
    assert (folder / new.parts[0].path).read_text("utf-8") == f"编号,姓名,证件\n1,,\n2,李四,{OTHER_ID}\n"
    assert places(folder, court, NAME, ID_NO) == []
    assert [(one.order_no, one.sha256_before) for one in new.erasures] == [
        (ORDER, manifest.parts[0].sha256), (ORDER, manifest.parts[0].original_sha256)
    ]  # fmt: skip
    if inner == "locked":
        assert new.parts[0].original is None
        assert {one.name for one in folder.iterdir()} == {"manifest.json", new.parts[0].path}
    else:
        assert OTHER_ID in unpacked(inner, (folder / str(new.parts[0].original)).read_bytes())
