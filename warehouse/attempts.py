"""ops.attempts: how often each source was read and how often that failed, as the operations database tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.build import Writer


def load_attempts(writer: Writer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace ops.attempts by `rows` of system, dataset, day (ISO text), attempts, failed."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("system", "dataset", "day")]
    schema = pa.schema([*texts, ("attempts", pa.int64()), ("failed", pa.int64())])
    with writer.transaction() as con:
        con.register("attempt_rows", pa.Table.from_pylist([dict(row) for row in rows], schema=schema))
        con.execute("DELETE FROM ops.attempts")
        con.execute(
            "INSERT INTO ops.attempts BY NAME"
            " SELECT system, dataset, CAST(day AS DATE) AS day, attempts, failed FROM attempt_rows"
        )
        con.unregister("attempt_rows")
