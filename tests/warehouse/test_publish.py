"""Both published files are always of one version, whole, masked and described."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from deliveries import AS_OF, CONTRACT, Row, check, land

from operations.settings import Settings
from warehouse.build import Writer
from warehouse.merge import merge
from warehouse.publish import PublishError, prepare

PERSON = {
    "applicant_name": "张小三",
    "applicant_id_no": "330108200001010016",
    "applicant_phone": "13812341234",
    "address": "某路 1 号",
}


def build(writer: Writer, *rows: Row) -> None:
    manifest = land(writer.settings, rows)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    writer.con.execute(
        "CREATE OR REPLACE TABLE core.cases AS SELECT 'JF' || source_id AS case_code, stage_code,"
        " applicant_name_mask, (SELECT count(*) FROM ops.loads) AS loads FROM record.case_reports"
        " ORDER BY case_code"
    )
    writer.con.execute(
        "CREATE OR REPLACE TABLE mart.centre AS SELECT count(*) AS cases, (SELECT count(*) FROM ops.loads) AS loads"
        " FROM core.cases"
    )
    writer.con.execute("COMMENT ON TABLE core.cases IS '案件'")


def read(settings: Settings, file: str, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str((settings.published / f"{file}.duckdb").resolve()), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_both_files_carry_the_version_that_the_manifest_describes(writer: Writer) -> None:
    build(writer, Row("b"), Row("a"))
    assert prepare(writer, AS_OF).commit() == 1
    published = writer.settings.published
    for file in ("current", "marts"):
        assert read(writer.settings, file, "SELECT version, as_of FROM ops.versions") == [(1, AS_OF)]
        assert stat.S_IMODE((published / "latest" / f"{file}.duckdb").stat().st_mode) == 0o640
    manifest = json.loads((published / "latest" / "manifest.json").read_text())
    for entry in manifest["files"]:
        assert hashlib.sha256((published / "latest" / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
    assert manifest["files"][0]["rows"]["core.cases"] == 2
    assert read(writer.settings, "current", "SELECT case_code FROM core.cases") == [("JFa",), ("JFb",)]


def test_no_personal_value_is_in_any_column_of_any_published_table(writer: Writer) -> None:
    build(writer, Row("a", fields=PERSON))
    prepare(writer, AS_OF).commit()
    for file in ("current", "marts"):
        tables = read(writer.settings, file, "SELECT schema_name || '.' || table_name FROM duckdb_tables()")
        assert tables
        assert not [name for (name,) in tables if str(name).startswith(("vault.", "history.", "link."))]
        for (name,) in tables:
            decoded = str(read(writer.settings, file, f"SELECT * FROM {name}"))
            assert not [value for value in PERSON.values() if value in decoded]
    assert read(writer.settings, "current", "SELECT applicant_name_mask FROM core.cases") == [("张*三",)]


def test_a_fingerprint_by_which_masked_values_could_be_tried_out_is_in_no_published_table(writer: Writer) -> None:
    build(writer, Row("a", fields=PERSON))
    [(fingerprint,)] = writer.con.execute("SELECT record_hash FROM record.case_reports").fetchall()
    prepare(writer, AS_OF).commit()
    for file in ("current", "marts"):
        for (name,) in read(writer.settings, file, "SELECT schema_name || '.' || table_name FROM duckdb_tables()"):
            assert str(fingerprint) not in str(read(writer.settings, file, f"SELECT * FROM {name}")), name


def test_a_model_that_selects_a_personal_column_is_not_published(writer: Writer) -> None:
    build(writer, Row("a", fields=PERSON))
    writer.con.execute("CREATE TABLE core.leak AS SELECT address FROM vault.case_reports")
    with pytest.raises(PublishError, match=r"core\.leak\.address"):
        prepare(writer, AS_OF)


def test_titles_of_tables_and_columns_are_carried_over(writer: Writer) -> None:
    build(writer, Row("a"))
    prepare(writer, AS_OF).commit()
    tables = dict(read(writer.settings, "current", "SELECT table_name, comment FROM duckdb_tables()"))
    assert tables["cases"] == "案件"
    column = "SELECT comment FROM duckdb_columns() WHERE table_name = 'case_reports' AND column_name = 'stage_code'"
    assert read(writer.settings, "current", column) == [("阶段",)]


def test_a_discarded_candidate_leaves_the_last_version_in_place(writer: Writer) -> None:
    build(writer, Row("a"))
    prepare(writer, AS_OF).commit()
    build(writer, Row("b"))
    prepare(writer, AS_OF).discard()
    assert read(writer.settings, "marts", "SELECT cases FROM mart.centre") == [(1,)]
    assert prepare(writer, AS_OF).commit() == 2


def test_a_file_that_lost_rows_is_not_published(writer: Writer) -> None:
    build(writer, Row("a"))
    candidate = prepare(writer, AS_OF)
    with duckdb.connect(str(candidate.current)) as con:
        con.execute("DELETE FROM core.cases")
    with pytest.raises(PublishError, match=r"core\.cases has 0 rows, the build has 1"):
        candidate.commit()
    assert not (writer.settings.published / "latest").exists()


def test_a_corrupt_file_is_not_published(writer: Writer) -> None:
    build(writer, *(Row(f"{number:06d}", str(number * 7919)) for number in range(300)))
    candidate = prepare(writer, AS_OF)
    content = bytearray(candidate.current.read_bytes())
    for place in range(20_000, len(content), 4_096):
        content[place] ^= 0xFF
    candidate.current.write_bytes(content)
    with pytest.raises((PublishError, duckdb.Error)):
        candidate.commit()
    assert not (writer.settings.published / "latest").exists()


def test_of_two_builds_that_publish_at_once_one_wins_and_the_other_says_so(writer: Writer) -> None:
    build(writer, Row("a"))
    slow = prepare(writer, AS_OF)
    kept = slow.folder.rename(writer.settings.home / "kept")
    prepare(writer, AS_OF).commit()
    slow.folder = kept
    with pytest.raises(PublishError, match="another build published version 1 meanwhile"):
        slow.commit()
    assert read(writer.settings, "marts", "SELECT version FROM ops.versions") == [(1,)]


def test_old_versions_go_and_the_linked_one_stays(writer: Writer) -> None:
    build(writer, Row("a"))
    for _ in range(writer.settings.keep_versions + 2):
        version = prepare(writer, AS_OF).commit()
    kept = sorted(path.name for path in writer.settings.published.glob("v*"))
    assert kept == [f"v{number:06d}" for number in range(version - 4, version + 1)]
    assert (writer.settings.published / "latest").readlink() == Path(f"v{version:06d}")


READER = """
import sys, time
from pathlib import Path
import duckdb
published, stop = Path(sys.argv[1]), Path(sys.argv[2])
QUERY = ("SELECT (SELECT version FROM current.ops.versions), (SELECT version FROM marts.ops.versions),"
         " (SELECT count(*) FROM current.core.cases), (SELECT cases FROM marts.mart.centre),"
         " (SELECT any_value(loads) FROM current.core.cases), (SELECT loads FROM marts.mart.centre)")
