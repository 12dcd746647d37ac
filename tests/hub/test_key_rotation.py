"""After a rotation the home is what it would be under the new keys from the start, whenever the rotation was killed."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from court import SYSTEM, CourtHome
from court_row import COURT_ROW
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from decoded import places
from homes import hub_json, run_hub

from hub import pipeline
from hub.doctor import examine
from hub.export import export
from hub.returns import making as returning
from hub.rotation import register
from operations import decisions, keys, lookups
from operations.failpoints import FAILPOINTS
from operations.limits import Secrets
from operations.sealed import PLACES
from operations.store import Store
from warehouse.build import opened
from warehouse.token_keys import KINDS

MOMENT = datetime(2024, 7, 1, 8)
ID_NO, OTHER_ID = "330522196503072348", "330106198203040026"
OTHER = {"sqr": "钱塘江月", "sqrzjhm": OTHER_ID, "sqrlxdh": "13957100141"}
WHY = ("--by", "保护官", "--reason", "满两年")
KEYLESS = json.dumps({**COURT_ROW, "sqdj_bh": "X", **OTHER}).encode()[:-1]
SAME_BUT = "EXCLUDE (event_id)"  # of which run of linking it was


def home_of(folder: Path) -> CourtHome:
    """Reports that are linked by ID number, a second version of one, rows without a key, a sealed answer and secret."""
    made = CourtHome(folder, MOMENT)
    made.deliver(
        {"sqdj_bh": "A"}, {"sqdj_bh": "B", "sqsj": "2024-06-03 09:12:44"},
        {"sqdj_bh": "C", **OTHER, "sqsj": "2024-06-05 09:12:44"},
    )  # fmt: skip
    made.deliver({"sqdj_bh": "A", "ajzt": "06", "gxsj": "2024-06-04 10:00:01"}, KEYLESS, {"sqdj_bh": None, **OTHER})
    pipeline.build(made.settings)
    store = Store(made.settings)
    call = lookups.Call("mca", "kin", tokens_of(made)[OTHER_ID], SYSTEM, "C", "1", "01", "hub")
    number = lookups.begin(store, call, 10)
    assert number is not None
    lookups.answered(store, number, "answered", MOMENT + timedelta(days=9), {"subject_id_no": OTHER_ID})
    Secrets(store).renew("court", lambda _: {"bearer": "abc"})
    keys.key(made.settings, "session")
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_of(tmp_path_factory.mktemp("built") / "home").settings.home


@pytest.fixture
def court(built: Path, tmp_path: Path) -> CourtHome:
    shutil.copytree(built, tmp_path / "home", symlinks=True)
    return CourtHome(tmp_path / "home", MOMENT)


def tokens_of(court: CourtHome) -> dict[str, str]:
    """Token by value, of the vault; and those of rows without a key."""
    with opened(court.settings, court.settings.build_path) as con:
        held = dict(con.execute("SELECT value, token FROM wh.vault.personal_values").fetchall())
        rows = con.execute("SELECT DISTINCT row_token FROM wh.ops.rejected_rows WHERE row_token IS NOT NULL").fetchall()
    return held | {token: token for (token,) in rows}


def purposes(court: CourtHome) -> list[str]:
    return sorted({keys.purpose_of(name) for name in keys.names(court.settings)})


def everything(court: CourtHome) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of what a build file keeps and makes, by table; but which key its tokens are of."""
    with opened(court.settings, court.settings.build_path) as con:
        tables = con.execute(
            "SELECT schema_name || '.' || table_name, bool_or(column_name = 'event_id') FROM duckdb_columns()"
            " WHERE database_name = 'wh' AND (schema_name IN ('record', 'history', 'vault', 'link', 'core')"
            " OR table_name IN ('rejected_rows', 'order_rows')) AND table_name NOT IN ('token_keys', 'events')"
            " GROUP BY ALL"
        ).fetchall()
        return {
            name: sorted(con.execute(f"SELECT * {SAME_BUT if counted else ''} FROM wh.{name}").fetchall(), key=repr)
            for name, counted in tables
        }


