"""Models are built in the order of what they read, all or none, and their tests stop a wrong build."""

from pathlib import Path

import pytest

from warehouse import runner
from warehouse.runner import Model, ModelError


def model(name: str, sql: str, **more) -> Model:
    return Model("core", name, sql, "试验", ("id",), **more)


def written(folder: Path, text: str) -> Path:
    path = folder / "core" / "sample.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_is_read_with_its_continuations(tmp_path):
    read = runner.parse(
        written(
            tmp_path,
            "-- description: 一句话，\n--     下一行\n-- key: a, b\n-- test: SELECT 1 WHERE false\n"
            "-- column a: 甲\nSELECT 1 AS a, 2 AS b;\n",
        )
    )
    assert read == Model(
        "core", "sample", "SELECT 1 AS a, 2 AS b", "一句话， 下一行", ("a", "b"), read.tests, {"a": "甲"}
    )
    assert read.tests == ("SELECT 1 WHERE false",)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS id",
        "-- description: x\nSELECT 1 AS id",
        "-- description: x\n-- key: id\n-- colour: red\nSELECT 1 AS id",
        "-- description: x\n-- key: id\nCREATE TABLE t (id INTEGER)",
        "-- description: x\n-- key: id\nSELECT FROM WHERE",
    ],
)
def test_a_file_out_of_form_is_refused_by_name(tmp_path, text):
    with pytest.raises(ModelError, match=r"core[/.]sample"):
        runner.parse(written(tmp_path, text))


@pytest.mark.parametrize(
    "clock",
    [
        "now()", "current_date", "current_timestamp", "today()", "random()", "uuid()", "get_current_timestamp()",
        "current_localtimestamp()", "transaction_timestamp()", "CURRENT_TIME", "gen_random_uuid()",
    ],
)  # fmt: skip
def test_clocks_and_chance_are_refused(clock):
    with pytest.raises(ModelError, match="as_of"):
        runner.refuse_forbidden(model("sample", f"SELECT 1 AS id, {clock} AS x"))


def test_a_column_may_be_called_like_nothing_forbidden():
    runner.refuse_forbidden(model("sample", "SELECT id, getvariable('as_of') AS as_of FROM core.other"))


def test_models_come_after_what_they_and_their_tests_read():
    last = model("a", "SELECT id FROM core.b")
    middle = model("b", "WITH c AS (SELECT 1 AS id) SELECT id FROM c", tests=("SELECT id FROM core.c",))
    first = model("c", "SELECT id FROM record.visits")
    assert [one.name for one in runner.ordered([last, middle, first])] == ["c", "b", "a"]


def test_models_that_read_each_other_are_refused():
    with pytest.raises(ModelError, match="circle"):
        runner.ordered([model("a", "SELECT id FROM core.b"), model("b", "SELECT id FROM core.a")])


@pytest.mark.parametrize(
    ("sql", "tests"),
    [
        ("SELECT unnest([1, 1]) AS id", ()),
        ("SELECT NULL AS id", ()),
        ("SELECT 7 AS id", ("SELECT id FROM core.wrong WHERE id > 6",)),
    ],
)
def test_a_test_that_finds_rows_names_model_and_rows(world, sql, tests):
    with pytest.raises(ModelError, match=r"core\.wrong.*rows"), world.writer.transaction() as con:
        runner.build(con, model("wrong", sql, tests=tests), {})


def test_a_failing_model_leaves_the_last_build_in_place(world, monkeypatch):
    world.report()
    world.build()
    before = world.rows("SELECT * FROM core.cases")
    broken = model("zz_last", "SELECT c.case_code AS id FROM core.cases AS c", tests=("SELECT 1",))
    models = runner.all_models()
    monkeypatch.setattr(runner, "all_models", lambda: [*models, broken])
    world.report(case_type_code="0201")
    with pytest.raises(ModelError):
        world.build()
    assert world.rows("SELECT * FROM core.cases") == before


def test_cases_lie_together_so_that_looking_one_up_reads_a_few_blocks():
    of_cases = [one for one in runner.load_models() if one.schema == "core" and "case_code" in selects(one)]
    assert of_cases
    assert {one.table for one in of_cases if ordered_by(one) != ["case_code"]} == set()


def selects(one: Model) -> list[str]:
    return runner.tree(one).named_selects


def ordered_by(one: Model) -> list[str]:
    order = runner.tree(one).args.get("order")
    return [term.name for term in order.expressions] if order else []
