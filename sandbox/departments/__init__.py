"""The departments whose systems differ in words, codes and carriers alone: one YAML file here, one CSV in `codes/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

FOLDER = Path(__file__).parent
Carrier = Literal["table", "files", "api", "soap", "queue"]
SignIn = Literal[
    "oauth2_client", "oauth2_password", "bearer", "api_key", "none", "md5", "hmac_md5", "hmac_sha1"
]  # fmt: skip
Paging = Literal["cursor", "continue", "relay", "page", "page_xml", "window", "whole"]
Side = Literal["person", "organisation"]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a department tells of one person at a time, and never of all: of `share` of them it knows something.

    `place` is a path or the name of an operation, `param` carries the ID number, `words` names what is told.
    """

    place: str
    param: str
    share: float
    words: dict[str, str]


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an interface lets somebody in, and how it hands out what has changed."""

    sign_in: SignIn = "oauth2_client"
    paging: Paging = "cursor"


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The course of a matter so far, as a list in its record: at `place`, each step in these `words`."""

    place: str
    words: dict[str, str]


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dataset in a department's files: how they are named, and its word for each canonical field.

    `place` is a format of at (moment). A workbook has a sheet for each value of the field `sheets`, and merges the
    cells of neighbours that are equal in the field `merged`.
    """

    place: str
    words: dict[str, str]
    sheets: str | None = None
    merged: str | None = None


class Drop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a department sends files: in what format, how packed (from the inside out), where to, and what proves them.

    `at` is a shared folder, our SFTP server with a password or a key, or our object store. `proof` is a control file
    with digest, size and count, a digest alone, a marker in the place of the last ending, one marker for all files, or
    a signature. `bare` is delimited text without quotes and header, with a total at its end. `widths` are those of
    fixed columns in the order of the words, in bytes or in characters.
    """

    format: Literal["csv", "xlsx", "xls", "xml", "json_lines", "json_array", "fixed_width", "dbf"]
    at: Literal["share", "password", "key", "store"] = "password"
    proof: Literal["control", "digest", "marker", "batch", "signature", "none"] = "control"
    pack: tuple[Literal["zip", "gzip", "sm4_cbc", "sm4_gcm"], ...] = ()
    encoding: str = "utf-8"  # of text
    names: str = "utf-8"  # of the files' names on the SFTP server
    records: str = ""  # the path of a record's element in XML, of the list in JSON
    title: str = ""  # what stands above the header of a workbook, or above the records of a text
    delimiter: str = ","
    bare: bool = False
    widths: tuple[int, ...] = ()
    unit: Literal["bytes", "characters"] = "bytes"


class Department(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One department's system of reports.

    Disputes that it has a type code for, between the sides that it takes (any where None), are its business; `weight`
    says how readily it hears of one, beside the others whose business it is too.
    `words` names its field for each canonical one, in the order in which it shows them; `forms` says how it writes
    moments (strftime, or `epoch_ms`) where not as YYYY-MM-DD HH:MM:SS. `place` is its table, its path, its service, its
    topic, or the name of its files (see Listing). `registers` are datasets beside the reports that are the same in
    every file.
    """

    system: str
    dataset: str
    carrier: Carrier
    place: str
    number: str  # a format of at (moment), county and serial (five digits)
    weight: int
    days: float  # the median until a matter ends
    words: dict[str, str]
    kinds: dict[str, int]  # matter kind -> how often
    channels: tuple[str, ...]
    ways: tuple[str, ...]
    unknown_type: str  # codes that it has never announced
    unknown_code: str
    applicant: Side | None = None
    respondent: Side | None = None
    id_missing: float = 0.1
    yes_no: tuple[str, str] = ("是", "否")
    forms: dict[str, str] = {}
    steps: Steps | None = None  # of api
    asked: Asked | None = None  # of api and soap
    api: Api = Api()  # of api
    drop: Drop = Drop("csv")  # of files
    registers: dict[str, Listing] = {}

    @property
    def variable(self) -> str:
        """The environment variable that the declaration takes its address from."""
        return f"{self.system.upper()}_{'DIR' if self.drop.at == 'share' else 'URL'}"

    @property
    def listings(self) -> dict[str, Listing]:
        """Every dataset of its files."""
        return {self.dataset: Listing(self.place, self.words), **self.registers}


@cache
def departments() -> dict[str, Department]:
    """Every department of this folder by its system, in the order of the names."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = msgspec.convert({**said, "system": path.stem}, Department, strict=False)
    return found


def of_carrier(carrier: Carrier) -> list[Department]:
    """The departments that send or answer in one way."""
    return [one for one in departments().values() if one.carrier == carrier]
