"""YAML without guesses: every scalar stays the text that was written.

`001003001`, `0601`, `no`, `2e5` and `2020-09-01` are codes and dates that YAML 1.1 would turn into numbers,
booleans and objects; the models that read a file ask for a number where they want one. A value left empty is
None. Duplicate keys, aliases and tags are errors.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

LineOf = Callable[[tuple[str | int, ...]], int]

_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map")}


class StrictYamlError(ValueError):
    """A file that is not strict YAML. Its text is `<path>:<line>: <what is wrong>`."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


def load(path: Path) -> tuple[Any, LineOf]:
    """The content of one document as dicts, lists, str and None, and a function from a path in it to a line.

    `line_of(("datasets", "cases", "key", 0))` is 1-based. Steps that lead nowhere are skipped, so that an
    error path of pydantic (which names union members and missing fields) gives the deepest line that exists.
    Raises StrictYamlError, or OSError when the file cannot be opened.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise StrictYamlError(path, 1, f"not UTF-8 at byte {error.start}; save it as UTF-8") from error
    try:
        _refuse_aliases(path, text)
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise StrictYamlError(path, mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    except yaml.YAMLError as error:
        raise StrictYamlError(path, 1, f"not YAML: {error}") from error
    if root is None:
        return None, lambda _: 1
    lines: dict[tuple[str | int, ...], int] = {(): root.start_mark.line + 1}
    content = _build(path, root, (), lines)

    def line_of(steps: tuple[str | int, ...]) -> int:
        found: tuple[str | int, ...] = ()
        for step in steps:
            if (*found, step) in lines:
                found = (*found, step)
        return lines[found]

    return content, line_of


def _refuse_aliases(path: Path, text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise StrictYamlError(path, line, f"alias *{event.anchor}: write the value out")


def _build(path: Path, node: yaml.Node, at: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> object:
    line = node.start_mark.line + 1
    if node.tag not in _PLAIN_TAGS:
        raise StrictYamlError(path, line, f"tag {node.tag!r}: leave it out")
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*at, index)] = item.start_mark.line + 1
        return [_build(path, item, (*at, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise StrictYamlError(path, key_line, "a key must be plain text")
            name = str(key_node.value)
            if name in mapping:
                raise StrictYamlError(path, key_line, f"duplicate key {name!r}, first in line {lines[(*at, name)]}")
            lines[(*at, name)] = key_line
            mapping[name] = _build(path, value_node, (*at, name), lines)
        return mapping
    left_empty = isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style
    return None if left_empty else str(node.value)
