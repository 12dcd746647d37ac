"""The build file is encrypted, has one writer, and leaves no log behind."""

from __future__ import annotations

import os
import stat

import duckdb
import msgspec
import pytest
from deliveries import AS_OF, CONTRACT, Row, check, land

from operations.locks import LockedError, writer_lock
from operations.settings import Settings
from warehouse.build import Writer
from warehouse.merge import merge
from warehouse.tables import TableError, create_tables

NAME, PHONE = "张无名氏", "13812341234"


def fill(writer: Writer) -> None:
    create_tables(writer, [CONTRACT])
    rows = [Row("a", fields={"applicant_name": NAME, "applicant_phone": PHONE, "address": "某路 1 号"})]
    manifest = land(writer.settings, rows)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)


def test_no_value_stands_in_the_file_or_its_log(settings: Settings) -> None:
    with Writer(settings) as writer:
        fill(writer)
        log = settings.build_path.with_name("build.duckdb.wal").read_bytes()
        assert len(log) > 1000
    content = settings.build_path.read_bytes()
    for value in (NAME, PHONE, "某路 1 号"):
        assert value.encode() not in content
        assert value.encode() not in log
    assert not settings.build_path.with_name("build.duckdb.wal").exists()
    assert stat.S_IMODE(settings.build_path.stat().st_mode) == 0o600


def test_without_the_key_it_cannot_be_read(settings: Settings) -> None:
    with Writer(settings) as writer:
        fill(writer)
    with pytest.raises(duckdb.Error, match="without a key"):
        duckdb.connect(str(settings.build_path), read_only=True)
    os.environ["HUB_KEY_BUILD"] = "00" * 32
    try:
        with pytest.raises(duckdb.Error, match="Wrong encryption key") as refused, Writer(settings):
            pass
    finally:
        del os.environ["HUB_KEY_BUILD"]
    assert "0000" not in str(refused.value)
    with Writer(settings) as writer:
        assert writer.con.execute("SELECT value FROM vault.personal_values ORDER BY ALL").fetchall() == [
            (PHONE,),
            (NAME,),
        ]


def test_a_second_writer_waits(settings: Settings) -> None:
    with Writer(settings), pytest.raises(LockedError), writer_lock(settings, timeout=0.05):
        pass


def test_a_failed_transaction_leaves_nothing(empty: Writer) -> None:
    def fail_halfway() -> None:
        with empty.transaction() as con:
            con.execute("CREATE TABLE core.half AS SELECT 1 AS one")
            con.execute("SELECT * FROM core.missing")

    with pytest.raises(duckdb.Error):
        fail_halfway()
    assert empty.con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'").fetchone() == (0,)


def test_personal_values_leave_the_vault_as_token_and_mask_only(writer: Writer) -> None:
    fill(writer)
    record = {name for (name, *_) in writer.con.execute("DESCRIBE record.case_reports").fetchall()}
    assert {"applicant_name_token", "applicant_name_mask"} <= record
    assert not record & {"applicant_name", "applicant_phone", "address"}
    assert writer.con.execute(
        "SELECT applicant_name_mask, applicant_phone_mask FROM record.case_reports"
    ).fetchall() == [("张**氏", "138****1234")]
    found = writer.con.execute(
        "SELECT p.value, v.address FROM record.case_reports AS r"
        " JOIN vault.personal_values AS p ON p.kind = 'name' AND p.token = r.applicant_name_token"
        " JOIN vault.case_reports AS v USING (system, source_id, load_id, record_hash)"
    ).fetchall()
    assert found == [(NAME, "某路 1 号")]


def test_one_person_has_one_token_however_often_he_comes(writer: Writer) -> None:
    for key in ("a", "b"):
        rows = [Row(key, fields={"applicant_name": NAME}), Row(key + "2", fields={"applicant_name": NAME})]
        manifest = land(writer.settings, rows)
        merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    tokens = "SELECT count(DISTINCT applicant_name_token), count(applicant_name_token) FROM record.case_reports"
    assert writer.con.execute(tokens).fetchone() == (1, 4)
    assert writer.con.execute("SELECT count(*) FROM vault.personal_values").fetchone() == (1,)


def test_a_contract_that_gains_a_column_widens_the_stored_tables(empty: Writer) -> None:
    narrow = msgspec.structs.replace(CONTRACT, columns=CONTRACT.columns[:4])
    create_tables(empty, [narrow])
    empty.con.execute("INSERT INTO record.case_reports (system, source_id) VALUES ('s', 'a')")
    create_tables(empty, [CONTRACT])
    create_tables(empty, [CONTRACT])
    assert empty.con.execute("SELECT applicant_phone_mask, has_minor FROM record.case_reports").fetchall() == [
        (None, None)
    ]
    comment = (
        "SELECT comment FROM duckdb_columns() WHERE schema_name = 'history' AND column_name = 'applicant_phone_mask'"
    )
    assert empty.con.execute(comment).fetchall() == [("申请人电话（脱敏）",)]


def test_a_column_that_a_contract_now_calls_personal_is_moved_into_the_vault(empty: Writer) -> None:
    columns = tuple(
        msgspec.structs.replace(column, personal=None if column.name == "address" else column.personal)
        for column in CONTRACT.columns
    )
    public = msgspec.structs.replace(CONTRACT, columns=columns)
    create_tables(empty, [public])
    for address in ("某路 1 号", "某路 2 号"):
        rows = [Row("a", fields={"address": address}), Row("b")]
        manifest = land(empty.settings, rows)
        merge(empty, manifest, check(empty.settings, manifest, rows), public, AS_OF)
    assert empty.con.execute("SELECT address FROM record.case_reports ORDER BY source_id").fetchall()[0] == (
        "某路 2 号",
    )
    create_tables(empty, [CONTRACT])
    create_tables(empty, [CONTRACT])
    shared = "SELECT schema_name FROM duckdb_columns() WHERE database_name = 'wh' AND column_name = 'address'"
    assert empty.con.execute(shared).fetchall() == [("vault",)]
    kept = "SELECT v.source_id, v.address FROM vault.case_reports AS v JOIN history.case_reports"
    kept += " USING (system, source_id, load_id, record_hash) WHERE v.address IS NOT NULL ORDER BY ALL"
    assert empty.con.execute(kept).fetchall() == [("a", "某路 1 号"), ("a", "某路 2 号")]


def test_a_column_that_changes_its_type_is_refused(writer: Writer) -> None:
    changed = msgspec.structs.replace(CONTRACT.columns[1], type="INTEGER")
    with pytest.raises(TableError, match=r"record\.case_reports\.stage_code is stored as VARCHAR"):
        create_tables(writer, [msgspec.structs.replace(CONTRACT, columns=(changed,))])
