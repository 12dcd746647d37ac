"""Every number of mart.centre and mart.platforms, counted again by pandas from the same cases, in other words."""

import random
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

from warehouse.metrics import MetricError, metrics

SYSTEMS = ("petition_hotline", "peoples_mediation", "court_odr")
PLACES = [
    ("330106", "330106001", "330106001001"), ("330106", "330106002", None), ("330108", "330108001", None),
    ("330602", None, None), ("330383", None, "330383198001"), (None, None, None),
]  # fmt: skip


@pytest.fixture
def province(world):
    """Two hundred reports with all that hangs on them, by chance but always the same."""
    chance = random.Random(141)
    for number in range(200):
        system = chance.choice(SYSTEMS)
        county, town, village = chance.choice(PLACES)
        reported = datetime(2026, 5, 1, 9) + timedelta(hours=chance.randrange(24 * 130))
        accepted = reported + timedelta(hours=chance.randrange(50)) if chance.random() < 0.9 else None
        closed = (accepted or reported) + timedelta(days=chance.randrange(60)) if chance.random() < 0.6 else None
        key = world.report(
            system,
            matter_kind=chance.choice(["dispute", "petition", "complaint", "consultation"]),
            case_type_code=chance.choice(["0201", "0601", "0502", "1201", None]),
            reported_at=reported, accepted_at=accepted, closed_at=closed,
            stage_code=chance.choice(["10", "20", "30", "40", "50"]),
            status_code="90" if closed else "21",
            result_code=chance.choice(["01", "02", "04", "05", "09"]) if closed else None,
            county_code=county, town_code=town, village_code=village,
            risk_level=chance.choice([None, 1, 2, 3]),
            applicant_id_no_token=f"T{chance.randrange(60)}",
        )  # fmt: skip
        about = {"report_source_id": key}
        day = reported + timedelta(days=chance.randrange(10))
        if chance.random() < 0.4:
            world.add("case_transfers", system, sent_at=day, received_at=chance.choice([None, day]),
                      returned_at=chance.choice([None, None, day]), **about)  # fmt: skip
        if chance.random() < 0.4:
            world.add("agreements", system, form_code=chance.choice(["01", "02"]), signed_at=day, **about)
        if chance.random() < 0.3:
            world.add("confirmations", system, applied_at=day, result_code=chance.choice(["01", "02"]), **about)
        if chance.random() < 0.4:
            score = chance.choice([None, 2, 4, 5])
            world.add(
                "evaluations", system, invited_at=day, satisfaction=score, replied_at=day if score else None, **about
            )
        if chance.random() < 0.3:
            world.add(
                "referrals", system, direction_code=chance.choice(["to_court", "to_mediation"]), referred_at=day,
                closed_at=chance.choice([None, day]), result_code=chance.choice([None, "01", "04"]), **about,
            )  # fmt: skip
        if number % 4 == 0:
            world.add("visits", system, county_code=county, visited_at=reported, persons=chance.randrange(1, 5))
    world.build()
    return world


def frame(world, table):
    return world.writer.con.execute(f"SELECT * FROM core.{table}").df()


def truth(frame, column):
    return frame[column].fillna(False).astype(bool)


