"""A row counts once in a dimension, what is not the department's is apart, and no data is never a good mark."""

from datetime import datetime, timedelta

import pytest

from warehouse.quality_history import keep

AS_OF = datetime(2026, 9, 15, 8)
SYSTEM, DATASET, DEPARTMENT = "peoples_mediation", "mediation_cases", "justice_department"
MODELS = (
    *("core/record_counts", "core/failing_rows", "core/record_issues", "core/checked_rows", "mart/trust"),
    *("mart/quality", "mart/quality_scores", "mart/quality_history", "mart/quality_changes"),
)
FRESH = {"dataset": DATASET, "source_updated_at": AS_OF}


def build(world, as_of=AS_OF):
    world.build_only(*MODELS, as_of=as_of)


def score(world, dimension, level="dataset"):
    place = {"dataset": (SYSTEM, DATASET), "system": (SYSTEM, ""), "department": ("", "")}[level]
    return world.one(
        "SELECT rows_checked AS checked, rows_failed AS failed, rows_failed_elsewhere AS elsewhere, tier "
        "FROM mart.quality_scores WHERE level = ? AND department = ? AND system = ? AND dataset = ? AND dimension = ?",
        level, DEPARTMENT, *place, dimension,
    )  # fmt: skip


def landed(world, minutes_ago=0, load_id="L1", declared=None, arrived=0):
    world.rows(
        "INSERT INTO ops.loads (load_id, kind, system, dataset, declared, landed, files, landed_at) "
        "VALUES (?, 'sync', ?, ?, ?, ?, [], ?)",
        load_id, SYSTEM, DATASET, declared, arrived, AS_OF - timedelta(minutes=minutes_ago),
    )  # fmt: skip


def reject(world, source_id, *rules):
    world.rows(
        "INSERT INTO ops.rejected_rows (load_id, system, dataset, contract, position, source_id, rule_ids, fields, "
        "shown, landed_at) VALUES ('L2', ?, ?, 'case_reports', 1, ?, ?, ?, ?, ?)",
        SYSTEM, DATASET, source_id, list(rules), [rule.split(".")[0] for rule in rules], list(rules), AS_OF,
    )  # fmt: skip


def many(world, rows, failing):
    """`rows` records of which the first `failing` break a rule on accuracy."""
    world.rows(
        "INSERT INTO record.case_reports BY NAME SELECT ? AS system, ? AS dataset, 'S' || n AS source_id, "
        "'L1' AS load_id, n AS position, 'h' || n AS record_hash, ? AS landed_at, ? AS reported_at, "
        "? AS source_updated_at, CASE WHEN n <= ? THEN ['town_code.division'] ELSE [] END AS warnings "
        "FROM range(1, ? + 1) AS t(n)",
        SYSTEM, DATASET, AS_OF, AS_OF, AS_OF, failing, rows,
    )  # fmt: skip


def test_a_row_counts_once_in_a_dimension_however_many_of_its_rules_it_breaks(world):
    world.report(SYSTEM, **FRESH, warnings=["town_code.division", "applicant_phone.required"])
    reject(world, "R", "applicant_id_no.checksum", "town_code.division")
    build(world)
    assert score(world, "accuracy") == {"checked": 2, "failed": 2, "elsewhere": 0, "tier": "needs_work"}
    assert score(world, "completeness") == {"checked": 2, "failed": 1, "elsewhere": 0, "tier": "needs_work"}


def test_a_record_whose_newer_version_was_rejected_is_one_row(world):
    world.report(
        SYSTEM, **FRESH, source_id="A", load_id="L1", warnings=["town_code.division"], pending_correction_since=AS_OF
    )
    reject(world, "A", "applicant_id_no.checksum")
    build(world)
    assert score(world, "accuracy") == {"checked": 1, "failed": 1, "elsewhere": 0, "tier": "needs_work"}


def test_what_is_ours_is_shown_apart_and_not_counted_against_the_department(world):
    world.report(SYSTEM, **FRESH)
    reject(world, "R", "case_type_code.unmapped")
    build(world)
    assert score(world, "accuracy") == {"checked": 2, "failed": 0, "elsewhere": 1, "tier": "trustworthy"}


def test_nothing_checked_is_no_data_and_never_a_good_mark(world):
    build(world)
    for level in ("dataset", "system", "department"):
        for dimension in ("accuracy", "completeness", "timeliness", "accessibility", "conformity"):
            assert score(world, dimension, level)["tier"] == "no_data"
    world.report(SYSTEM, **FRESH)
    build(world)
    assert score(world, "accuracy")["tier"] == "trustworthy"
    assert score(world, "conformity")["tier"] == "no_data", "no rule looks at it"
    assert world.one(
        "SELECT DISTINCT datasets, datasets_empty FROM mart.quality_scores WHERE level = 'system' AND system = ?",
        SYSTEM,
    ) == {"datasets": 6, "datasets_empty": 5}  # fmt: skip


