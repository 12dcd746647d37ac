"""XML answers become JSON rows, and nothing that they refer to is ever read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.xml_rows import BrokenXmlError, cut_xml


def rows(text: str, path: str = "list.row") -> list[Any]:
    return [json.loads(row) for row in cut_xml(text.encode(), path).rows]


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("<row><a>1.50</a><b> x </b></row>", {"a": "1.50", "b": " x "}),
        ('<row no="7"><a/></row>', {"@no": "7", "a": None}),
        ("<row><a>1</a><a>2</a><a>3</a></row>", {"a": ["1", "2", "3"]}),
        ("<row><a><b>1</b></a><c><![CDATA[<x>]]></c></row>", {"a": {"b": "1"}, "c": "<x>"}),
        ('<row><a u="m">12</a></row>', {"a": {"@u": "m", "#text": "12"}}),
        ('<row><a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/></row>', {"a": None}),
        ('<row xmlns="urn:y"><a>1</a><!-- no --><?no no?></row>', {"a": "1"}),
        ("<row>text</row>", "text"),
    ],
)
def test_an_element_becomes_an_object(row: str, value: object) -> None:
    assert rows(f"<x><list>{row}</list></x>") == [value]


def test_rows_are_taken_from_every_parent_and_the_rest_is_the_envelope() -> None:
    text = '<x code="00"><n>2</n><day><row><a>1</a></row></day><day><row><a>2</a></row></day></x>'
    reply = cut_xml(text.encode(), "day.row")
    assert [json.loads(row) for row in reply.rows] == [{"a": "1"}, {"a": "2"}]
    assert (reply.at("@code"), reply.at("n")) == ("00", "2")


def test_no_rows_at_the_path_are_none() -> None:
    assert rows("<x><n>0</n></x>") == []


def test_the_declared_encoding_holds() -> None:
    text = '<?xml version="1.0" encoding="GB18030"?><x><list><row><a>㛃𬭎</a></row></list></x>'
    assert [json.loads(row) for row in cut_xml(text.encode("gb18030"), "list.row").rows] == [{"a": "㛃𬭎"}]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "<x><list><row><a>1</a></row>", "<x>&unknown;</x>", "<x>\x01</x>", "<a></b>"],
)
def test_what_is_not_whole_is_broken_and_not_quoted(text: str) -> None:
    with pytest.raises(BrokenXmlError) as raised:
        rows(text)
    assert "unknown" not in str(raised.value)


def test_a_document_with_entities_of_its_own_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("330108")
    for kind in (f'SYSTEM "{secret.as_uri()}"', '"aaaaaaaaaa"', 'SYSTEM "http://127.0.0.1:1/x"'):
        text = f"<!DOCTYPE x [<!ENTITY e {kind}>]><x><list><row><a>&e;</a></row></list></x>"
        with pytest.raises(BrokenXmlError, match="document type"):
            rows(text)
    with pytest.raises(BrokenXmlError, match="document type"):
        rows(f'<!DOCTYPE x SYSTEM "{secret.as_uri()}"><x/>')


def test_entities_within_entities_do_not_grow() -> None:
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(BrokenXmlError):
        rows(f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{layers}]><x>&e9;</x>')


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "姓名", "c-1"]), texts, min_size=1)))
def test_any_text_comes_through(wanted: list[dict[str, str]]) -> None:
    body = "".join(
        "<row>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in one.items()) + "</row>" for one in wanted
    )
    assert rows(f"<x><list>{body}</list></x>") == wanted
