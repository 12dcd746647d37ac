"""What is written is what is read: codes stay text, and a key stands once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.strict_yaml import StrictYamlError, load

SCALARS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20)
CODES = st.from_regex(r"[0-9]{1,12}", fullmatch=True)
CONTENT = st.recursive(
    SCALARS | CODES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS.filter(bool), inner, max_size=4),
    max_leaves=12,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yml"
    path.write_text(text, encoding="utf-8")
    return path


YAML_1_1_NUMBERS = ["001003001", "0601", "2e5", "1_000", "0x1F", "0o17", "12:30:45", "1.10", ".5", "+86", ".inf"]
YAML_1_1_WORDS = ["no", "yes", "on", "true", "null", "~", "=", "<<", "2020-09-01", "2020-09-01 00:00:00"]


@pytest.mark.parametrize("code", [*YAML_1_1_NUMBERS, *YAML_1_1_WORDS])
def test_a_code_stays_the_text_that_was_written(tmp_path: Path, code: str) -> None:
    content, _ = load(written(tmp_path, f"a: {code}\nb: [{code}]\n{code}: c\n"))
    assert content == {"a": code, "b": [code], code: "c"}


def test_a_value_left_empty_is_none_and_a_quoted_one_is_empty_text(tmp_path: Path) -> None:
    assert load(written(tmp_path, "a:\nb: ''\nc: [x, '']\n"))[0] == {"a": None, "b": "", "c": ["x", ""]}
    assert load(written(tmp_path, "# nothing\n"))[0] is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENT)
def test_any_text_comes_back_as_it_was(tmp_path: Path, content: object) -> None:
    # default_style='"' quotes every scalar, so that the writer's own rules do not matter.
    text = yaml.safe_dump(content, default_style='"', allow_unicode=True, sort_keys=False)
    assert load(written(tmp_path, text))[0] == content


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}|[0-9]{1,9}", fullmatch=True), min_size=1, unique=True),
    chosen=st.data(),
)
def test_a_duplicate_key_gives_its_line(tmp_path: Path, names: list[str], chosen: st.DataObject) -> None:
    twice = chosen.draw(st.sampled_from(names))
    at = chosen.draw(st.integers(names.index(twice) + 1, len(names)))
    keys = [*names[:at], twice, *names[at:]]
    path = written(tmp_path, "outer:\n" + "".join(f"  {key}: x\n" for key in keys))
    with pytest.raises(StrictYamlError, match=f"duplicate key '{twice}'") as raised:
        load(path)
    assert raised.value.line == at + 2
    assert f"first in line {names.index(twice) + 2}" in str(raised.value)
    assert str(raised.value).startswith(f"{path}:{at + 2}: ")


def test_every_place_has_its_line(tmp_path: Path) -> None:
    text = "title: x\ndatasets:\n  cases:\n    key:\n      - a\n      - b\n    fields: {c: {from: d}}\n"
    _, line_of = load(written(tmp_path, text))
    assert line_of(()) == 1
    assert line_of(("datasets", "cases")) == 3
    assert line_of(("datasets", "cases", "key", 1)) == 6
    assert line_of(("datasets", "cases", "fields", "c", "from")) == 7


def test_a_place_that_is_not_there_gives_the_line_around_it(tmp_path: Path) -> None:
    _, line_of = load(written(tmp_path, "a: x\nsource:\n  kind: rest\n  auth:\n    kind: y\n"))
    assert line_of(("source", "rest", "auth", "oauth2_client", "token_path")) == 4
    assert line_of(("nothing", "of", "this")) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x 1\nb: *x\n", 2, "alias"),
        ("a: 1\nb: !!int 2\n", 2, "tag"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tag"),
        ("a: 1\n? [b]\n: c\n", 2, "key must be plain text"),
        ("a: 1\nb: [1\n", 3, "expected"),
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: 1\n---\nb: 2\n", 2, "document"),
    ],
)
def test_what_is_not_strict_names_file_and_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(StrictYamlError, match=message) as raised:
        load(path)
    assert (raised.value.path, raised.value.line) == (path, line)


@pytest.mark.parametrize("body", [b"a: \xb0\xa1\n", b"a: \x00\n"])
def test_bytes_that_are_no_text_are_an_error_of_the_file(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(body)
    with pytest.raises(StrictYamlError, match=r"x\.yml:1: not"):
        load(path)
