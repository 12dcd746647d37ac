"""Rules that look at a dataset as a whole: its form, its volume, whether it comes at all. SQL models find them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from schemas.contract import Dimension, Severity

PATH = Path(__file__).parent / "dataset_rules.csv"
KIND = "dataset"
"""The kind of every such rule, by which the rules on rows and records are told apart from them."""


class DatasetRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as dataset_rules.csv states it; `dimension` is one of the six of GB/T 36344-2018."""

    rule_id: str
    dimension: Dimension
    severity: Severity
    responsibility: Literal["department", "hub", "transport"]
    title: str
    message: str
    advice: str


@cache
def dataset_rules(path: Path = PATH) -> tuple[DatasetRule, ...]:
    """Every rule in file order. Raises msgspec.ValidationError for a word outside the vocabulary."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(msgspec.convert(row, DatasetRule) for row in csv.DictReader(lines))
