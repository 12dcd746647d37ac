"""The words of a system that drops files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.declared.dataset import Dataset
from schemas.declared.words import Model, Texts


class LocalFolder(Model):
    """A folder of this machine or of a mounted share."""

    kind: Literal["local"]
    folder: str


class Sftp(Model):
    """A folder on an SFTP server, `sftp://host:port/folder`, read with the connection's login and password.

    The connection's extra `host_key` is the server's public key (`ssh-ed25519 AAAA…`); another one is refused.
    """

    kind: Literal["sftp"]
    url: str


class Control(Model):
    """A small file beside each delivery, named by adding `suffix`, which says that the delivery is whole.

    It holds `md5=` and `rows=` lines; a delivery without it is still being written.
    """

    suffix: str


class FilesSource(Model):
    """Files in one folder. Nothing is moved, changed or deleted at the source."""

    kind: Literal["files"]
    transport: Annotated[LocalFolder | Sftp, Field(discriminator="kind")]
    control: Control | None = None


class CsvFormat(Model):
    """Comma-separated text with one header row, in any encoding that Python has a codec for."""

    kind: Literal["csv"]
    encoding: str

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"{value!r} is no encoding; such are gb18030, utf-8-sig, utf-16") from None
        return value


class XlsxFormat(Model):
    """The visible sheets of a workbook that have the declared columns.

    The header is `header_rows` sheet rows from `header_row` (1-based) on; a column's name is its lowest filled
    cell there. Rows at a sheet's end are no records if they are empty or their first filled cell starts with
    one of `footers`.
    """

    kind: Literal["xlsx"]
    header_row: int = Field(ge=1)
    header_rows: int = Field(default=1, ge=1, le=3)
    footers: Texts = Field(default_factory=list)


class FilesDataset(Dataset):
    """The files whose name matches the glob `pattern`, in order of their names."""

    pattern: str
    format: Annotated[CsvFormat | XlsxFormat, Field(discriminator="kind")]
