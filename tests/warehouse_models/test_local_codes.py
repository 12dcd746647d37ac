"""A code that a county gave before the province did stays an alias of the one code, whatever becomes of the case."""

from deciding import Person

PLATFORM, HOTLINE = "dispute_code", "petition_hotline"
COLUMNS = "SELECT local_code, case_code, scheme_name, report_count, is_contested FROM core.local_codes ORDER BY ALL"


def test_a_local_code_leads_to_its_case_and_names_who_gave_it(world):
    for code in ("CXM2020060100001", "BJM2020060100002", "TJM2020060100003", "X9"):
        world.report(PLATFORM, local_code=code)
    world.build()
    assert [(row[0], row[2]) for row in world.rows(COLUMNS)] == [
        ("BJM2020060100002", "滨江码"), ("CXM2020060100001", "长兴码"), ("TJM2020060100003", "桐解码"), ("X9", None),
    ]  # fmt: skip


def test_it_follows_the_case_through_a_merge(world, at):
    old = (HOTLINE, world.report(HOTLINE, reported_at=at(6, 1)))
    new = (PLATFORM, world.report(PLATFORM, reported_at=at(6, 2), case_type_code="0201", local_code="CXM1"))
    world.link()
    person = Person()
    person.merge(old, new, world.members())
    world.build(decisions=person.rows)
    assert world.rows(COLUMNS) == [("CXM1", world.case_of(*old), "长兴码", 1, False)]


def test_a_local_code_of_several_cases_is_contested(world):
    for kind in ("0201", "0301"):
        world.report(PLATFORM, case_type_code=kind, local_code="CXM1")
    world.build()
    assert [row[4] for row in world.rows(COLUMNS)] == [True, True]