reads = 0
seen = set()
while not stop.exists():
    folder = (published / "latest").resolve()
    con = duckdb.connect()
    for file in ("current", "marts"):
        con.execute(f"ATTACH '{folder}/{file}.duckdb' AS {file} (READ_ONLY)")
    for _ in range(1 if reads % 2 else 10):
        version, same, rows, cases, loads, also = con.execute(QUERY).fetchone()
        assert (version, rows, loads) == (same, cases, also), (version, same, rows, cases, loads, also)
        assert folder.name == f"v{version:06d}"
        seen.add(version)
        reads += 1
    con.close()
print(reads, len(seen))
"""


def test_a_thousand_reads_during_publishes_see_whole_versions_only(writer: Writer, tmp_path: Path) -> None:
    settings = writer.settings
    build(writer, Row("0"))
    prepare(writer, AS_OF).commit()
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(settings.published), str(stop)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for number in range(1, 6):
            build(writer, Row(str(number)))
            prepare(writer, AS_OF).commit()
            threading.Event().wait(1)
    finally:
        stop.touch()
        outputs = [reader.communicate(timeout=60)[0] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0]
    counted = [tuple(map(int, output.split())) for output in outputs]
    assert sum(reads for reads, _ in counted) >= 1_000
    assert max(versions for _, versions in counted) >= 4
