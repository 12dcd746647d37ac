"""What a connector shows of a dataset, as the onboarding tools read it."""

from __future__ import annotations

from typing import Any

from connectors.base import Connector
from hub.onboarding.rows import look
from schemas.declaration import Dataset


def previewed(connector: Connector, dataset: Dataset, limit: int = 20) -> list[dict[str, Any]]:
    """The first rows that can be read."""
    return look(connector.preview(dataset, limit), limit).rows
