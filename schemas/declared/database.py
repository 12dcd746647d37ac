"""The words of a system that is read from a relational database."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.declared.dataset import Dataset
from schemas.declared.words import Model, Span


class DatabaseSource(Model):
    """A database by its SQLAlchemy URL without credentials: sqlite, mysql, postgresql, or any other dialect.

    A statement that runs longer than `statement_timeout` is given up by the server.
    """

    kind: Literal["database"]
    url: str
    statement_timeout: Span


class DatabaseDataset(Dataset):
    """One table or view, `table` or `schema.table`, fetched `batch_rows` at a time."""

    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$")
    batch_rows: int = Field(default=50_000, ge=1)
