"""Rows that went without a deletion on the ledger stop a publish until a person says that they were meant to go."""

from __future__ import annotations

from pathlib import Path

from homes import clone, hub_json, run_hub
from linked_court import Linked, report

from operations.settings import Settings
from warehouse.build import Writer

LOST = (
    "DELETE FROM record.case_steps WHERE source_id IN (SELECT source_id FROM record.case_steps ORDER BY ALL LIMIT {})"
)


def lose(home: Path, rows: int) -> None:
    with Writer(Settings(home=home)) as writer:
        writer.con.execute(LOST.format(rows))


def steps(home: Path) -> int:
    with Writer(Settings(home=home)) as writer:
        return int(writer.con.execute("SELECT count(*) FROM record.case_steps").fetchall()[0][0])


def decide_all(home: Path, verdict: str) -> list[str]:
    """Decides what waits; the tables that it was about."""
    waiting = hub_json(home, "decisions", "list")
    for one in waiting:
        assert one["kind"] == "fewer_rows"
        run_hub(home, "decisions", "decide", str(one["id"]), verdict, "--by", "lin", "--reason", "系统已下线")
    return sorted(one["subject"]["table"] for one in waiting)


def test_a_fall_is_published_once_a_person_accepts_it_and_a_further_one_is_not(landed: Path, tmp_path: Path) -> None:
    home = clone(landed, tmp_path / "home")
    run_hub(home, "build")
    some = steps(home) // 4
    lose(home, some)

    refused = run_hub(home, "publish", check=False)
    assert refused.returncode == 1
    assert "record.case_steps" in refused.stderr
    assert "hub decisions list" in refused.stderr
    wrong = run_hub(
        home, "decisions", "decide", str(hub_json(home, "decisions", "list")[0]["id"]), "delete",
        "--by", "lin", "--reason", "错", check=False,
    )  # fmt: skip
    assert wrong.returncode == 2
    assert "accept, refuse" in wrong.stderr
    assert "record.case_steps" in decide_all(home, "accept")
    published = hub_json(home, "publish")["published"]

    lose(home, some)
    assert run_hub(home, "publish", check=False).returncode == 1
    assert decide_all(home, "refuse")
    assert run_hub(home, "publish", check=False).returncode == 1
    assert hub_json(home, "decisions", "list") == []
    assert (home / "published" / "latest").resolve().name == f"v{published:06d}"


def test_a_merge_of_cases_by_a_person_is_no_loss(tmp_path: Path) -> None:
    linked = Linked(tmp_path / "home", *(report(key, "2024-04-10") for key in "ABC"))
    home = linked.settings.home
    run_hub(home, "build")
    hub_json(home, "link", "merge", linked.code("A"), linked.code("B"), "--by", "lin", "--reason", "同一纠纷")
    assert hub_json(home, "build")["cases"] == 2
    assert hub_json(home, "decisions", "list") == []
