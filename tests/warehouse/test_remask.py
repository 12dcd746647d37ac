"""Masks that an earlier program made are made anew by the forms of now."""

from __future__ import annotations

from deliveries import AS_OF, CONTRACT, Row, check, land

from warehouse.build import Writer
from warehouse.merge import merge
from warehouse.remask import remask

SHOWN = "SELECT applicant_name_mask, applicant_phone_mask FROM {}.case_reports ORDER BY source_id"


def test_masks_of_an_earlier_program_are_made_anew_once(writer: Writer) -> None:
    person = {"applicant_name": "张小三", "applicant_phone": "13812341234"}
    rows = [Row("a", fields=person), Row("b", fields={**person, "has_minor": True}), Row("c")]
    manifest = land(writer.settings, rows)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    right = writer.con.execute(SHOWN.format("record")).fetchall()
    assert right == [("张*三", "138****1234"), ("某某", "138****1234"), (None, None)]
    for schema in ("record", "history"):
        writer.con.execute(
            f"UPDATE {schema}.case_reports SET applicant_name_mask = '张小三', applicant_phone_mask = '1381234****'"
            " WHERE source_id <> 'c'"
        )
    assert remask(writer, [CONTRACT]) == 0, "a file that was made with these forms"
    writer.con.execute("DELETE FROM vault.mask_forms")
    assert remask(writer, [CONTRACT]) == 8
    for schema in ("record", "history"):
        assert writer.con.execute(SHOWN.format(schema)).fetchall() == right
    writer.con.execute("UPDATE record.case_reports SET applicant_name_mask = '张某' WHERE source_id = 'a'")
    assert remask(writer, [CONTRACT]) == 0, "the same forms"


def test_what_the_vault_has_not_is_left_alone(writer: Writer) -> None:
    rows = [Row("a", fields={"applicant_name": "张小三"})]
    manifest = land(writer.settings, rows)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    writer.con.execute("UPDATE record.case_reports SET applicant_name_token = 'random', applicant_name_mask = NULL")
    writer.con.execute("DELETE FROM vault.mask_forms")
    assert remask(writer, [CONTRACT]) == 0
    assert writer.con.execute(SHOWN.format("record")).fetchall() == [(None, None)]


def test_a_person_s_number_in_a_text_that_is_published_is_shortened_where_it_is_written_and_where_it_stood(
    writer: Writer,
) -> None:
    texts = ("留下镇调委会（张三 138 1234 1234）", "330108200001010016", "三墩镇2023年第18调解室", None)
    rows = [
        Row(str(place), fields={"handling_org_name": text, "related_no": "20260601000012345"})
        for place, text in enumerate(texts)
    ]
    manifest = land(writer.settings, rows)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    told = "SELECT handling_org_name FROM {}.case_reports ORDER BY source_id"
    right = [("留下镇调委会（张三 138***）",), ("330***",), ("三墩镇2023年第18调解室",), (None,)]
    for schema in ("record", "history"):
        assert writer.con.execute(told.format(schema)).fetchall() == right
        writer.con.execute(f"UPDATE {schema}.case_reports SET handling_org_name = '13812341234' WHERE source_id = '2'")
    kept = writer.con.execute("SELECT DISTINCT related_no FROM record.case_reports").fetchall()
    assert kept == [("20260601000012345",)], "a number of a matter is no person's"
    writer.con.execute("DELETE FROM vault.mask_forms")
    assert remask(writer, [CONTRACT]) == 2
    assert writer.con.execute(told.format("record")).fetchall() == [*right[:2], ("138***",), right[3]]