def oracle(world):
    """metric -> (rows counted, rows below the line or None, date column or None, column to sum or rank, how)."""
    cases, reports = frame(world, "cases"), frame(world, "case_reports")
    is_open = truth(cases, "is_open")
    accepted, closed = cases[cases.accepted_at.notna()], cases[~is_open]
    resolved = closed[closed.result_code.isin(["01", "02", "03"])]
    timed = closed[closed.accepted_at.notna()]
    due = cases[cases.due_at.notna()]
    answerable = due[~truth(due, "is_open") | (due.due_at < due.as_of)]
    in_time = answerable[~truth(answerable, "is_open") & ~(answerable.closed_at > answerable.due_at)]
    late = closed[closed.closed_at > closed.due_at]
    transfers, evaluations = frame(world, "transfers"), frame(world, "evaluations")
    agreements, referrals, visits = frame(world, "agreements"), frame(world, "referrals"), frame(world, "visits")
    confirmations = frame(world, "confirmations")
    valid = set(confirmations[confirmations.result_code == "01"].case_code.dropna())
    written = agreements[agreements.form_code == "02"]
    inward = referrals[referrals.direction_code == "to_mediation"]
    ended = inward[inward.closed_at.notna()]
    settled = resolved[
        (resolved.system_count == 1) & (resolved.transfer_count == 0) & resolved.referral_direction.isna()
        & (resolved.grid_code.notna() | resolved.village_code.notna())
    ]  # fmt: skip
    coded = reports[reports.case_code.notna()].sort_values(["reported_at", "system", "source_id"])
    invited = evaluations[evaluations.invited_at.notna()]
    rated = evaluations[evaluations.satisfaction.notna()]
    numbers = {
        "reports": (reports, None, "reported_at"),
        "visits": (visits, None, "visited_at", "persons", "sum"),
        "cases_accepted": (accepted, None, "accepted_at"),
        "duplicates_merged": (coded[coded.duplicated("case_code")], None, "reported_at"),
        "open_cases": (cases[is_open], None, None),
        "closed_cases": (closed, None, "closed_at"),
        "resolved_cases": (resolved, None, "closed_at"),
        "closure_rate": (accepted[~truth(accepted, "is_open")], accepted, "accepted_at"),
        "resolution_rate": (resolved, closed, "closed_at"),
        "on_time_rate": (in_time, answerable, "due_at"),
        "overdue_open": (cases[is_open & (cases.due_at < cases.as_of)], None, None),
        "closed_late": (late, None, "closed_at"),
        "red_open": (cases[is_open & (cases.colour == "red")], None, None),
        "yellow_open": (cases[is_open & (cases.colour == "yellow")], None, None),
        "mean_working_days": (timed, timed, "closed_at", "elapsed_working_days", "mean"),
        "p50_working_days": (timed, timed, "closed_at", "elapsed_working_days", 0.5),
        "p90_working_days": (timed, timed, "closed_at", "elapsed_working_days", 0.9),
        "satisfaction_rate": (rated[rated.satisfaction >= 4], rated, "replied_at"),
        "rated_share": (invited[invited.satisfaction.notna()], invited, "invited_at"),
        "confirmation_rate": (written[written.case_code.isin(valid)], written, "signed_at"),
        "referral_to_mediation": (inward, None, "referred_at"),
        "referral_to_court": (referrals[referrals.direction_code == "to_court"], None, "referred_at"),
        "referral_success_rate": (ended[ended.result_code.isin(["01", "02", "03"])], ended, "referred_at"),
        "grid_resolution_rate": (settled, resolved, "closed_at"),
        "cross_channel_repeat_rate": (accepted[accepted.system_count > 1], accepted, "accepted_at"),
        "transfers": (transfers, None, "sent_at"),
        "returned_transfer_rate": (transfers[transfers.returned_at.notna()], transfers, "sent_at"),
    }  # fmt: skip
    for stage in ("10", "20", "30", "40", "50"):
        numbers[f"open_stage_{stage}"] = (cases[is_open & (cases.stage_code == stage)], None, None)
    return numbers


def inside(rows, area):
    column = {2: None, 4: "prefecture_code", 6: "county_code", 9: "town_code"}[len(area)]
    return rows if column is None else rows[rows[column] == area]


def expected(entry, area, period, platform=None):
    top, below, date, column, how = (*entry, None, None)[:5]

    def cut(rows):
        rows = inside(rows, area)
        rows = rows if platform is None else rows[rows.platform_code == platform]
        return rows if period == "all" else rows[rows[date].dt.strftime("%Y-%m") == period]

    numerator = cut(top)
    if how == "sum":
        total = int(numerator[column].sum())
        return total, None, float(total)
    if how is None and below is None:
        return len(numerator), None, float(len(numerator))
    denominator = len(cut(below))
    if denominator == 0:
        return len(numerator), 0, None
    if how is None:
        return len(numerator), denominator, float(Fraction(len(numerator), denominator))
    values = numerator[column].astype(int).to_numpy()
    value = values.mean() if how == "mean" else np.quantile(values, how, method="inverted_cdf")
    return denominator, denominator, float(value)


def test_the_oracle_knows_every_metric(province):
    assert set(oracle(province)) == {one.name for one in metrics()}


