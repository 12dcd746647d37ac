"""A department's own MariaDB table becomes a system, and changes under it: what the tools propose and say."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from forgetting import forget_declarations
from homes import hub_json, run_hub

from hub import crosswalks
from hub.meanings import meanings
from hub.onboarding.discovery import Ask, Discovery, discover, write
from operations.settings import Settings
from operations.store import Store

ROWS = 40


@dataclass(frozen=True)
class Register:
    """A register of disputes as a department keeps it, and the home of a hub that begins to read it."""

    engine: sa.Engine
    home: Path
    systems: Path

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def discover(self) -> Discovery:
        """The proposals for its table, as a command of its own would make them."""
        forget_declarations()
        settings = Settings.from_env()
        settings.prepare()
        return discover(settings, Store(settings), Ask("register", "cases", "t_djb"))

    def given(self) -> dict[str, str]:
        """What a command of its own needs to know."""
        return {name: os.environ[name] for name in ("HUB_SYSTEMS", "REGISTER_URL", "AIRFLOW_CONN_REGISTER")}

    def check(self) -> list[str]:
        """What `hub check` finds wrong."""
        found = hub_json(self.home, "check", "register", check=False, **self.given())
        return [one["message"] for one in found if not one["ok"]]

    def text(self) -> str:
        return (self.systems / "register.yml").read_text(encoding="utf-8")


@pytest.fixture
def register(tmp_path: Path, mariadb: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    server = sa.create_engine(mariadb, poolclass=sa.NullPool)
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    url = server.url.set(database=name)
    found = Register(sa.create_engine(url, poolclass=sa.NullPool), tmp_path / "home", tmp_path / "systems")
    found.run(
        "CREATE TABLE t_djb (djbh VARCHAR(20) PRIMARY KEY, jfmc VARCHAR(50), jflx CHAR(2) COMMENT '纠纷类型',"
        " djsj DATETIME, zt TINYINT, sqrlxdh VARCHAR(20), qxmc VARCHAR(20) COMMENT '所属区县', gxsj DATETIME,"
        " scbz CHAR(1) COMMENT '删除标志 0正常1删除')"
    )
    counties = ("滨江区", "余杭区")
    for n in range(ROWS):
        day = f"{n % 28 + 1:02} 08:00:00"
        found.run(
            f"INSERT INTO t_djb VALUES ('DJ{n:04}', '纠纷{n}', '0{n % 5 + 1}', '2026-03-{day}', {n % 3},"
            f" '138{n:08}', '{counties[n % 2]}', '2026-04-{day}', '{int(n == 7)}')"
        )
    found.systems.mkdir()
    monkeypatch.setenv("HUB_HOME", str(found.home))
    monkeypatch.setenv("HUB_SYSTEMS", str(found.systems))
    monkeypatch.setenv("REGISTER_URL", url.set(username=None).render_as_string())
    monkeypatch.setenv("AIRFLOW_CONN_REGISTER", json.dumps({"login": url.username}))
    words = ("--kind", "database", "--department", "justice_department", "--dataset", "cases")
    run_hub(found.home, "new", "register", *words, HUB_SYSTEMS=str(found.systems))
    yield found
    forget_declarations()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")


def test_numbers_that_are_codes_of_the_list_by_chance_need_a_crosswalk(register: Register) -> None:
    """01 to 05 are codes of case_type, but what this department means by them is another matter."""
    found = {one.column.name: one for one in register.discover().proposals}
    assert found["case_type_code"].field == "jflx"
    assert found["case_type_code"].crosswalk == "register_case_type"


def test_a_mark_of_deletion_is_declared_with_the_value_that_says_so(register: Register) -> None:
    found = register.discover()
    assert 'deletes: {kind: tombstone, field: scbz, equals: ["1"]}\n' in found.text
    assert "deletes: scbz is called a mark of deletion; make sure of the value that says so" in found.remarks
    assert not [one for one in found.remarks if one.startswith("not matched") and "scbz" in one]


def test_a_column_that_was_renamed_keeps_its_mapping_and_is_told(register: Register) -> None:
    write("register", register.discover().text)
    assert "applicant_phone: sqrlxdh  #" in register.text()
    register.run("ALTER TABLE t_djb RENAME COLUMN sqrlxdh TO lxfs")
    found = register.discover()
    assert "applicant_phone: sqrlxdh  #" in found.text
    (told,) = [one for one in found.remarks if "sqrlxdh" in one]
    assert told.startswith("applicant_phone is mapped from sqrlxdh, which is none of the fields seen")
    assert told.endswith("if it has another name now, correct it: lxfs")
    register.run("ALTER TABLE t_djb RENAME COLUMN lxfs TO applicant_phone")
    (told,) = [one for one in register.discover().remarks if "sqrlxdh" in one]
    assert told.endswith("if it is applicant_phone now, correct it")


def test_counties_that_are_written_by_name_are_mapped_to_their_codes(register: Register) -> None:
    found = register.discover()
    assert "county_code: {from: qxmc, crosswalk: register_county}" in found.text
    write("register", found.text)
    forget_declarations()
    assert crosswalks.labels("register_county", date(2026, 6, 30))["330108"] == "滨江区"
    assert next(one.to_code for one in meanings("register_county", ()) if one.text == "余杭区") == "330110"
    refused = run_hub(
        register.home, "mapping", "approve", "register_county", "滨江区", "330199", "--by", "王工", "--reason", "区划",
        check=False, HUB_SYSTEMS=str(register.systems),
    )  # fmt: skip
    assert "county_code has no code '330199' in force; it has 330102 上城区" in refused.stderr


def test_check_names_a_placeholder_that_was_left_and_a_column_that_is_gone(register: Register) -> None:
    write("register", register.discover().text)
    text = register.text().replace("    fields:\n", "    fields:\n      matter_kind: {const: dispute}\n")
    text = "".join(line for line in text.splitlines(keepends=True) if "crosswalk: " not in line)
    (register.systems / "register.yml").write_text(text.replace("schedule:", "# FILL_IN\nschedule:"), encoding="utf-8")
    assert not [one for one in register.check() if "FILL_IN" in one]
    (register.systems / "register.yml").write_text(text.replace("[djbh]", "[FILL_IN]"), encoding="utf-8")
    assert "FILL_IN still stands in key (line" in register.check()[0]
    (register.systems / "register.yml").write_text(text, encoding="utf-8")
    register.run("ALTER TABLE t_djb RENAME COLUMN sqrlxdh TO lxfs")
    told = register.check()[-1]
    assert "register.cases: t_djb with 9 columns, and none of them is sqrlxdh, which `fields` names" in told
    assert "not declared yet: jflx, zt, lxfs, qxmc." in told
    given = register.given()
    assert hub_json(register.home, "preview", "register", "cases", **given)["lacking"] == ["sqrlxdh"]
    probed = {one["check"]: one for one in hub_json(register.home, "probe", "register", check=False, **given)}
    assert (probed["shape"]["state"], probed["deletes"]["state"]) == ("fail", "ok")
    assert probed["shape"]["advice"].startswith("correct `fields`: a sync refuses a delivery without them")


def test_an_address_without_its_driver_is_answered_with_the_one_to_write(register: Register) -> None:
    given = register.given()
    given["REGISTER_URL"] = given["REGISTER_URL"].replace("mysql+pymysql://", "mysql://")
    found = hub_json(register.home, "check", "register", check=False, **given)
    assert found[-1]["message"].endswith("no driver for mysql; write mysql+pymysql://host:3306/database")
