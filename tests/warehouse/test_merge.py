"""Every landed row falls into exactly one term, and the current state follows the newest accepted version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from deliveries import AS_OF, CONTRACT, Row, check, land

from schemas.contract import Column
from schemas.delivery import FieldChange
from warehouse.build import Writer
from warehouse.drift import keep_drift
from warehouse.landing import Landing
from warehouse.ledger import BalanceError, LedgerLine, lines, pending
from warehouse.merge import merge
from warehouse.staged import StagedError
from warehouse.vault import tokenise

DAY = timedelta(days=1)


def deliver(writer: Writer, *rows: Row, since: datetime | None = None, file: Path | None = None) -> LedgerLine:
    manifest = land(writer.settings, rows, since=since, file=file)
    return merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)


def test_a_row_rejected_in_a_workbook_keeps_its_cell(writer: Writer) -> None:
    deliver(writer, Row("a", rejected=True))
    assert writer.con.execute("SELECT cell FROM ops.open_rejections").fetchall() == [("登记表!K17",)]


def terms(line: LedgerLine) -> dict[str, int]:
    names = ("loaded", "unchanged", "superseded", "duplicate", "deleted", "rejected")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def current(writer: Writer) -> dict[str, str]:
    return dict(writer.con.execute("SELECT source_id, stage_code FROM record.case_reports").fetchall())


def waiting(writer: Writer) -> dict[str, datetime]:
    return dict(
        writer.con.execute(
            "SELECT source_id, pending_correction_since FROM record.case_reports"
            " WHERE pending_correction_since IS NOT NULL"
        ).fetchall()
    )


def open_rejections(writer: Writer) -> list[str | None]:
    rows = writer.con.execute("SELECT source_id FROM ops.open_rejections ORDER BY ALL").fetchall()
    return [source_id for (source_id,) in rows]


def test_a_new_row_is_loaded_and_the_same_row_again_is_unchanged(writer: Writer) -> None:
    assert terms(deliver(writer, Row("a", updated=AS_OF))) == {"loaded": 1}
    before = writer.con.execute("SELECT * FROM record.case_reports").fetchall()
    assert terms(deliver(writer, Row("a", updated=AS_OF))) == {"unchanged": 1}
    assert writer.con.execute("SELECT * FROM record.case_reports").fetchall() == before


def test_of_two_rows_with_one_key_the_later_update_wins_whatever_its_position(writer: Writer) -> None:
    line = deliver(writer, Row("a", "20", AS_OF), Row("a", "10", AS_OF - DAY), Row("b"), Row("b", "30"))
    assert terms(line) == {"loaded": 2, "duplicate": 2}
    assert current(writer) == {"a": "20", "b": "30"}


def test_an_older_version_that_comes_late_is_superseded(writer: Writer) -> None:
    deliver(writer, Row("a", "20", AS_OF))
    assert terms(deliver(writer, Row("a", "10", AS_OF - DAY))) == {"superseded": 1}
    assert current(writer) == {"a": "20"}


def test_a_version_seen_unchanged_with_a_later_time_still_beats_what_lies_between(writer: Writer) -> None:
    deliver(writer, Row("a", "10", AS_OF - 2 * DAY))
    assert terms(deliver(writer, Row("a", "10", AS_OF))) == {"unchanged": 1}
    assert terms(deliver(writer, Row("a", "20", AS_OF - DAY))) == {"superseded": 1}


def test_a_tombstone_deletes_once_and_history_keeps_the_deletion(writer: Writer) -> None:
    deliver(writer, Row("a", updated=AS_OF - DAY))
    assert terms(deliver(writer, Row("a", updated=AS_OF, tombstone=True))) == {"deleted": 1}
    assert terms(deliver(writer, Row("a", updated=AS_OF, tombstone=True))) == {"unchanged": 1}
    assert current(writer) == {}
    assert writer.con.execute("SELECT op FROM history.case_reports ORDER BY load_id").fetchall() == [("I",), ("D",)]


def test_a_version_older_than_its_deletion_does_not_come_back_to_life(writer: Writer) -> None:
    deliver(writer, Row("a", updated=AS_OF - DAY))
    deliver(writer, Row("a", updated=AS_OF, tombstone=True))
    assert terms(deliver(writer, Row("a", "20", AS_OF - DAY / 2))) == {"superseded": 1}
    assert terms(deliver(writer, Row("a", "30", AS_OF + DAY))) == {"loaded": 1}
    assert current(writer) == {"a": "30"}


def test_a_rejected_newer_version_marks_the_current_one_until_the_correction_arrives(writer: Writer) -> None:
    deliver(writer, Row("a", "10", AS_OF - 2 * DAY))
    assert terms(deliver(writer, Row("a", "??", AS_OF - DAY, rejected=True))) == {"rejected": 1}
    assert current(writer) == {"a": "10"}
    assert waiting(writer) == {"a": AS_OF}
    assert open_rejections(writer) == ["a"]
    deliver(writer, Row("a", "10", AS_OF - 2 * DAY))  # the old version again is no correction
    assert waiting(writer) == {"a": AS_OF}
    assert terms(deliver(writer, Row("a", "20", AS_OF))) == {"loaded": 1}
    assert waiting(writer) == {}
    assert open_rejections(writer) == []


def test_a_correction_back_to_the_stored_content_also_clears_the_mark(writer: Writer) -> None:
    for updated in (AS_OF, None):
        key = str(updated)
        deliver(writer, Row(key, "10", updated and updated - 2 * DAY))
        deliver(writer, Row(key, "??", updated and updated - DAY, rejected=True))
        assert key in waiting(writer)
        assert terms(deliver(writer, Row(key, "10", updated))) == {"unchanged": 1}
        assert waiting(writer) == {}
        assert open_rejections(writer) == []


def test_a_rejection_in_the_same_delivery_counts_as_newer_when_it_stands_later(writer: Writer) -> None:
    line = deliver(writer, Row("a", "10"), Row("a", "??", rejected=True))
    assert terms(line) == {"loaded": 1, "rejected": 1}
    assert waiting(writer) == {"a": AS_OF}


def test_a_rejected_first_version_is_open_until_its_record_arrives_or_is_deleted(writer: Writer) -> None:
    deliver(writer, Row("a", rejected=True), Row("b", rejected=True))
    deliver(writer, Row("a", rejected=True))
    assert open_rejections(writer) == ["a", "b"]
    deliver(writer, Row("a", "20"))
    assert open_rejections(writer) == ["b"]


def test_a_rejected_row_without_a_key_is_open_until_the_whole_dataset_comes_again(writer: Writer) -> None:
    deliver(writer, Row(None, "原文", rejected=True))
    deliver(writer, Row("a"), Row(None, "原文", rejected=True), since=AS_OF - DAY)
    assert open_rejections(writer) == [None]
    deliver(writer, Row("a"))
    assert open_rejections(writer) == []


def test_a_rejected_row_of_a_file_is_open_until_that_file_comes_again(writer: Writer, tmp_path: Path) -> None:
    june, july = tmp_path / "june.csv", tmp_path / "july.csv"
    for file in (june, july):
        file.write_text("a")
    deliver(writer, Row(None, "原文", rejected=True), file=june)
    deliver(writer, Row("b"), file=july)
    assert open_rejections(writer) == [None]
    deliver(writer, Row("a"), file=june)
    assert open_rejections(writer) == []


def test_issues_count_failing_rows_per_rule_with_the_facts_of_the_rule(writer: Writer) -> None:
    deliver(writer, Row("a", rejected=True), Row("b", rejected=True), Row("c", warnings=("title.filled",)))
    found = writer.con.execute("SELECT rule_id, field, severity, rows_failed FROM ops.issues ORDER BY ALL").fetchall()
    assert found == [("reported_at.required", "reported_at", "critical", 2), ("title.filled", "title", None, 1)]


def test_a_rule_that_marks_no_row_is_still_counted(writer: Writer) -> None:
    manifest = land(writer.settings, [Row("a")])
    outcome = replace(check(writer.settings, manifest, [Row("a")]), fired={"phone.implausible": 1})
    merge(writer, manifest, outcome, CONTRACT, AS_OF)
    found = writer.con.execute("SELECT rule_id, severity, rows_failed FROM ops.issues").fetchall()
    assert found == [("phone.implausible", "info", 1)]


def test_a_row_judged_by_other_rules_keeps_its_content_and_changes_its_warnings(writer: Writer) -> None:
    deliver(writer, Row("a", warnings=("title.filled",)))
    assert terms(deliver(writer, Row("a"))) == {"unchanged": 1}
    assert writer.con.execute("SELECT warnings FROM record.case_reports").fetchall() == [([],)]


def test_merging_a_load_twice_changes_nothing(writer: Writer) -> None:
    rows = (Row("a"), Row("b", rejected=True))
    manifest = land(writer.settings, rows)
    outcome = check(writer.settings, manifest, rows)
    first = merge(writer, manifest, outcome, CONTRACT, AS_OF)
    assert merge(writer, manifest, outcome, CONTRACT, AS_OF + DAY) == first
    assert lines(writer) == [first]
    assert pending(writer, Landing(writer.settings).complete_manifests()) == []


def test_a_load_whose_rows_do_not_add_up_is_not_merged(writer: Writer) -> None:
    manifest = land(writer.settings, [Row("a"), Row("b")])
    outcome = check(writer.settings, manifest, [Row("a")])
    with pytest.raises(BalanceError, match=r"court_odr.pre_suit_cases load .*: 2 rows landed but 1 loaded"):
        merge(writer, manifest, outcome, CONTRACT, AS_OF)
    assert current(writer) == {}
    assert lines(writer) == []
    merge(writer, manifest, check(writer.settings, manifest, [Row("a"), Row("b")]), CONTRACT, AS_OF)


def test_staging_of_an_older_contract_is_checked_again_instead_of_merged(writer: Writer) -> None:
    older = msgspec.structs.replace(CONTRACT, columns=CONTRACT.columns[:-1])
    manifest = land(writer.settings, [Row("a")])
    with pytest.raises(StagedError, match="has_minor"):
        merge(writer, manifest, check(writer.settings, manifest, [Row("a")], older), CONTRACT, AS_OF)


def test_key_lists_are_never_merged(writer: Writer) -> None:
    deliver(writer)
    assert pending(writer, [land(writer.settings, [Row("a")], kind="keys")]) == []


def test_how_the_form_of_a_delivery_had_changed_is_kept_with_its_load(writer: Writer) -> None:
    manifest = land(writer.settings, [Row("a")])
    keep_drift(writer.con, manifest, [FieldChange("bdje", "missing"), FieldChange("xzd", "new", "a.csv")])  # refused
    found = "SELECT load_id, field, change, detail FROM ops.drift ORDER BY field"
    assert writer.con.execute(f"{found} DESC").fetchall() == [
        (manifest.load_id, "xzd", "new", "a.csv"),
        (manifest.load_id, "bdje", "missing", ""),
    ]
    outcome = replace(check(writer.settings, manifest, [Row("a")]), changes=[FieldChange("xzd", "new", "a.csv")])
    merge(writer, manifest, outcome, CONTRACT, AS_OF)
    assert writer.con.execute(found).fetchall() == [(manifest.load_id, "xzd", "new", "a.csv")]


def test_records_that_are_written_slice_by_slice_share_their_tokens(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.merge.SLICE", 2)
    names = ["李红", "王芳", None, "李红", "赵敏", "王芳", "李红"]
    rows = [Row(f"{place}", fields={"applicant_name": name}) for place, name in enumerate(names)]
    rows[3:3] = [Row("x", rejected=True), Row("y", rejected=True), Row("z", rejected=True), Row("0", "20")]
    assert terms(deliver(writer, *rows)) == {"loaded": 7, "duplicate": 1, "rejected": 3}
    held = writer.con.execute(
        "SELECT r.source_id, v.value FROM record.case_reports AS r"
        " LEFT JOIN vault.personal_values AS v ON v.token = r.applicant_name_token ORDER BY r.source_id"
    ).fetchall()
    assert held == [("0", None), *((f"{place}", name) for place, name in enumerate(names) if place)]
    assert writer.con.execute("SELECT count(*) FROM history.case_reports").fetchone() == (7,)
    assert writer.con.execute("SELECT count(*) FROM vault.case_reports").fetchone() == (7,)


def test_a_value_that_two_rows_share_has_one_token_where_a_contract_has_one_personal_column(writer: Writer) -> None:
    """With a second token each of the rows would be stored twice."""
    writer.con.execute("CREATE TEMP TABLE changed AS SELECT unnest(['Li', 'Li', 'Wu']) AS legal_rep_name")
    tokenise(
        writer.con,
        writer.settings,
        [Column(name="legal_rep_name", title="法定代表人", type="VARCHAR", personal="name")],
    )
    for table in ("delivery_tokens", "vault.personal_values"):
        assert writer.con.execute(f"SELECT value FROM {table} ORDER BY ALL").fetchall() == [("Li",), ("Wu",)]