@pytest.mark.parametrize(
    ("failing", "tier"), [(0, "trustworthy"), (1, "trustworthy"), (2, "usable"), (4, "usable"), (5, "needs_work")]
)
def test_the_tier_follows_the_stated_bounds(world, failing, tier):
    many(world, 200, failing)
    build(world)
    assert score(world, "accuracy")["tier"] == tier


def test_stale_data_counts_whole_against_whoever_let_it_grow_old(world):
    world.report(SYSTEM, dataset=DATASET, source_updated_at=datetime(2026, 1, 1))
    landed(world, minutes_ago=5)
    build(world)
    assert score(world, "timeliness") == {"checked": 1, "failed": 1, "elsewhere": 0, "tier": "needs_work"}
    world.rows("UPDATE ops.loads SET landed_at = ?", datetime(2026, 1, 2))
    build(world)
    assert score(world, "timeliness") == {"checked": 1, "failed": 0, "elsewhere": 1, "tier": "trustworthy"}


def test_rows_declared_and_not_received_are_missing_from_completeness(world):
    world.report(SYSTEM, **FRESH)
    landed(world, load_id="L1", declared=9, arrived=2)
    landed(world, load_id="L2", declared=4, arrived=1)
    build(world)
    assert score(world, "completeness") == {"checked": 4, "failed": 3, "elsewhere": 0, "tier": "needs_work"}


def test_accessibility_is_the_share_of_reads_of_thirty_days_that_succeeded(world):
    for days, attempts, failed in ((0, 24, 1), (29, 24, 0), (30, 24, 24)):
        world.rows(
            "INSERT INTO ops.attempts VALUES (?, ?, ?, ?, ?)",
            SYSTEM, DATASET, (AS_OF - timedelta(days=days)).date(), attempts, failed,
        )  # fmt: skip
    build(world)
    assert score(world, "accessibility") == {"checked": 48, "failed": 1, "elsewhere": 0, "tier": "needs_work"}


def test_a_system_and_a_department_are_the_sums_of_their_datasets(world):
    world.report(SYSTEM, **FRESH, warnings=["town_code.division"])
    world.add("case_steps", SYSTEM, dataset="mediation_steps", source_updated_at=AS_OF)
    build(world)
    for dimension, checked in (("accuracy", 1), ("timeliness", 2)):
        assert [score(world, dimension, level)["checked"] for level in ("system", "department")] == [checked] * 2
    assert score(world, "accuracy", "department")["failed"] == 1


def build_on(world, day):
    build(world, AS_OF.replace(day=day))
    keep(world.writer, AS_OF.replace(day=day))


def changes(world):
    return world.rows(
        "SELECT rule_id, change, rows_before, rows_failed, is_redefined FROM mart.quality_changes ORDER BY rule_id"
    )


def test_history_has_a_point_per_day_and_the_last_build_of_a_day_counts(world):
    source_id = world.report(SYSTEM, **FRESH, warnings=["town_code.division"])
    build_on(world, 13)
    world.change(SYSTEM, source_id, warnings=[])
    build_on(world, 14)
    build_on(world, 14)
    many(world, 3, 1)
    build(world)
    points = "SELECT day(day), rows_checked, rows_failed FROM mart.quality_history WHERE level = ? AND system = ? " \
             "AND department = ? AND dimension = 'accuracy' ORDER BY day"  # fmt: skip
    assert world.rows(points, "system", SYSTEM, DEPARTMENT) == [(13, 1, 1), (14, 1, 0), (15, 4, 1)]
    assert world.rows(points, "department", "", DEPARTMENT) == [(13, 1, 1), (14, 1, 0), (15, 4, 1)]


def test_changes_are_against_the_last_day_with_a_build(world):
    first = world.report(SYSTEM, **FRESH, warnings=["town_code.division", "applicant_phone.required"])
    build_on(world, 9)
    assert changes(world) == [], "the first day has nothing to be compared with"
    world.change(SYSTEM, first, warnings=["town_code.division"])
    world.report(SYSTEM, **FRESH, warnings=["town_code.division", "closed_at.order"])
    build(world)
    assert changes(world) == [
        ("applicant_phone.required", "cleared", 1, 0, False),
        ("closed_at.order", "new", 0, 1, False),
        ("town_code.division", "more", 1, 2, False),
    ]


def test_a_change_of_the_rule_itself_is_said(world):
    world.report(SYSTEM, **FRESH, warnings=["town_code.division"])
    build_on(world, 14)
    world.rows("UPDATE ops.rule_history SET version = 'older' WHERE rule_id = 'town_code.division'")
    world.rows("DELETE FROM ops.rule_history WHERE rule_id = 'closed_at.order'")
    world.report(SYSTEM, **FRESH, warnings=["town_code.division", "closed_at.order"])
    build(world)
    assert changes(world) == [("closed_at.order", "new", 0, 1, True), ("town_code.division", "more", 1, 2, True)]
