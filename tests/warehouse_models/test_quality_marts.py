"""Quality and trust count what is so now, each record once, however often it was delivered."""

from datetime import datetime, timedelta

AS_OF = datetime(2026, 9, 15, 8)
SYSTEM, DATASET = "peoples_mediation", "mediation_cases"


def reject(world, source_id, rules, load=1, row_token=None):
    load_id, landed_at = f"2026090{load}T000000000001Z-0001", AS_OF - timedelta(days=9 - load)
    world.rows(
        "INSERT INTO ops.loads (load_id, kind, system, dataset, files, landed_at) "
        "SELECT ?, 'sync', ?, ?, [], ? WHERE NOT EXISTS (SELECT 1 FROM ops.loads WHERE load_id = ?)",
        load_id, SYSTEM, DATASET, landed_at, load_id,
    )  # fmt: skip
    world.rows(
        "INSERT INTO ops.rejected_rows (load_id, system, dataset, contract, position, source_id, row_token, rule_ids, "
        "fields, landed_at) VALUES (?, ?, ?, 'case_reports', 1, ?, ?, ?, ?, ?)",
        load_id, SYSTEM, DATASET, source_id, row_token, rules, [rule.split(".")[0] for rule in rules], landed_at,
    )  # fmt: skip


def land(world, dataset, at, rows):
    world.rows(
        "INSERT INTO ops.loads (load_id, kind, system, dataset, landed, files, landed_at) "
        "VALUES (?, 'sync', ?, ?, ?, [], ?)", f"{at} {rows}", SYSTEM, dataset, rows, at
    )  # fmt: skip


def quality(world, rule):
    world.build()
    return world.one(
        "SELECT rows_checked, rows_failed, rows_rejected, example_source_ids FROM mart.quality "
        "WHERE system = ? AND dataset = ? AND rule_id = ?", SYSTEM, DATASET, rule
    )  # fmt: skip


def trust(world):
    world.build_only("core/record_counts", "mart/trust")
    return world.one("SELECT * FROM mart.trust WHERE system = ? AND dataset = ?", SYSTEM, DATASET)


def test_a_warning_counts_the_current_records_that_carry_it(world):
    world.report(SYSTEM, dataset=DATASET, source_id="A", warnings=["town_code.division"])
    world.report(SYSTEM, dataset=DATASET, source_id="B")
    assert quality(world, "town_code.division") == {
        "rows_checked": 2, "rows_failed": 1, "rows_rejected": 0, "example_source_ids": ["A"]
    }  # fmt: skip


def test_a_row_rejected_twice_is_one_row(world):
    reject(world, "A", ["applicant_id_no.checksum"], load=1)
    reject(world, "A", ["applicant_id_no.checksum"], load=2)
    assert quality(world, "applicant_id_no.checksum") == {
        "rows_checked": 1, "rows_failed": 1, "rows_rejected": 1, "example_source_ids": ["A"]
    }  # fmt: skip


def test_a_corrected_row_fails_no_longer(world):
    reject(world, "A", ["applicant_id_no.checksum"], load=1)
    world.report(SYSTEM, dataset=DATASET, source_id="A", load_id="20260914T000000000001Z-0001")
    assert quality(world, "applicant_id_no.checksum")["rows_failed"] == 0


def test_a_rule_that_nothing_breaks_is_shown_as_kept(world):
    world.report(SYSTEM, dataset=DATASET)
    assert quality(world, "town_code.division") == {
        "rows_checked": 1, "rows_failed": 0, "rows_rejected": 0, "example_source_ids": None
    }  # fmt: skip


def test_rules_for_information_are_left_to_the_ledger(world):
    world.build()
    assert world.rows("SELECT 1 FROM mart.quality WHERE severity = 'info'") == []


def test_five_examples_at_most(world):
    for number in range(8):
        world.report(SYSTEM, dataset=DATASET, source_id=f"K{number}", warnings=["town_code.division"])
    found = quality(world, "town_code.division")
    assert (found["rows_failed"], found["example_source_ids"]) == (8, ["K0", "K1", "K2", "K3", "K4"])


