"""What stands for a personal value outside the vault."""

from __future__ import annotations

import hmac

import duckdb
import pytest

from schemas.contract import load_contracts
from warehouse.masking import install_masks
from warehouse.tables import contract_tables
from warehouse.vault import tokens


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    install_masks(opened)
    return opened


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("name_mask('张三', false, false)", "张*"),
        ("name_mask('张小三', false, false)", "张*三"),
        ("name_mask('欧阳修', false, false)", "欧阳*"),
        ("name_mask('欧阳正华', false, false)", "欧阳*华"),
        ("name_mask('阿依古丽', false, false)", "阿**丽"),
        ("name_mask('张', false, false)", "*"),
        ("name_mask('张小三', true, false)", "某某"),
        ("name_mask('张小三', NULL, NULL)", "张*三"),
        ("name_mask(NULL, true, false)", None),
        ("name_mask('张 三', false, false)", "张*"),
        ("name_mask('李　明', false, false)", "李*"),
        ("name_mask('欧 阳 修', false, false)", "欧阳*"),
        ("name_mask('温州某某物业有限公司', false, true)", "温州某某物业有限公司"),
        ("name_mask('杭州第三建筑（集团）公司', false, true)", "杭州第三建筑（集团）公司"),
        ("name_mask('张小三', false, true)", "张*三"),
        ("name_mask('买买提·吐尔逊', false, true)", "买*****逊"),
        ("name_mask('买买提∙吐尔逊', false, true)", "买*****逊"),
        ("name_mask('买买提.吐尔逊', false, true)", "买*****逊"),
        ("name_mask('JOHN SMITH', false, true)", "J*******H"),
        ("name_mask('张三、李四、王五', false, true)", "张******五"),
        ("name_mask('张三13800138000', false, true)", "张***********0"),
        ("name_mask('张三等12人', false, true)", "张****人"),
        ("id_no_mask('330108200001010016')", "330108********0016"),
        ("id_no_mask('330108200001010')", "330108*****1010"),
        ("id_no_mask('11010519491231002X')", "110105********002X"),
        ("id_no_mask('E12345678')", "E******78"),
        ("id_no_mask('1234')", "****"),
        ("id_no_mask('330108200001010016(张三)')", "3*********************"),
        ("id_no_mask('330108200001010016，330108200001010024')", "3**********************************24"),
        ("phone_mask('13812341234')", "138****1234"),
        ("phone_mask('0577-88123456')", "0577-****3456"),
        ("phone_mask('88123456')", "******56"),
        ("phone_mask('+8613812341234')", "+86138****1234"),
        ("phone_mask('13812341234/13912341234')", "***********************"),
        ("phone_mask('13812341234 13912341234')", "*********************34"),
        ("phone_mask('13812341234张三')", "*************"),
        ("phone_mask('13812341234转8001')", "****************"),
        ("phone_mask('330108200001010016')", "****************16"),
    ],
)
def test_masked_form(con: duckdb.DuckDBPyConnection, call: str, shown: str | None) -> None:
    assert con.execute(f"SELECT {call}").fetchone() == (shown,)


def test_a_masked_value_is_its_own_mask(con: duckdb.DuckDBPyConnection) -> None:
    for form, values in {
        "id_no_mask": ("330108200001010016", "330108200001010", "11010519491231002X", "E12345678", "1234"),
        "phone_mask": ("13812341234", "+8613812341234", "057788123456", "0577-88123456", "12345"),
        "name_mask": ("张三", "欧阳修", "张小三", "JOHN SMITH"),
    }.items():
        more = ", false, false" if form == "name_mask" else ""
        for value in values:
            [(once,)] = con.execute(f"SELECT {form}(?{more})", [value]).fetchall()
            assert con.execute(f"SELECT {form}(?{more})", [once]).fetchall() == [(once,)], value


def test_a_token_is_keyed_and_of_fixed_length() -> None:
    [one], [other] = tokens(b"k" * 32, ["13812341234"]), tokens(b"l" * 32, ["13812341234"])
    assert one != other
    assert len(one) == len(other) == 32


def test_tokens_stay_what_they_were_however_they_are_computed() -> None:
    values = ["", "13812341234", "张三", "13812341234"]
    plain = [hmac.digest(b"k" * 32, value.encode(), "sm3").hex()[:32] for value in values]
    assert tokens(b"k" * 32, values) == plain


def test_what_is_sensitive_of_a_person_stands_in_no_table_that_is_published() -> None:
    tables = contract_tables(load_contracts()["persons"])
    shared = {column.name for schema in ("record", "history") for column in tables[schema]}
    kept = {column.name for column in tables["vault"]}
    for name in ("special_group_code", "disability_kind_code", "birth_date", "address"):
        assert name not in shared
        assert name in kept
    assert {"person_name_token", "person_name_mask", "id_no_mask", "nation_code"} <= shared
