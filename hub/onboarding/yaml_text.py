"""Changing a declaration as text: what people wrote beside the words that change stays as it is, comments included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z0-9_./$㐀-鿿（）(][^\"'#,:\[\]{}&!|>`\n]*(?<!\s)")
_MEANS_MORE = re.compile(r"[-+]?[\d.][\d._eE:+-]*|true|false|yes|no|on|off|null|~|y|n", re.IGNORECASE)
"""Texts that an editor's YAML reads as a number, a boolean or nothing."""


class EditError(LookupError):
    """A text in which the place to change cannot be found; the message names it."""


def flow(value: Any) -> str:
    """A value in one line of YAML; texts are quoted where they would be read as anything else."""
    match value:
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(one) for one in value) + "]"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and not _MEANS_MORE.fullmatch(text)
    return text if plain and "{" not in text and text.isprintable() else _quoted(text)


def _quoted(text: str) -> str:
    """A text in double quotes, with what YAML does not let stand for itself written as an escape."""
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in json.dumps(text, ensure_ascii=False))


def set_word(text: str, dataset: str, word: str, value: str) -> str:
    """The text with one word of a dataset set to a value of one line, in its place or after the dataset's last."""
    found = _entries(_dataset(text, dataset))
    lines = text.splitlines(keepends=True)
    new = f"    {word}: {value}\n"
    if word in found:
        first, last = found[word]
        return "".join([*lines[:first], new, *lines[last + 1 :]])
    after = max((last for _, last in found.values()), default=None)
    if after is None:
        raise EditError(f"dataset {dataset} is empty")
    return "".join([*lines[: after + 1], new, *lines[after + 1 :]])


def set_fields(text: str, dataset: str, gone: Sequence[str], added: Sequence[str], remarks: Sequence[str]) -> str:
    """The text without the columns `gone` among the fields of a dataset, and with the lines `added` after the others.

    `added` are `column: origin` with or without a comment; `remarks` are comments, which replace those of last time.
    """
    node = _value(_dataset(text, dataset), "fields")
    if node is None or not isinstance(node, yaml.MappingNode):
        raise EditError(f"dataset {dataset} has no fields")
    lines = _without_block(text.splitlines(keepends=True), dataset, "discover")
    return _with_fields("".join(lines), dataset, set(gone), added, remarks)


def _with_fields(text: str, dataset: str, gone: set[str], added: Sequence[str], remarks: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    node = _value(_dataset(text, dataset), "fields")
    entries = _entries(node)
    first, last = _entries(_dataset(text, dataset))["fields"]
    if node.flow_style:
        kept = [f"      {name}: {_source(text, one)}\n" for name, one in _pairs(node) if name not in gone]
    else:
        dropped = {
            number for name in gone if name in entries for number in range(entries[name][0], entries[name][1] + 1)
        }
        kept = [line for number, line in enumerate(lines[first + 1 : last + 1], first + 1) if number not in dropped]
    new = [f"      {line}\n" for line in added]
    block = comment_block("discover", remarks, "      ")
    return "".join([*lines[:first], "    fields:\n", *kept, *new, *block, *lines[last + 1 :]])


def set_comments(text: str, dataset: str, topic: str, remarks: Sequence[str]) -> str:
    """The text with a block of comments about a dataset at the head of it, in place of the block of last time."""
    text = "".join(_without_block(text.splitlines(keepends=True), dataset, topic))
    lines = text.splitlines(keepends=True)
    first = _dataset(text, dataset).start_mark.line
    return "".join([*lines[:first], *comment_block(topic, remarks, "    "), *lines[first:]])


def add_dataset(text: str, block: Sequence[str]) -> str:
    """The text with another dataset after the last one."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _value(root, "datasets")
    if node is None:
        raise EditError("the declaration has no datasets")
    lines = text.splitlines(keepends=True)
    last = _last_line(node)
    while last + 1 < len(lines) and lines[last + 1].startswith("    ") and lines[last + 1].lstrip().startswith("#"):
        last += 1  # what is remarked on the last dataset stays with it
    return "".join([*lines[: last + 1], "\n", *(f"{line}\n" for line in block), *lines[last + 1 :]])


def comment_block(topic: str, remarks: Sequence[str], indent: str) -> list[str]:
    """Comment lines between two marks, by which the next run finds them again; none without remarks."""
    if not remarks:
        return []
    return [
        f"{indent}# hub {topic} >\n",
        *(f"{indent}# {line}\n" for line in remarks),
        f"{indent}# < hub {topic}\n",
    ]


def _without_block(lines: list[str], dataset: str, topic: str) -> list[str]:
    """The lines without the block that an earlier run wrote about this dataset."""
    node = _dataset("".join(lines), dataset)
    first, last = node.start_mark.line, node.end_mark.line
    before = first
    while before and lines[before - 1].lstrip().startswith("#"):
        before -= 1
    kept, inside = [], False
    for number, line in enumerate(lines):
        here = before <= number <= last
        if here and line.strip() == f"# hub {topic} >":
            inside = True
        if not inside:
            kept.append(line)
        if inside and line.strip() == f"# < hub {topic}":
            inside = False
    return kept


def _dataset(text: str, name: str) -> Any:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _value(_value(root, "datasets"), name)
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise EditError(f"dataset {name} is not there as a block of lines")
    return node


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value


def _value(node: Any, name: str) -> Any:
    return next((value for key, value in _pairs(node) if key == name), None)


def _entries(node: Any) -> dict[str, tuple[int, int]]:
    """First and last line (from 0) of each entry of a mapping."""
    return {str(key.value): (key.start_mark.line, _last_line(value)) for key, value in node.value}


def _last_line(node: Any) -> int:
    """The line on which a node's own text ends; a block's end mark lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False) or not node.value:
        mark = node.end_mark
        return (
            int(mark.line if mark.column else mark.line - 1)
            if node.end_mark.line > node.start_mark.line
            else int(mark.line)
        )
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last)


def _source(text: str, node: Any) -> str:
    return text[node.start_mark.index : node.end_mark.index].strip()
