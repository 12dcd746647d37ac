"""What was reported stays known, and every cause of its change is told once, to the last case."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from court import CROSSWALK, SYSTEM, CourtHome
from homes import hub_json, run_hub

from hub import linking, mapping, publication, published, reading, restated
from hub.restated import ALWAYS, Restated
from hub.summary import Stopwatch
from operations.store import Store
from warehouse import metric_changes
from warehouse.build import Writer

FIRST, SECOND = datetime(2024, 7, 1, 8), datetime(2024, 7, 2, 8)
RIVER, LAKE = "330108", "330106"  # 滨江区, 西湖区
ALONE = {"sqrzjhm": None, "sqrlxdh": None, "bsqrlxdh": None, "bsqr_tyxydm": None, "wbxt": None, "wbbh": None}
SAME = {**ALONE, "sqrzjhm": "330108198001010016"}  # reports of one person, which are one case
DONE = {"jasj": 1718000000000, "ajzt": "16", "jafs": "1"}  # 10 June
Numbers = dict[tuple[str, str, str], tuple[int, int | None, float | None]]


def report(key: str, day: str, county: str = RIVER, who: dict[str, Any] = ALONE, **changes: Any) -> dict[str, Any]:
    town = {RIVER: "330108002", LAKE: "330106002"}[county]
    came = {"sqsj": f"{day} 09:12:44", "slsj": int(datetime.fromisoformat(f"{day} 10:00+08:00").timestamp() * 1000)}
    return {**who, **came, "sqdj_bh": key, "qxdm": county, "jddm": town, **changes}


def refreshed(court: CourtHome, writer: Writer) -> None:
    """All that a build does between merge and publish."""
    publication.refresh(writer, Store(court.settings), court.settings.clock(), Stopwatch(), lambda *_: None)


def decided_by_a_person(court: CourtHome) -> None:
    """B and C are one case after all; of D and E each is its own."""
    with published.current(court.settings) as con:
        codes = dict(con.execute("SELECT source_id, case_code FROM core.case_reports").fetchall())
    linking.merge(court.settings, codes["B"], codes["C"], "lin", "one neighbour, one wall")
    linking.split(court.settings, codes["D"], [(SYSTEM, "E")], "lin", "another wall")


@dataclass
class Story:
    """Two versions of one home: in the second, each cause has happened once."""

    court: CourtHome

    def file(self, version: int) -> Path:
        return self.court.settings.published / f"v{version:06d}" / "current.duckdb"

    def shown(self, version: int) -> Numbers:
        """(metric, area, period) -> numerator, denominator, value, as mart.centre of a version has them."""
        with duckdb.connect(str(self.file(version)), read_only=True) as con:
            rows = con.execute(
                "SELECT metric, area_code, period, numerator, denominator, value FROM mart.centre"
                " WHERE area_level <> 'town'"
            ).fetchall()
        return {(metric, area, period): number for metric, area, period, *number in rows for number in [tuple(number)]}

    @contextmanager
    def reader(self) -> Iterator[reading.Reader]:
        with published.current(self.court.settings) as con, closing(reading.Reader(con, restated.FOLDER)) as reader:
            yield reader

    def told(self, area: str, period: str, *metrics: str) -> dict[str, Restated]:
        with self.reader() as reader:
            since = restated.reported_on(restated.steps(reader), FIRST.date())
            registry = restated.indicators(reader)
            asked = [registry[name] for name in metrics or registry]
            return {one.indicator.name: one for one in restated.restated(reader, since, asked, [area], period)}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    court = CourtHome(tmp_path_factory.mktemp("restated") / "home", FIRST)
    court.deliver(
        report("A", "2024-06-03", **DONE), report("H", "2024-06-01"),
        report("B", "2024-06-04"), report("C", "2024-06-05"),
        report("D", "2024-06-06", who=SAME), report("E", "2024-06-07", who=SAME),
        report("F", "2024-06-08", LAKE), report("G", "2024-06-09", LAKE),
        report("R", "2024-06-10", LAKE, ay="LD01"),
    )  # fmt: skip
    court.publish(lambda writer: refreshed(court, writer))
    court.at(SECOND).deliver(
        report("F", "2024-06-08", RIVER, gxsj="2024-07-01 12:00:00"),
        report("L", "2024-06-20"),
        report("N", "2024-07-01"),
    )
    court.deliver(b'{"source_id": "G"}', kind="deletes")
    mapping.approve(court.settings, CROSSWALK, "LD01", "0701", "lin", "the court says so")
    decided_by_a_person(court)
    court.publish(lambda writer: refreshed(court, writer))
    return Story(court)


def causes(one: Restated) -> dict[str, int]:
    return {change.cause: change.numerator for change in one.changes}


def test_each_cause_is_told_once_and_where_it_happened(story: Story) -> None:
    river = story.told(RIVER, "2024-06", "reports", "cases_accepted", "duplicates_merged")
    assert causes(river["reports"]) == {"late": 1, "edit": 1}
    assert causes(river["cases_accepted"]) == {"late": 1, "split": 1, "edit": 1, "merge": -1}
    assert causes(river["duplicates_merged"]) == {"split": -1, "merge": 1}
    lake = story.told(LAKE, "2024-06", "reports", "cases_accepted")
    assert causes(lake["reports"]) == {"remap": 1, "edit": -1, "delete": -1}
    assert causes(lake["cases_accepted"]) == {"remap": 1, "edit": -1, "delete": -1}
    assert causes(story.told("33", "2024-06", "reports")["reports"]) == {"remap": 1, "late": 1, "delete": -1}
    assert causes(story.told(RIVER, "2024-07", "reports")["reports"]) == {"new": 1}


def test_the_rows_behind_a_change_are_listed_and_add_up_to_it(story: Story) -> None:
    with duckdb.connect(str(story.file(2)), read_only=True) as con:
        listed = con.execute(
            "SELECT area_code, cause, source_id, numerator FROM ops.metric_rows WHERE metric = 'reports' ORDER BY ALL"
        ).fetchall()
        apart = con.execute(
            "SELECT * FROM (SELECT metric, area_code, period, cause, measured, sum(numerator), sum(denominator)"
            " FROM ops.metric_changes WHERE step = 2 AND cause NOT IN ('new', 'recomputed') AND period < '2024-07'"
            " GROUP BY ALL) EXCEPT (SELECT metric, area_code, period, cause, measured, sum(numerator), sum(denominator)"
            " FROM ops.metric_rows GROUP BY ALL)"
        ).fetchall()
        moved = con.execute(
            "SELECT cause, count(*) FROM ops.metric_rows WHERE metric = 'cases_accepted'"
            " AND cause IN ('merge', 'split') AND case_code IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert listed == [
        *((LAKE, "delete", "G", -1), (LAKE, "edit", "F", -1), (LAKE, "remap", "R", 1)),
        *((RIVER, "edit", "F", 1), (RIVER, "late", "L", 1)),
    ]
    assert apart == []
    assert moved == [("merge", 1), ("split", 1)]


def test_a_number_that_time_alone_changed_says_so(story: Story) -> None:
    """A limit passed between the versions; nobody touched the case."""
    overdue = story.told(RIVER, ALWAYS, "overdue_open")["overdue_open"]
    assert "recomputed" in causes(overdue)


def test_every_number_of_every_place_and_period_is_explained_to_the_last(story: Story) -> None:
    then, now = story.shown(1), story.shown(2)
    areas = sorted({area for _, area, _ in now} & {"33", "3301", "3302", RIVER, LAKE, "330110"})
    periods = {period for _, _, period in then.keys() | now.keys()}
    assert {"2024-06", "2024-07", ALWAYS} <= periods
    compared = changed = 0
    for area in areas:
        for period in periods:
            for metric, one in story.told(area, period).items():
                key = (metric, area, period)
                if period != ALWAYS and not one.indicator.has_months:
                    continue
                for shown, found in ((then, one.reported), (now, one.known)):
                    numerator, denominator, value = shown.get(
                        key, (0, 0 if one.indicator.has_denominator else None, None)
                    )
                    assert (found.numerator, found.denominator or 0) == (numerator, denominator or 0), key
                    assert found.value == value or (key not in shown and not found.numerator), key
                moved = [(change.numerator, change.denominator or 0) for change in one.changes]
                assert one.reported.numerator + sum(n for n, _ in moved) == one.known.numerator, key
                assert (one.reported.denominator or 0) + sum(d for _, d in moved) == (one.known.denominator or 0), key
                chain = [one.reported, *(change.after for change in one.changes)]
                assert [change.before for change in one.changes] == chain[:-1], key
                compared += 1
                changed += bool(moved)
    assert compared > 400
    assert changed > 60


def test_the_command_tells_it_too_and_names_the_first_version(story: Story) -> None:
    home = story.court.settings.home
    found = hub_json(
        home, "metrics", "as-of", "2024-07-01", "--metric", "reports", "--area", LAKE, "--period", "2024-06"
    )
    assert (found["reported"]["version"], found["known"]["version"]) == (1, 2)
    [one] = found["indicators"]
    assert (one["reported"]["numerator"], one["known"]["numerator"]) == (2, 1)
    assert [(change["cause"], change["numerator"]) for change in one["changes"]] == [
        ("remap", 1), ("edit", -1), ("delete", -1),
    ]  # fmt: skip
    assert "迟到补报" in run_hub(home, "metrics", "as-of", "2024-07-01").stdout
    early = run_hub(home, "metrics", "as-of", "2024-06-30", check=False)
    assert early.returncode == 1
    assert "the first is version 1" in early.stderr
    for wrong in (("--metric", "x"), ("--area", "330108001"), ("--period", "2024-13")):
        assert run_hub(home, "metrics", "as-of", "2024-07-01", *wrong, check=False).returncode == 2, wrong


@pytest.fixture
def writer(story: Story, tmp_path: Path) -> Iterator[Writer]:
    """A copy of the home, open for writing."""
    home = shutil.copytree(story.court.settings.home, tmp_path / "home", symlinks=True)
    with Writer(replace(story.court.settings, home=home)) as opened:
        yield opened


def logged(writer: Writer, metric: str, step: int = 3) -> list[tuple[Any, ...]]:
    return writer.con.execute(
        "SELECT cause, sum(numerator) FROM ops.metric_changes WHERE metric = ? AND step = ? GROUP BY ALL ORDER BY ALL",
        [metric, step],
    ).fetchall()


def total(writer: Writer, metric: str) -> int:
    ((found,),) = writer.con.execute(
        "SELECT sum(numerator) FROM ops.metric_changes WHERE metric = ?", [metric]
    ).fetchall()
    return int(found)


def test_a_step_that_was_never_published_is_forgotten(writer: Writer) -> None:
    for _ in range(2):
        metric_changes.keep(writer, datetime(2024, 7, 3, 8))
    steps = writer.con.execute("SELECT step, version FROM ops.metric_steps ORDER BY ALL").fetchall()
    assert steps == [(1, 1), (2, 2), (3, 3)]
    assert writer.con.execute("SELECT count(*) FROM ops.metric_changes WHERE step = 3").fetchall() == [(0,)]


def test_another_definition_is_the_cause_of_all_that_it_changes(writer: Writer) -> None:
    writer.con.execute("UPDATE ref.metrics SET rows_predicate = 'source_id = ''A''', numerator = 'source_id = ''A'''"
                       " WHERE name = 'reports'")  # fmt: skip
    before = total(writer, "reports")
    metric_changes.keep(writer, datetime(2024, 7, 3, 8))
    assert logged(writer, "reports") == [("definition", 1 - before)]
    assert total(writer, "reports") == 1
    assert logged(writer, "closed_cases") == []


def test_without_the_version_it_led_to_the_log_begins_anew_and_is_still_right(writer: Writer) -> None:
    """What was reported before stays; what is known now is what is counted now."""
    (writer.settings.published / "latest").unlink()
    before = total(writer, "reports")
    writer.con.execute("DELETE FROM core.case_reports WHERE source_id = 'A'")
    metric_changes.keep(writer, datetime(2024, 7, 3, 8))
    assert logged(writer, "reports") == [("opening", -1)]
    assert total(writer, "reports") == before - 1


def test_a_version_that_was_rewritten_leads_no_number_astray(writer: Writer) -> None:
    """An erasure reaches what is published; what is known now stays what is counted."""
    erased = "DELETE FROM core.case_reports WHERE source_id = 'A'"
    with duckdb.connect(str((writer.settings.published / "current.duckdb").resolve())) as con:
        con.execute(erased)
    writer.con.execute(erased)
    writer.con.execute("UPDATE mart.centre SET numerator = numerator - 1 WHERE metric = 'reports' AND numerator > 0")
    before = total(writer, "reports")
    metric_changes.keep(writer, datetime(2024, 7, 3, 8))
    assert total(writer, "reports") == before - 1
    assert logged(writer, "reports") == [("recomputed", -1)]
    assert logged(writer, "closed_cases") == []


def test_what_was_reported_on_a_day_is_the_last_version_of_it() -> None:
    known = [restated.Step(3, 3, datetime(2024, 7, 2, 20)), restated.Step(2, 2, datetime(2024, 7, 2, 8)),
             restated.Step(1, 1, FIRST)]  # fmt: skip
    assert restated.reported_on(known, date(2024, 7, 2)).version == 3
    assert restated.reported_on(known, date(2024, 7, 1)).version == 1
    assert restated.reported_on(known, date(2025, 1, 1)).version == 3
    with pytest.raises(restated.NotReportedError, match="the first is version 1"):
        restated.reported_on(known, date(2024, 6, 30))
    with pytest.raises(restated.NotReportedError, match="hub build"):
        restated.reported_on([], date(2024, 6, 30))