def test_every_number_of_the_centre_is_what_pandas_counts(province):
    numbers = oracle(province)
    rows = province.rows(
        "SELECT metric, area_code, period, numerator, denominator, value FROM mart.centre "
        "WHERE numerator > 0 OR denominator > 0 OR area_code IN ('33', '3301', '330106', '330110', '330106001')"
    )
    assert len(rows) > 1000
    for metric, area, period, numerator, denominator, value in rows:
        wanted = expected(numbers[metric], area, period)
        assert (numerator, denominator) == wanted[:2], (metric, area, period)
        assert value == (None if wanted[2] is None else pytest.approx(wanted[2])), (metric, area, period)


def test_no_month_and_no_place_is_missing(province):
    numbers = oracle(province)
    for metric in ("reports", "closure_rate", "transfers"):
        rows = numbers[metric][1] if numbers[metric][1] is not None else numbers[metric][0]
        months = set(rows[numbers[metric][2]].dt.strftime("%Y-%m"))
        found = {
            p for (p,) in province.rows("SELECT period FROM mart.centre WHERE area_code = '33' AND metric = ?", metric)
        }
        assert found == months | {"all"}
    areas = province.one("SELECT count(DISTINCT area_code) AS n FROM mart.centre WHERE period = 'all'")["n"]
    assert areas * len(metrics()) == province.one("SELECT count(*) AS n FROM mart.centre WHERE period = 'all'")["n"]


def test_every_number_of_the_platforms_is_what_pandas_counts(province):
    numbers = oracle(province)
    rows = province.rows(
        "SELECT metric, area_code, period, platform_code, numerator, denominator, value FROM mart.platforms"
    )
    assert len(rows) > 1000
    for metric, area, period, platform, numerator, denominator, value in rows:
        wanted = expected(numbers[metric], area, period, platform)
        assert (numerator, denominator) == wanted[:2], (metric, area, period, platform)
        assert value == (None if wanted[2] is None else pytest.approx(wanted[2])), (metric, area, period, platform)


def test_a_number_opens_exactly_its_rows(province):
    place = {"province": "true", "prefecture": "prefecture_code", "county": "county_code", "town": "town_code"}
    registry = province.rows(
        "SELECT name, rows_table, rows_predicate, numerator, denominator, date_field, measure, measure_column "
        "FROM ref.metrics"
    )
    checked = 0
    for name, table, rows, numerator, denominator, date, measure, column in registry:
        numbers = province.rows(
            "SELECT area_code, area_level, period, numerator, denominator FROM mart.centre "
            "WHERE metric = ? AND numerator > 0 ORDER BY ALL", name
        )  # fmt: skip
        for area, level, period, counted, below in random.Random(name).sample(numbers, min(12, len(numbers))):
            where = "true" if level == "province" else f"{place[level]} = '{area}'"
            month = "true" if period == "all" else f"strftime({date}, '%Y-%m') = '{period}'"
            total = f"sum({column})" if measure == "sum" else "count(*)"
            found = province.one(
                f"SELECT {total} AS opened, count(CASE WHEN {numerator} THEN 1 END) AS counted "
                f"FROM {table} WHERE ({rows}) AND {where} AND {month}"
            )
            if denominator is None:
                assert found["opened"] == counted, (name, area, period)
            else:
                assert (found["opened"], found["counted"]) == (below, counted), (name, area, period)
            checked += 1
    assert checked > 200


def test_a_share_of_nothing_has_no_value(world):
    world.build()
    rows = world.rows("SELECT DISTINCT numerator, denominator, value FROM mart.centre WHERE metric = 'closure_rate'")
    assert rows == [(0, 0, None)]
    rows = world.rows("SELECT DISTINCT numerator, denominator, value FROM mart.centre WHERE metric = 'open_cases'")
    assert rows == [(0, None, 0.0)]


def test_a_number_without_a_date_has_no_months(province):
    rows = province.rows("SELECT DISTINCT period FROM mart.centre WHERE metric = 'open_cases'")
    assert rows == [("all",)]


@pytest.mark.parametrize(
    "entry",
    ["where: a\n  counted: b", "where: a\n  measure: share", "where: a\n  measure: p50", "where: a\n  colour: b"],
)
def test_an_entry_out_of_form_is_refused_by_name(tmp_path, entry):
    path = tmp_path / "metrics.yml"
    head = "broken:\n  title: a\n  unit: a\n  definition: a\n  rows: core.cases\n  version: a\n  "
    path.write_text(head + entry + "\n", encoding="utf-8")
    with pytest.raises(MetricError, match="broken"):
        metrics(path)
