"""The declaration of a department system: one YAML file, one closed vocabulary, read without guesses.

`load_systems()` reads every file of a folder; a file that is wrong gives one DeclarationError that names file,
line and the allowed words, and stops only itself. Addresses keep their `${NAME}` until a connector opens, so
reading declarations needs no environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from schemas import strict_yaml
from schemas.declared.child import ChildDataset
from schemas.declared.database import DatabaseDataset, DatabaseSource, QueryFileError, with_queries
from schemas.declared.dataset import Dataset, FieldMap, KeyCompare, NoDeletes, Sync, Tombstone
from schemas.declared.faults import explain, in_order
from schemas.declared.files import FilesDataset, FilesSource
from schemas.declared.pagination import TimeWindowPagination
from schemas.declared.queue import QueueDataset, QueueSource
from schemas.declared.rest import RestDataset, RestSource
from schemas.declared.soap import SoapDataset, SoapSource
from schemas.declared.words import Cron, Model

__all__ = [
    "ChildDataset",
    "Dataset",
    "DeclarationError",
    "FieldMap",
    "KeyCompare",
    "NoDeletes",
    "Sync",
    "System",
    "Tombstone",
    "load_systems",
    "read_system",
    "schema_json",
    "systems_folder",
]

FOLDER = Path(__file__).resolve().parent.parent / "connectors" / "systems"
"""The declarations that are shipped."""
Source = RestSource | DatabaseSource | FilesSource | SoapSource | QueueSource
_NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=_NAME)]


class DeclarationError(ValueError):
    """A declaration that cannot be used. Its text is `<file>:<line>: <what is wrong and what is allowed>`."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.system = path.stem
        self.path = path
        self.line = line
        self.message = message


class Contact(Model):
    """The department's person for this system, and when that person gets a mail about its work orders.

    `on_error`: when there is something to do or something was verified; `always`: also when nothing is wrong.
    """

    name: str
    email: str
    notify: Literal["always", "on_error", "never"] = "on_error"