def from_the_start(court: CourtHome, folder: Path) -> CourtHome:
    """A home that gets what this one has landed, under the keys that this one has now."""
    made = CourtHome(folder, MOMENT)
    for zone in ("landing", "staging", "quarantine"):
        shutil.copytree(court.settings.home / zone, folder / zone, dirs_exist_ok=True)
    for purpose in purposes(court):
        (folder / "keys" / purpose).write_text(keys.key(court.settings, purpose).hex())
    pipeline.build(made.settings)
    return made


def opens(court: CourtHome, secret: bytes) -> list[str]:
    """What of a home a key opens, tried one by one: every database, every sealed value."""
    found = []
    for path in court.settings.home.rglob("*.duckdb"):
        try:
            with duckdb.connect() as con:
                con.execute(f"ATTACH '{path}' AS tried (ENCRYPTION_KEY '{secret.hex()}', READ_ONLY)")
            found.append(path.name)
        except duckdb.Error:
            continue
    with Store(court.settings).read() as connection:
        for named in PLACES.values():
            for name, value in connection.execute(named.table.select().with_only_columns(named, named.table.c.sealed)):
                try:
                    AESGCM(secret).decrypt(value[:12], value[12:], name.encode())
                    found.append(f"{named.table.name} {name}")
                except InvalidTag:
                    continue
    return found


@pytest.mark.chaos
def test_a_rotation_of_every_key_killed_anywhere_is_gone_on_with(court: CourtHome, tmp_path: Path) -> None:
    """Each go is killed one failpoint later than the one before; a load that comes between two goes is merged."""
    settings, home, every = court.settings, court.settings.home, purposes(court)
    old = {name: keys.secret(settings, name) for name in keys.names(settings)}
    before, codes = tokens_of(court), everything(court)["link.case_codes"]
    assert any(row[5] in before for row in everything(court)["ops.order_rows"]), "an order has a row without a key"
    assert {row[3] for row in everything(court)["link.memberships"]} == {"first", "id_rule"}
    export(settings, ["core.case_reports"], tmp_path / "export")
    returning.make(settings, "330106", by="hub")
    assert set(old) == {"build", "reveal", "lookups", "secrets", "session", *(f"token_{kind}" for kind in KINDS)}
    assert [bool(opens(court, old[name])) for name in ("build", "reveal", "lookups", "secrets")] == [True] * 4
    asked: tuple[str, ...] = WHY
    for name in (one for one in FAILPOINTS if one.startswith("rotate.")):
        killed = run_hub(home, "keys", "rotate", *every, *asked, check=False, HUB_FAILPOINT=name, HUB_AS_OF=str(MOMENT))
        assert killed.returncode == -signal.SIGKILL, f"{name}: {killed.stdout}{killed.stderr}"
        asked = ()
        if name == "rotate.key_made":
            late = {"sqdj_bh": "D", **OTHER, "sqr": "新来的", "sqsj": "2024-01-05 09:12:44", "slsj": None}
            court.deliver(late, kind="backfill")
            pipeline.merge(settings)
            found = [one for one in examine(settings) if one.name == "key rotation"]
            assert [one.ok for one in found] == [False] * len(every)
    done = hub_json(home, "keys", "rotate", *every, HUB_AS_OF=str(MOMENT))
    assert (done["exports"], done["receivers"]) == ([str(tmp_path / "export")], ["330106"])
    assert register.unfinished(Store(settings)) == {}
    assert {one.verdict for one in decisions.effective(Store(settings), "key")} == {"rotated"}

    after = tokens_of(court)
    assert len(after) == len(before) + 1, "the name that came meanwhile"
    assert not set(before.values()) & set(after.values())
    sought = [*before.values(), *(token[:8] for token in before.values())]
    assert places(home, court, *sought) == []
    assert [row for row in everything(court)["link.case_codes"] if row in codes] == codes, "codes stay for ever"
    again = from_the_start(court, tmp_path / "again")
    assert everything(again) == everything(court)
    assert lookups.known(Store(settings), "mca", "kin") == {after[OTHER_ID]}
    assert [*lookups.waiting(Store(settings), "mca", "kin").values()] == [{"subject_id_no": OTHER_ID}]
    assert Secrets(Store(settings)).get("court") == {"bearer": "abc"}
    assert [opens(court, secret) for secret in old.values()] == [[]] * len(old)
    assert [len(opens(court, keys.key(settings, one))) for one in ("build", "reveal", "lookups", "secrets")] == [1] * 4