def test_trust_counts_current_rejected_and_unmapped_rows(world):
    world.report(SYSTEM, dataset=DATASET, source_updated_at=AS_OF - timedelta(minutes=5))
    world.report(SYSTEM, dataset=DATASET, pending_correction_since=AS_OF, source_updated_at=AS_OF)
    reject(world, "X", ["case_type_code.unmapped", "applicant_id_no.checksum"])
    reject(world, None, ["row.unreadable"], row_token="t1")
    found = trust(world)
    assert found["rows_current"] == 2
    assert found["rows_rejected_open"] == 2
    assert found["unmapped_codes"] == 1
    assert found["pending_corrections"] == 1
    assert found["rejected_share"] == 0.5
    assert (found["newest_source_at"], found["freshness_state"]) == (AS_OF, "ok")


def test_freshness_follows_the_declared_limits(world):
    limits = world.one(
        "SELECT warn_minutes, fail_minutes FROM ref.datasets WHERE system = ? AND dataset = ?", SYSTEM, DATASET
    )
    assert trust(world)["freshness_state"] == "failed"
    for minutes, state in ((limits["fail_minutes"] + 1, "failed"), (limits["warn_minutes"] + 1, "late"), (1, "ok")):
        world.report(SYSTEM, dataset=DATASET, source_updated_at=AS_OF - timedelta(minutes=minutes))
        assert trust(world)["freshness_state"] == state


def test_a_time_in_the_future_keeps_nothing_fresh(world):
    read = AS_OF - timedelta(days=30)
    world.report(SYSTEM, dataset=DATASET, source_updated_at=AS_OF + timedelta(days=999), landed_at=read)
    found = trust(world)
    assert (found["newest_source_at"], found["freshness_state"]) == (read, "failed")


def test_reads_that_bring_nothing_keep_nothing_fresh(world):
    world.report(SYSTEM, dataset=DATASET, source_updated_at=AS_OF - timedelta(days=2), landed_at=AS_OF)
    land(world, DATASET, AS_OF, rows=0)
    assert trust(world)["freshness_state"] == "late"


def test_a_snapshot_is_as_fresh_as_its_last_delivery(world):
    old = datetime(2024, 1, 1)
    world.add("grids", SYSTEM, dataset="grid_units", grid_code="330106001001001", source_updated_at=old)
    land(world, "grid_units", AS_OF - timedelta(days=100), rows=1)
    land(world, "grid_units", AS_OF, rows=0)
    state = "SELECT freshness_state FROM mart.trust WHERE dataset = 'grid_units'"
    world.build_only("core/record_counts", "mart/trust")
    assert world.rows(state) == [("late",)], "an empty list is no delivery"
    land(world, "grid_units", AS_OF, rows=1)
    world.build_only("mart/trust")
    assert world.rows(state) == [("ok",)]


def test_building_again_gives_the_same_tables(world):
    world.report(SYSTEM, dataset=DATASET, warnings=["town_code.division"], applicant_id_no_token="A")
    reject(world, "X", ["case_type_code.unmapped"])
    world.build()
    tables = [name for (name,) in world.rows(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
        "WHERE database_name = 'wh' AND schema_name IN ('core', 'mart')")]  # fmt: skip
    before = {table: world.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables}
    world.build()
    assert {table: world.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables} == before


def test_a_silent_grid_and_one_where_everything_is_closed(world):
    for number, grid in enumerate(("330106001001001", "330106001001002", "330106001001003", "330106001001004")):
        world.add("grids", SYSTEM, grid_code=grid, name=f"网格{number}", village_code=grid[:12], county_code="330106")
    for _ in range(5):
        world.report(
            SYSTEM, grid_code="330106001001001", village_code="330106001001", status_code="90", result_code="01",
            reported_at=AS_OF - timedelta(days=3), closed_at=AS_OF - timedelta(days=1),
        )  # fmt: skip
    world.report(SYSTEM, grid_code="330106001001002", reported_at=AS_OF - timedelta(days=20))
    world.report(SYSTEM, grid_code="330106001001004", reported_at=AS_OF + timedelta(hours=20))
    world.build()
    grids = world.rows(
        "SELECT cases, open_cases, resolved_in_grid, silent_days, flag FROM mart.grids ORDER BY grid_code"
    )
    assert grids == [
        (5, 0, 5, 3, "all_closed"), (1, 1, 0, 20, "silent"), (0, 0, 0, None, "silent"), (1, 1, 0, 0, None)
    ]  # fmt: skip
