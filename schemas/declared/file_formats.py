"""The forms of a file: delimited and fixed-width text, workbooks, XML, JSON, DBF."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.declared.words import Model, Texts


def _known(value: str) -> str:
    try:
        "".encode(value)
    except LookupError:
        raise ValueError(f"{value!r} is no encoding; such are gb18030, utf-8-sig, utf-16") from None
    return value


def _one_character(value: str) -> str:
    if len(value) != 1 or value in "\r\n\0":
        raise ValueError(f"{value!r} is not one character")
    return value


Encoding = Annotated[str, AfterValidator(_known)]
"""Any encoding that Python has a codec for."""

Character = Annotated[str, AfterValidator(_one_character)]


class CsvFormat(Model):
    """Text with a record a line, its values parted by `delimiter`.

    A value between two `quote`s may hold anything; a quote in it is doubled, or follows `escape` where that is
    declared. `quote: none` takes quotes for text. The column names stand in the record `header_row` (1-based; what is
    above it is no record) or, in files without any, are `columns`. Lines that start with `comment` are no records, and
    neither are the last ones if their first value starts with one of `footers`.
    """

    kind: Literal["csv"]
    encoding: Encoding
    delimiter: Character = ","
    quote: Character | Literal["none"] = '"'
    escape: Character | None = None
    header_row: int = Field(default=1, ge=1)
    columns: Texts = Field(default_factory=list)
    comment: str | None = Field(default=None, min_length=1)
    footers: Texts = Field(default_factory=list)

    @model_validator(mode="after")
    def _told_apart(self) -> CsvFormat:
        marks = [one for one in (self.delimiter, self.quote, self.escape) if one is not None]
        if len(set(marks)) < len(marks):
            raise ValueError("delimiter, quote and escape must differ")
        if self.columns and "header_row" in self.model_fields_set:
            raise ValueError("give header_row or columns, not both")
        return self

    @property
    def canonical(self) -> bool:
        """Whether the text is already in the form that landing keeps, but for its encoding."""
        return (self.delimiter, self.quote, self.header_row) == (",", '"', 1) and not (
            self.escape or self.columns or self.comment or self.footers
        )


class XlsxFormat(Model):
    """The visible sheets of a workbook (xlsx or xls) that have the declared columns; `sheets` are globs of their names.

    The header is `header_rows` sheet rows from `header_row` (1-based) on; a column's name is its lowest filled
    cell there. Rows at a sheet's end are no records if they are empty or their first filled cell starts with
    one of `footers`. `merged: repeat` gives the value of merged cells to each row that they span, `first` to the
    first row alone.
    """

    kind: Literal["xlsx", "xls"]
    header_row: int = Field(ge=1)
    header_rows: int = Field(default=1, ge=1, le=3)
    footers: Texts = Field(default_factory=list)
    sheets: Texts = Field(default_factory=lambda: ["*"])
    merged: Literal["first", "repeat"] = "first"


class XmlFormat(Model):
    """The elements at the path `rows` (`Cases/Case`, from the root on; names without their namespace).

    A record's fields are the texts below it by their path: `Party/Name`, an attribute `@id` or `Party/@kind`, the text
    of an element that has others too `Party`. The second element of the same path is `Party[2]/Name`. `encoding` is
    given where the document names a wrong one.
    """

    kind: Literal["xml"]
    rows: str = Field(pattern=r"^[^/@\s]+(/[^/@\s]+)+$")
    encoding: Encoding | None = None


class JsonLinesFormat(Model):
    """A JSON object a line."""

    kind: Literal["json_lines"]
    encoding: Encoding = "utf-8"


class JsonArrayFormat(Model):
    """A JSON document with an array of objects at the dotted path `rows`, or that is such an array."""

    kind: Literal["json_array"]
    rows: str | None = None
    encoding: Encoding = "utf-8"


class Column(Model):
    """A column of fixed width, counted as the format says. The blanks around its text are no part of it."""

    name: str
    width: int = Field(ge=1)


class FixedWidthFormat(Model):
    """Lines cut into columns by `unit`s: bytes of the encoding (a Chinese character has two in GB18030) or characters.

    The first `header_lines` are no records, nor are the last ones if they start with one of `footers`. A line of
    another length than all columns together refuses the file, since its columns would be mixed up; with
    `trimmed: true` a line may lack the blanks at its end.
    """

    kind: Literal["fixed_width"]
    encoding: Encoding
    unit: Literal["bytes", "characters"]
    columns: list[Column] = Field(min_length=1)
    header_lines: int = Field(default=0, ge=0)
    footers: Texts = Field(default_factory=list)
    trimmed: bool = False

    @model_validator(mode="after")
    def _readable(self) -> FixedWidthFormat:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError("two columns have one name")
        if self.unit == "bytes" and "\n".encode(self.encoding) != b"\n":
            raise ValueError(f"{self.encoding} has no lines of bytes; use unit: characters")
        return self


class DbfFormat(Model):
    """A dBASE or FoxPro table without memo file. A Chinese one is mostly `cp936`, whatever it says itself.

    Rows that are marked as deleted are left out, or, with `deleted_field`, come after all others: that field of each
    record is then `true` or `false`.
    """

    kind: Literal["dbf"]
    encoding: Encoding
    deleted_field: str | None = None


FileFormat = Annotated[
    CsvFormat | XlsxFormat | XmlFormat | JsonLinesFormat | JsonArrayFormat | FixedWidthFormat | DbfFormat,
    Field(discriminator="kind"),
]