class System(Model):
    """A department system: who owns it, when it is read, how it is reached, and its datasets by name.

    `id` is the file's stem and the id of the connection that holds the credentials; `sha256` is the file's.
    """

    id: SkipJsonSchema[str]
    sha256: SkipJsonSchema[str]
    title: str
    title_en: str
    department: str
    contact: Contact
    classification: Literal["L1", "L2", "L3", "L4"]
    schedule: Cron
    source: Source
    datasets: Mapping[str, Dataset]

    def delivered_as(self, dataset: Dataset) -> str:
        """As the dataset's own; a child came with its parent."""
        return (self.datasets[dataset.within.dataset] if isinstance(dataset, ChildDataset) else dataset).delivered_as

    @field_validator("datasets", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        for name, one in value.items():
            if isinstance(one, dict) and one.get("name", name) != name:
                raise ValueError(f"the name of {name} is taken from its key; leave name out")
        return {name: {**one, "name": name} if isinstance(one, dict) else one for name, one in value.items()}


def _interface_or_child(value: Any) -> str:
    return (
        "child" if isinstance(value, ChildDataset) or (isinstance(value, dict) and "within" in value) else "interface"
    )


class RestSystem(System):
    """A system of the family rest."""

    source: RestSource
    datasets: Mapping[
        Name,
        Annotated[
            Annotated[RestDataset, Tag("interface")] | Annotated[ChildDataset, Tag("child")],
            Discriminator(_interface_or_child),
        ],
    ] = Field(min_length=1)

    @model_validator(mode="after")
    def _parents_are_there(self) -> RestSystem:
        interfaces: dict[str, RestDataset] = {}
        for name, dataset in self.datasets.items():
            if isinstance(dataset, ChildDataset):
                parent = interfaces.get(dataset.within.dataset)
                if parent is None:
                    raise ValueError(
                        f"datasets.{name}.within.dataset: {dataset.within.dataset} is no interface that stands above "
                        f"it; those are: {', '.join(interfaces)}"
                    )
            else:
                parent = dataset
                if dataset.lookup is None:  # a query-only one is never read, so nothing would reach its children
                    interfaces[name] = dataset
            # What had landed from before sync.start would be missing in the list, and so deleted.
            if isinstance(dataset.deletes, KeyCompare) and isinstance(parent.pagination, TimeWindowPagination):
                raise ValueError(
                    f"datasets.{name}.deletes: a list of keys would begin at sync.start; with pagination time_window "
                    "only tombstone is safe"
                )
        return self


class DatabaseSystem(System):
    """A system of the family database."""

    source: DatabaseSource
    datasets: Mapping[Name, DatabaseDataset] = Field(min_length=1)


class FilesSystem(System):
    """A system of the family files."""

    source: FilesSource
    datasets: Mapping[Name, FilesDataset] = Field(min_length=1)


class SoapSystem(System):
    """A system of the family soap."""

    source: SoapSource
    datasets: Mapping[Name, SoapDataset] = Field(min_length=1)


class QueueSystem(System):
    """A system of the family queue."""

    source: QueueSource
    datasets: Mapping[Name, QueueDataset] = Field(min_length=1)


_FAMILIES: dict[str, type[System]] = {
    "rest": RestSystem,
    "database": DatabaseSystem,
    "files": FilesSystem,
    "soap": SoapSystem,
    "queue": QueueSystem,
}


def systems_folder() -> Path:
    """Where this hub's declarations are: HUB_SYSTEMS for an installation that keeps its own, else those shipped."""
    return Path(os.environ.get("HUB_SYSTEMS") or FOLDER)


def load_systems(folder: Path | None = None) -> tuple[dict[str, System], list[DeclarationError]]:
    """Every declaration of a folder by system id, in order of the ids, and an error for each that is wrong."""
    folder = folder or systems_folder()
    systems: dict[str, System] = {}
    errors: list[DeclarationError] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            systems[path.stem] = read_system(path)
        except DeclarationError as error:
            errors.append(error)
    return systems, errors


def read_system(path: Path) -> System:
    """One declaration. Raises DeclarationError with every fault of the file in its text, at the first one's line."""
    try:
        raw, line_of = strict_yaml.load(path)
    except strict_yaml.StrictYamlError as error:
        raise DeclarationError(path, error.line, error.message) from error
    except OSError as error:
        raise DeclarationError(path, 1, f"cannot be opened: {error.strerror}") from error
    if re.fullmatch(_NAME, path.stem) is None:
        raise DeclarationError(path, 1, f"the file's name is the system's id and must match {_NAME}")
    if not isinstance(raw, dict) or not isinstance(raw.get("source"), dict):
        raise DeclarationError(path, 1, "a declaration is a mapping with title, source, datasets and more")
    kind = raw["source"].get("kind")
    if kind not in _FAMILIES:
        message = f"source.kind is {kind!r}; allowed: {', '.join(_FAMILIES)}"
        raise DeclarationError(path, line_of(("source", "kind")), message)
    identity = {"id": path.stem, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    for word in identity.keys() & raw.keys():
        raise DeclarationError(path, line_of((word,)), f"{word}: is taken from the file itself; leave it out")
    if kind == "database":
        try:
            datasets = with_queries(raw.get("datasets"), lambda name: (path.parent / name).read_text(encoding="utf-8"))
        except QueryFileError as error:
            place = ("datasets", error.dataset, "query")
            raise DeclarationError(path, line_of(place), f"{'.'.join(place)}: {error}") from error
        raw = {**raw, "datasets": datasets}
    try:
        return _FAMILIES[kind].model_validate({**raw, **identity}, by_name=False)
    except ValidationError as error:
        faults = [(line_of(one["loc"]), explain(one, _FAMILIES[kind])) for one in in_order(error.errors())]
        first_line, first = faults[0]
        rest = "".join(f"; line {line}: {text}" for line, text in faults[1:])
        raise DeclarationError(path, first_line, first + rest) from error


def schema_json() -> str:
    """JSON Schema (2020-12) of a declaration, for editors."""
    systems = RestSystem | DatabaseSystem | FilesSystem | SoapSystem | QueueSystem
    schema = TypeAdapter(systems).json_schema(by_alias=True)
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "hub141 system declaration", **schema}
    return json.dumps(found, ensure_ascii=False, indent=2)
