"""The words of a system that is read from a relational database."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from schemas.declared.dataset import Dataset
from schemas.declared.words import Hours, Model, Span, Texts


class DatabaseSource(Model):
    """A database by its SQLAlchemy URL without credentials: sqlite, mysql, postgresql, or any other dialect.

    A statement that runs longer than `statement_timeout` is given up by the server. Outside `window` the department
    does not want to be read, and its datasets are skipped.
    """

    kind: Literal["database"]
    url: str
    statement_timeout: Span
    window: Hours | None = None


class ChangeLog(Model):
    """A table to which each change is only ever added: of a record's rows the current one is the greatest by `order`.

    A field of it that is null comes before any value.
    """

    order: Texts = Field(min_length=1)


class DatabaseDataset(Dataset):
    """One table or view, `table` or `schema.table`, fetched `batch_rows` at a time.

    In its place `query` may name a `.sql` file beside the declaration: one SELECT in the server's own dialect. A read
    that covers more than `chunk` is taken in windows of that length, and goes on from the last one if it breaks off.
    """

    table: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$")
    query: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*\.sql$")
    query_text: SkipJsonSchema[str] = ""  # what that file holds
    change_log: ChangeLog | None = None
    chunk: Span | None = None
    batch_rows: int = Field(default=50_000, ge=1)

    @property
    def relation(self) -> str:
        """The table or the query's file, for messages."""
        return self.table or str(self.query)

    @property
    def delivered_as(self) -> str:
        return f"数据表 {self.table}" if self.table else f"查询 {self.query}"

    @model_validator(mode="after")
    def _one_relation(self) -> DatabaseDataset:
        if (self.table is None) == (self.query is None):
            raise ValueError("give exactly one of: table, query")
        if self.chunk is not None and (self.sync.mode != "incremental" or self.sync.start is None or not self.chunk):
            raise ValueError("chunk is a span above 0s and needs sync of mode incremental with: start")
        return self


class QueryFileError(ValueError):
    """A dataset's query that cannot be used; `dataset` is its name."""

    def __init__(self, dataset: str, message: str) -> None:
        super().__init__(message)
        self.dataset = dataset


def with_queries(datasets: Any, read: Any) -> Any:
    """The raw datasets of a declaration, each `query` beside its text, which `read(name)` gives.

    Raises QueryFileError.
    """
    if not isinstance(datasets, dict):
        return datasets
    found = dict(datasets)
    for name, one in datasets.items():
        if not isinstance(one, dict):
            continue
        if "query_text" in one:
            raise QueryFileError(name, "query_text is taken from the query's file; leave it out")
        if isinstance(one.get("query"), str) and "/" not in one["query"]:
            try:
                found[name] = {**one, "query_text": _one_select(read(one["query"]))}
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                raise QueryFileError(name, f"{one['query']}: {reason}; put one SELECT beside the declaration") from None
    return found


def _one_select(text: str) -> str:
    """A query without its last semicolon. Only a first look: the session that runs it may not write anyway."""
    bare = text.strip().removesuffix(";").rstrip()
    code = "\n".join(line.partition("--")[0] for line in bare.splitlines()).strip()
    if ";" in code or not code.lower().startswith(("select", "with")):
        raise ValueError("is not one SELECT")
    return bare
