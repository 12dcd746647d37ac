"""`hub export` writes what is published, whole or not at all, and says what it wrote."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import hub_json, run_hub

from hub.export import ExportError, export
from hub.published import NothingPublishedError
from operations.settings import Settings


@pytest.fixture(scope="module")
def settings(prepared: tuple[Path, dict[str, Any]]) -> Settings:
    return Settings(home=prepared[0], memory_limit="256MiB")


def differences(settings: Settings, table: str, folder: Path) -> int:
    """Rows, with their types, that only the published table or only the export has."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{(settings.published / 'current.duckdb').resolve()}' AS live (READ_ONLY)")
        files = f"read_parquet('{folder}/{table}/**/*.parquet', hive_partitioning = false)"
        described = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {files})").fetchall()
        live = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE live.{table})").fetchall()
        assert [pair for pair in described if not pair[0].startswith("by_")] == live
        ours, theirs = f"SELECT COLUMNS(c -> c NOT LIKE 'by\\_%' ESCAPE '\\') FROM {files}", f"FROM live.{table}"
        found = f"SELECT count(*) FROM (({ours}) EXCEPT ALL ({theirs}) UNION ALL ({theirs}) EXCEPT ALL ({ours}))"
        return int(con.execute(found).fetchall()[0][0])


def test_tables_come_out_whole_with_a_manifest_that_is_true(
    prepared: tuple[Path, dict[str, Any]], settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "export"
    done = hub_json(prepared[0], "export", "core.cases", "ref.codes", "core.cases", "--out", str(out))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == done["version"] == prepared[1]["published"]
    assert [table["name"] for table in manifest["tables"]] == ["core.cases", "ref.codes"]
    assert manifest["tables"][0]["rows"] == prepared[1]["cases"]
    assert manifest["tables"][0]["columns"]["case_code"].startswith("案件编码")
    listed = {file["path"]: file for table in manifest["tables"] for file in table["files"]}
    assert set(listed) == {str(path.relative_to(out)) for path in out.rglob("*.parquet")}
    for path, file in listed.items():
        assert hashlib.sha256((out / path).read_bytes()).hexdigest() == file["sha256"]
        assert (out / path).stat().st_size == file["bytes"]
    assert done["rows"] == sum(file["rows"] for file in listed.values())
    for table in ("core.cases", "ref.codes"):
        assert differences(settings, table, out) == 0


def test_a_time_gives_months_and_a_missing_time_a_folder_of_its_own(settings: Settings, tmp_path: Path) -> None:
    export(settings, ["core.cases"], tmp_path / "out", by="closed_at")
    assert differences(settings, "core.cases", tmp_path / "out") == 0
    wrong = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{tmp_path}/out/core.cases/**/*.parquet')"
        " WHERE by_closed_at IS DISTINCT FROM strftime(closed_at, '%Y-%m')"
    )
    assert wrong.fetchall() == [(0,)]
    folders = {path.name for path in (tmp_path / "out" / "core.cases").iterdir()}
    assert "by_closed_at=__HIVE_DEFAULT_PARTITION__" in folders
    assert len(folders) > 3


def test_a_code_stays_text_whatever_the_name_of_the_folder_looks_like(settings: Settings, tmp_path: Path) -> None:
    done = export(settings, ["core.cases", "core.visits"], tmp_path / "out", by="county_code")
    for table in ("core.cases", "core.visits"):
        assert differences(settings, table, tmp_path / "out") == 0
    assert done.files > 4


def test_a_table_without_rows_has_a_file_with_its_columns(settings: Settings, tmp_path: Path) -> None:
    done = export(settings, ["record.case_parties"], tmp_path / "out", by="system")
    assert (done.files, done.rows) == (1, 0)
    assert differences(settings, "record.case_parties", tmp_path / "out") == 0


@pytest.mark.parametrize(
    ("tables", "by", "says"),
    [
        (["core.case"], None, "no table 'core.case' is published; nearest: core.cases"),
        (["core.cases", "vault.personal_values"], None, "no table 'vault.personal_values' is published"),
        (["history.case_reports"], None, "nearest: core.case_reports, record.case_reports"),
        (["core.cases", "core.visits"], "stage_code", "core.visits has no column 'stage_code'; nearest: "),
        (["ref.divisions"], "code", "at most 1,000"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(
    settings: Settings, tmp_path: Path, tables: list[str], by: str | None, says: str
) -> None:
    with pytest.raises(ExportError) as caught:
        export(settings, tables, tmp_path / "out", by=by)
    assert says in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_as_it_is(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(ExportError, match="is not an empty folder; name a new one"):
        export(settings, ["core.cases"], tmp_path)
    with pytest.raises(ExportError, match="is not an empty folder"):
        export(settings, ["core.cases"], tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_before_the_first_publish_the_message_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError, match="run `hub run`"):
        export(Settings(home=tmp_path), ["core.cases"], tmp_path / "out")
    assert run_hub(tmp_path, "export", "core.cases", "--out", str(tmp_path / "out"), check=False).returncode == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_cannot_be_written_to_its_end_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    command = 'ulimit -f 16; exec "$0" -m hub export ref.codes core.divisions --out "$1"'
    done = subprocess.run(
        ["/bin/bash", "-c", command, sys.executable, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        env={"HUB_HOME": str(settings.home), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1, done.stderr
    assert "cannot be written: IO Error" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
