"""What is looked at of a department's files before they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from file_drops import trial
from previewed import previewed

from hub.onboarding.rows import look, sample
from schemas.declaration import System


def test_preview_shows_the_first_records_of_any_format(tmp_path: Path, connect: Callable) -> None:
    system: System = trial(tmp_path, "{kind: json_lines}")
    (tmp_path / "outbox" / "a.jsonl").write_text('{"编号":"A1"}\n{"编号":\n{"编号":"A2"}\n', encoding="utf-8")
    connector = connect(system)
    assert previewed(connector, system.datasets["cases"], 1) == [{"编号": "A1"}]
    found = look(connector.preview(system.datasets["cases"]))
    assert found.rows == [{"编号": "A1"}, {"编号": "A2"}]
    assert str(found.left_out[0]) == "record 2 (a.jsonl): Input data was truncated"


def test_a_sample_begins_with_the_newest_file_and_takes_each_file_once(tmp_path: Path, connect: Callable) -> None:
    system: System = trial(tmp_path, "{kind: json_lines}")
    for name, keys in (("a.jsonl", ["A1", "A2"]), ("b.jsonl", ["A3", "A4"]), ("c.jsonl", ["A5"])):
        body = "".join(f'{{"编号":"{key}"}}\n' for key in keys)
        (tmp_path / "outbox" / name).write_text(body, encoding="utf-8")
    dataset = system.datasets["cases"]
    assert [row["编号"] for row in sample(connect(system), dataset, 2).rows] == ["A5", "A1"]
    assert [row["编号"] for row in sample(connect(system), dataset, 9).rows] == ["A5", "A1", "A2", "A3", "A4"]
