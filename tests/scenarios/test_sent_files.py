"""Departments that send files: one sends yesterday's again, another's spreadsheet has ruined an identity number."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub


@dataclass(frozen=True)
class Sent:
    """A home that has merged everything, and the two loads in question as `hub sync` tells of them."""

    home: Path
    again: dict[str, Any]  # the file that came a second time
    spoilt: dict[str, Any]  # the workbook with the number
    rows: int  # of that file, by its control file


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    home = tmp_path_factory.mktemp("files")
    run_hub(home, "sandbox", "up", "--cases", "60", "--today", "2026-06-30")
    for system in ("medical_disputes", "union_rights"):
        run_hub(home, "sync", system)
    rows = _send_again(home / "sandbox" / "sftp" / "outbox")
    again = hub_json(home, "sync", "medical_disputes")[0]
    run_hub(home, "sandbox", "fault", "union_rights", "scientific_id")
    spoilt = hub_json(home, "sync", "union_rights")[0]
    hub_json(home, "build")
    yield Sent(home, again, spoilt, rows)
    run_hub(home, "sandbox", "down", check=False)


def _send_again(outbox: Path) -> int:
    """The newest file with rows comes under its own name and under a new one; returns its rows."""
    for file in sorted(outbox.glob("YLJF_????????.csv"), reverse=True):
        rows = int(file.with_suffix(".csv.ok").read_text(encoding="utf-8").split("rows=")[1])
        if rows:
            file.touch()
            for suffix in (".csv", ".csv.ok"):
                shutil.copy(file.with_suffix(suffix), outbox / f"YLJF_20260701{suffix}")
            return rows
    raise AssertionError("no file has any rows")


def test_yesterdays_file_sent_again_brings_nothing_new_and_the_ledger_balances(sent: Sent) -> None:
    first, again = hub_json(sent.home, "ledger", "--system", "medical_disputes")
    assert first["loaded"] > 0
    assert again["load_id"] == sent.again["load_id"]
    # Under its own name the same content is not even landed again.
    assert again["declared"] == again["landed"] == sent.rows
    assert (again["loaded"], again["deleted"], again["balance"]) == (0, 0, 0)
    assert again["unchanged"] + again["superseded"] + again["duplicate"] + again["rejected"] == sent.rows


def test_an_identity_number_in_scientific_notation_is_rejected_with_the_cell_to_correct(sent: Sent) -> None:
    rows = hub_json(sent.home, "quarantine", "list", "--system", "union_rights")
    [row] = [one for one in rows if one["load_id"] == sent.spoilt["load_id"]]
    assert (row["rules"], row["state"]) == (["applicant_id_no.scientific"], "open")
    # P is the column 身份证号, 5 the first row below the header.
    assert (row["file"], row["sheet"], row["cell"]) == ("职工维权台账_202607.xlsx", "维权案件", "P5")

    shown = run_hub(sent.home, "quarantine", "show", row["load_id"], str(row["position"])).stdout
    for text in (f"{row['file']} 维权案件!P5", row["source_id"], "转成科学计数法，末尾数字已经丢失，无法恢复"):
        assert text in shown

    line = hub_json(sent.home, "ledger", "--system", "union_rights")[-1]
    assert line["load_id"] == sent.spoilt["load_id"]
    assert (line["rejected"], line["loaded"], line["balance"]) == (1, sent.spoilt["landed"] - 1, 0)
