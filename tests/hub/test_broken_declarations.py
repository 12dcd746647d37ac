"""A declaration that is broken for a while is our fault: it says nothing of what the department has mended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from homes import clone, hub_json, run_hub

from schemas.declaration import FOLDER

SYSTEM = "court_odr"
BREAK = {
    "unreadable": lambda text: text + "\nno_such_word: 1\n",
    "unfit": lambda text: "".join(line for line in text.splitlines(keepends=True) if "reported_at:" not in line),
}


def orders(home: Path, **environment: str) -> list[tuple[Any, ...]]:
    names = ("order_no", "state", "round", "rows_open", "rows_ours", "department", "title")
    rows = hub_json(home, "workorders", "list", "--system", SYSTEM, **environment)
    return sorted(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("how", BREAK)
def test_its_work_orders_wait_until_it_is_mended(
    prepared: tuple[Path, dict[str, Any]], tmp_path: Path, how: str
) -> None:
    home = clone(prepared[0], tmp_path / "home")
    before = orders(home)
    assert any(rows_open for _, _, _, rows_open, *_ in before)
    systems = tmp_path / "systems"
    shutil.copytree(FOLDER, systems)
    path = systems / f"{SYSTEM}.yml"
    path.write_text(BREAK[how](path.read_text(encoding="utf-8")), encoding="utf-8")
    run_hub(home, "build", HUB_SYSTEMS=str(systems))
    found = hub_json(home, "doctor", check=False, HUB_SYSTEMS=str(systems))
    assert f"declaration {SYSTEM}" in [row["name"] for row in found if not row["ok"]]
    assert orders(home) == before
    run_hub(home, "build")
    assert orders(home) == before
