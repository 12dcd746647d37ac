"""The shapes in which a delivery travels from a connector into landing and on to quality and warehouse.

A connector hands over `Page`s; landing makes each one a durable `Part` and writes a `Manifest`. Canonical
forms: REST and SOAP are NDJSON, databases are Parquet, CSV is UTF-8 CSV with a header in every part, Excel is
NDJSON with the extra keys `_sheet` and `_row` (1-based sheet row) and every cell as text, any other file is NDJSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

    from operations.settings import Settings

Format = Literal["ndjson", "parquet", "csv"]
MESSAGE_FIELDS = ("_topic", "_partition", "_offset", "_timestamp", "_key", "_op")
"""What the connector of a queue adds to each row: where its message stood, and what it does to its record."""

MESSAGE_PLACE = ("_partition", "_offset")
"""Those of them that say where a message of a topic stood."""

Kind = Literal["sync", "backfill", "replay", "deletes", "keys", "verification"]


class Window(msgspec.Struct, frozen=True):
    """What one read covers: records changed in [since, until), naive Asia/Shanghai; None is open-ended."""

    since: datetime | None
    until: datetime | None
    kind: Literal["sync", "backfill", "keys"] = "sync"


@dataclass(frozen=True)
class Page:
    """A piece of a delivery as a connector hands it over, before it is durable.

    `body` is bytes or a path for ndjson (one JSON object a line), a pyarrow Table for parquet, and for csv the path
    of a UTF-8 file with a header. A file at a path is moved away by landing.
    """

    format: Format
    rows: int  # records in it (csv: without the header)
    body: bytes | pa.Table | Path
    declared: int | None = None  # total of the whole delivery as the source states it, if it does
    checkpoint: str | None = None  # JSON: where a retry resumes after this page; None = it cannot resume here
    cursor_high: str | None = None  # greatest cursor value seen so far, ISO text
    original: Path | None = None  # the file as it came; landing keeps it beside the part, immutable
    original_name: str | None = None  # its name at the source
    places: list[str] | None = None  # of records that cannot be read: where each stood at the source
    replays: dict[str, list[int]] | None = None  # of a replay: loads and positions where its records first landed


class FieldChange(msgspec.Struct, frozen=True):
    """One way in which the form of a delivery is not the declared one. It holds no value of the delivery.

    `field` is the source's own name of it. `new`: neither declared nor ignored; `missing`: declared, and no part has
    it; `retyped`: its values are no longer of the declared kind. `detail` says in Chinese where, and how much.
    """

    field: str
    change: Literal["new", "missing", "retyped"]
    detail: str = ""


class Part(msgspec.Struct):
    """One durable file of a load. The record at row n (0-based) of it has position `first_position + n`."""

    path: str  # relative to the manifest's folder
    format: Format
    rows: int
    sha256: str
    bytes: int
    first_position: int  # 1-based ordinal, within the load, of the part's first record
    original: str | None = None  # relative to the manifest's folder
    original_name: str | None = None
    original_sha256: str | None = None
    places: list[str] | None = None  # of records that cannot be read: where each stood at the source
    replays: dict[str, list[int]] | None = None  # of a replay: where its records first landed, in their order


class Erasure(msgspec.Struct, frozen=True):
    """A file of a load out of which a person was taken by a legal order: its sha256 before, and what stands for it.

    `file` and `sha256` are None where the file could not be rewritten and was removed.
    """

    order_no: str
    at: datetime  # naive Asia/Shanghai
    file_before: str
    sha256_before: str
    file: str | None
    sha256: str | None


class Manifest(msgspec.Struct, kw_only=True):
    """What one load holds: `open` while parts arrive, `complete` once every part is durable and counted.

    A complete one is never changed but by a legal order, which makes it the next generation; rows keep their positions.
    """

    load_id: str  # UTC time to the microsecond, "-", 4 hex digits: sorts in landing order
    kind: Kind
    system: str
    dataset: str
    state: Literal["open", "complete"]
    opened_at: datetime  # naive Asia/Shanghai, as every time here
    completed_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    declared: int | None = None
    landed: int = 0
    parts: list[Part] = msgspec.field(default_factory=list)
    checkpoint: str | None = None
    cursor_high: str | None = None
    declaration_sha256: str
    bookmark: dict[str, Any] | None = None  # the `landed` bookmark to store once the manifest is complete
    generation: int = 1
    erasures: list[Erasure] = msgspec.field(default_factory=list)

    def folder(self, settings: Settings) -> Path:
        """The folder of this load: landing/<system>/<dataset>/<load_id>."""
        return settings.landing / self.system / self.dataset / self.load_id

    def part_at(self, position: int) -> Part | None:
        """The part that holds the record at a position."""
        for part in self.parts:
            if part.first_position <= position < part.first_position + part.rows:
                return part
        return None

    def origins(self) -> Iterator[tuple[str, int]]:
        """(load_id, position) where each record first landed: elsewhere for a replay, in this load for any other."""
        for part in self.parts:
            if part.replays is None:
                yield from ((self.load_id, part.first_position + n) for n in range(part.rows))
            else:
                yield from ((load_id, place) for load_id, places in part.replays.items() for place in places)

    def origin(self, position: int) -> tuple[str, int]:
        """(load_id, position) where the record at a position of this load first landed."""
        return next(islice(self.origins(), position - 1, None), (self.load_id, position))
