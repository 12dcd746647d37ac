"""What may be seen of a value that broke a rule: enough to find the row, never a person."""

from __future__ import annotations

import pytest

from schemas.contract import load_contracts
from warehouse.build import Writer
from warehouse.masking import install_evidence, install_masks

CASES = [
    ("applicant_id_no.checksum", "330522196503072349", "330522********2349"),
    ("applicant_id_no.scientific", "3.30108E+17", "3********17"),
    ("applicant_phone.form", "12345", "*****"),
    ("applicant_name.test_entry", "测试员张三", "测**"),
    ("title.filled", "张三与李四的纠纷", None),
    ("address.length", "滨江区长河街道", None),
    ("applicant_birth_date.future", "2031-01-01", None),
    ("case_type_code.unmapped", "9777", "9777"),
    ("case_type_code.unmapped", "330522196503072349", "330***"),
    ("case_type_code.unmapped", "联系13812341234", "联系138***"),
    ("case_type_code.unmapped", "138-1234-1234", "138***"),
    ("case_type_code.unmapped", "1381 234 1234", "138***"),
    ("case_type_code.unmapped", "１３８１２３４１２３４", "１３８***"),
    ("case_type_code.unmapped", "电话(0577)8812-3456", "电话(057***"),
    ("case_type_code.unmapped", "330522 19650307 2349", "330***"),
    ("case_type_code.unmapped", "33052219650307234ｘ", "330***"),
    ("case_type_code.unmapped", "330522650307234", "330***"),
    ("case_type_code.unmapped", "6222 0212 3456 7890 123", "622***"),
    ("case_type_code.unmapped", "2024-01-02 至 2024-02-03", "2024-01-02 至 2024-02-03"),
    ("case_type_code.unmapped", "（2024）浙0108民初1234号", "（2024）浙0108民初1234号"),
    ("related_no.length", "长" * 31 + "13812341234", "长" * 31 + "138***"),
    ("related_no.length", "长" * 60, "长" * 40 + "…"),
    ("reported_at.unreadable", "2023-02-30 10:00:00", "2023-02-30 10:00:00"),
    ("reported_at.required", "", None),
]


@pytest.mark.parametrize(("rule", "value", "shown"), CASES)
def test_evidence_shows_what_is_not_personal(writer: Writer, rule: str, value: str, shown: str | None) -> None:
    install_masks(writer.con)
    install_evidence(writer.con, load_contracts()["case_reports"])
    assert writer.con.execute("SELECT evidence(?, ?)", [rule, value]).fetchall() == [(shown,)]


def test_a_contract_without_personal_columns_shows_its_values(writer: Writer) -> None:
    install_masks(writer.con)
    install_evidence(writer.con, load_contracts()["agreements"])
    assert writer.con.execute("SELECT evidence('form_code.code', '33')").fetchall() == [("33",)]
