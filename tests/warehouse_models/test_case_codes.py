"""A code is JF + county + date + number + check character; it is minted once and never taken back."""

from datetime import datetime

from stdnum.iso7064 import mod_37_36


def codes(world):
    return [code for (code,) in world.rows("SELECT case_code FROM link.case_codes ORDER BY case_code")]


def test_county_and_date_are_those_of_the_acceptance(world, at):
    world.report(reported_at=at(6, 1), accepted_at=at(6, 3))
    world.link()
    (code,) = codes(world)
    assert code[:21] == "JF3301062026060300001"
    assert mod_37_36.is_valid(code)


def test_without_an_acceptance_the_date_is_that_of_the_report(world, at):
    world.report(reported_at=at(6, 1))
    world.link()
    assert codes(world)[0][8:16] == "20260601"


def test_the_first_accepted_report_of_a_case_gives_county_and_date(world, at):
    early = world.report("petition_hotline", reported_at=at(6, 1), county_code="330108")
    world.report(
        "court_odr",
        reported_at=at(6, 2),
        accepted_at=at(6, 4),
        related_system="petition_hotline",
        related_no=early,
    )
    world.link()
    assert codes(world)[0][2:16] == "33010620260604"


def test_an_unknown_county_is_the_province(world):
    world.report(county_code=None)
    world.link()
    assert codes(world)[0][2:8] == "330000"


def test_a_retired_county_stays_in_the_code(world):
    world.report(county_code="330104", reported_at=datetime(2021, 3, 1))
    world.build()
    assert codes(world)[0][2:8] == "330104"
    case = world.one("SELECT county_code, county_code_then FROM core.cases")
    assert case == {"county_code": "330102", "county_code_then": "330104"}


def test_numbers_follow_time_then_system_then_key(world, at):
    world.report("petition_hotline", source_id="B", reported_at=at(6, 1, 10), case_type_code="0201")
    world.report("court_odr", source_id="Z", reported_at=at(6, 1, 10), case_type_code="0301")
    world.report("youth_hotline", source_id="A", reported_at=at(6, 1, 8), case_type_code="0401")
    world.link()
    order = world.rows("SELECT first_source_id FROM link.case_codes ORDER BY seq")
    assert [key for (key,) in order] == ["A", "Z", "B"]


def test_numbers_go_on_from_the_last_run(world):
    world.report()
    world.link()
    world.report(case_type_code="0201")
    world.link()
    assert [code[16:21] for code in codes(world)] == ["00001", "00002"]


def test_beyond_99999_numbers_go_on_in_base_36(world):
    world.link()
    world.rows(
        "INSERT INTO link.case_codes VALUES ('x', ?, '330106', DATE '2026-06-01', 99999, 's', 'i', 1)",
        datetime(2026, 6, 1),
    )
    for _ in range(37):
        world.report()
    world.link()
    minted = [code for code in codes(world) if code != "x"]
    assert minted[0][16:21] == "A0000"
    assert minted[36][16:21] == "A0010"
    assert all(mod_37_36.is_valid(code) and len(code) == 22 for code in minted)


def test_every_check_character_is_iso_7064(world):
    for number in range(300):
        world.report(county_code=f"33{number:04d}", reported_at=datetime(2026, 1, 1 + number % 28))
    world.link()
    assert len(codes(world)) == 300
    assert all(mod_37_36.is_valid(code) for code in codes(world))


def test_a_report_that_disappears_leaves_its_code_registered_and_its_case_inactive(world):
    key = world.report()
    world.build()
    code = world.case_of("peoples_mediation", key)
    world.delete("peoples_mediation", key)
    world.build()
    assert codes(world) == [code]
    assert world.rows("SELECT * FROM core.cases") == []
    world.report(source_id=key)
    world.build()
    assert world.case_of("peoples_mediation", key) == code
    assert codes(world) == [code]


def test_consultations_are_no_cases(world):
    key = world.report("petition_hotline", matter_kind="consultation")
    world.build()
    assert codes(world) == []
    assert world.one("SELECT source_id, case_code FROM core.case_reports") == {"source_id": key, "case_code": None}
