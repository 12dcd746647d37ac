"""`hub discover`: what a source offers, and which of its fields probably fill a contract.

The answer has names, scores, shares and forms of values; never a value. Writing changes the declaration's text in the
named dataset alone, keeps what is mapped already, and is refused where the outcome could not be read.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.errors import ConnectorError
from connectors.offers import Offer, offers
from hub import catalogue
from hub.connections import credentials
from hub.onboarding import inferred, yaml_text
from hub.onboarding.proposals import Field, Proposal, propose, unmatched
from hub.onboarding.rows import SAMPLED, Looked, sample
from hub.onboarding.samples import profiles
from hub.onboarding.skeletons import FILL_IN, START, dataset_block
from hub.onboarding.yaml_text import flow
from schemas.declaration import Dataset, FieldMap, Sync, System, read_system, systems_folder
from schemas.delivery import MESSAGE_FIELDS

if TYPE_CHECKING:
    from operations.settings import Settings
    from operations.store import Store
    from schemas.contract import Contract

SAMPLED_PAGE = 20
"""Rows a page when a few are looked at."""

IDENTITIES = ("table", "pattern", "operation", "request")
"""The word of each family that says what a dataset is read from."""


class DiscoveryError(LookupError):
    """A question that cannot be answered; the message says what to give instead."""


@dataclass(frozen=True)
class Ask:
    """What a person wants to know: of a dataset that is declared, or of an offer that shall become one."""

    system: str
    dataset: str
    offer: str | None = None
    contract: str | None = None
    document: str | None = None
    rows: int = 200


@dataclass(frozen=True)
class Discovery:
    """The proposals for one dataset, and the declaration's text as it would be with them."""

    contract: Contract
    offer: Offer | None
    looked: Looked
    proposals: tuple[Proposal, ...]
    remarks: tuple[str, ...]
    crosswalks: tuple[str, ...]
    text: str


def available(settings: Settings, system_id: str, document: str | None) -> list[tuple[Offer, list[str]]]:
    """Each offer of a system and the datasets that are declared from it. Without a document an HTTP interface tells
    nothing of itself: then each declared dataset is an offer. Raises ConnectorError."""
    system = catalogue.system(system_id)
    found = offers(system, credentials(system), settings.private / "work", document)
    if not found:
        found = [_declared_offer(dataset) for dataset in system.datasets.values()]
    return [(offer, [one.name for one in system.datasets.values() if _is_of(one, offer)]) for offer in found]


def discover(settings: Settings, store: Store, ask: Ask) -> Discovery:
    """The proposals for one dataset. Raises DiscoveryError, ConnectorError, UnknownNameError."""
    system = catalogue.system(ask.system)
    path = systems_folder() / f"{ask.system}.yml"
    text = path.read_text(encoding="utf-8")
    known = system.datasets.get(ask.dataset)
    if known is not None and known.sync.mode not in SAMPLED:
        raise DiscoveryError(f"{system.id}.{known.name} is read by {known.sync.mode} and lists no rows: map it by hand")
    offer = _offer(settings, system, ask)
    contract = _contract(system, ask)
    is_new = ask.dataset not in system.datasets
    if is_new:
        if offer is None:
            raise DiscoveryError(f"{ask.system} has no dataset {ask.dataset!r}, and nothing says what it is read from")
        text = yaml_text.add_dataset(text, dataset_block(system.source.kind, ask.dataset, contract, _usable(offer)))
    elif offer is not None and ask.offer is not None:
        for word, value in offer.words.items():
            if word not in ("key", "sync"):
                text = yaml_text.set_word(text, ask.dataset, word, flow(value))
    system = _parsed(ask.system, text)
    fields, looked, remark = _fields(settings, store, system, system.datasets[ask.dataset], offer, ask.rows)
    proposals = propose(ask.system, contract, fields)
    found = Discovery(contract, offer, looked, tuple(proposals), (), _crosswalks(proposals), text)
    return _edited(found, ask, system.datasets[ask.dataset], fields, [remark] if remark else [], is_new)


def write(system_id: str, text: str) -> Path:
    """Write a declaration that can be read, whole or not at all. Raises DeclarationError where it cannot."""
    _parsed(system_id, text)
    path = systems_folder() / f"{system_id}.yml"
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def start_crosswalks(names: tuple[str, ...], folder: Path) -> list[Path]:
    """An empty crosswalk for each name that has none, so that its codes are quarantined, listed by `hub mapping list`
    with suggestions, and mapped by a person's approval. Returns the new paths."""
    from hub.crosswalks import HEADER

    made = []
    for path in (folder / f"{name}.csv" for name in names):
        if not path.exists():
            path.write_text(",".join(HEADER) + "\n", encoding="utf-8")
            made.append(path)
    return made


def origin(proposal: Proposal) -> str:
    """A field's origin as a declaration writes it."""
    words: dict[str, Any] = {"from": proposal.field}
    if proposal.column.type in ("TIMESTAMP", "DATE"):
        words |= {"type": "timestamp" if proposal.column.type == "TIMESTAMP" else "date"}
        words |= {"formats": list(proposal.formats or ("%Y-%m-%d %H:%M:%S",))}
    if proposal.crosswalk:
        words["crosswalk"] = proposal.crosswalk
    if proposal.true_values:
        words["true_values"] = list(proposal.true_values)
    return flow(proposal.field if len(words) == 1 else words)


def line(proposal: Proposal) -> str:
    """One proposal as a line of YAML with its score and the two best reasons."""
    return f"{proposal.column.name}: {origin(proposal)}  # {proposal.score:.2f} {'; '.join(proposal.reasons[:2])}"


def _edited(
    found: Discovery, ask: Ask, dataset: Dataset, fields: list[Field], remarks: list[str], is_new: bool
) -> Discovery:
    # What a source offers is what it has now; rows may be of files from before.
    names = {one.name for one in (found.offer.fields if found.offer and found.offer.fields else fields)}
    blank = [column for column, mapped in dataset.fields.items() if mapped.source == FILL_IN]
    kept = {column: mapped for column, mapped in dataset.fields.items() if column not in blank}
    added = [one for one in found.proposals if one.field is not None and one.column.name not in kept]
    unkeyed = is_new or FILL_IN in dataset.key
    key = (inferred.key(found.offer, fields) or [FILL_IN]) if unkeyed else list(dataset.key)
    mark = inferred.tombstone(fields) if FILL_IN in getattr(dataset.deletes, "reason", "") else None
    cursor = next((one.field for one in found.proposals if one.column.name == "source_updated_at"), None)
    used = {mapped.source for mapped in kept.values()} | {*dataset.ignore, *MESSAGE_FIELDS, dataset.sync.cursor}
    used |= {mark["field"] if mark else getattr(dataset.deletes, "field", None)}
    free = [name for name in unmatched(fields, found.proposals, key) if name not in used]
    lacking = [one.column for one in found.proposals if one.field is None and one.column.name not in kept]
    now = {one.column.name: one.field for one in found.proposals}
    lost = {column: mapped.source for column, mapped in kept.items() if mapped.source not in {None, *names}}
    remarks += [inferred.gone(column, str(source), now.get(column), free) for column, source in lost.items()]
    if wrapping := inferred.wrapping(dataset, fields):
        remarks.append(wrapping)
    if mark:
        remarks.append(f"deletes: {mark['field']} is called a mark of deletion; make sure of the value that says so")
    if FILL_IN in key:
        remarks.append("key: no field is filled and different in every row; ask what names a record")
    elif strange := [name for name in key if name not in names]:
        remarks.append(f"key: {', '.join(strange)} is none of the fields seen; a new key makes every record a new one")
    for one in (column for column in lacking if column.required):
        same = "; if it is the same for every row, write {const: CODE}" if one.code_list else ""
        remarks.append(f"required, and no field found: {one.name} {one.title}{same}")
    if optional := [f"{one.name} {one.title}" for one in lacking if not one.required]:
        remarks.append(f"no field found for: {', '.join(optional)}")
    if free:
        remarks.append(f"not matched: {', '.join(free)}")
        remarks.append("(map those in scope, and list the others under ignore)")
    # Fields may not be empty: where nothing was found the placeholders stay.
    blank = blank if added or kept else []
    text = yaml_text.set_fields(found.text, ask.dataset, blank, [line(one) for one in added], remarks)
    if key != list(dataset.key):
        text = yaml_text.set_word(text, ask.dataset, "key", flow(key))
    if mark:
        text = yaml_text.set_word(text, ask.dataset, "deletes", flow(mark))
    if unkeyed and cursor is not None and dataset.sync.mode == "snapshot":
        bounds = (found.offer.words.get("sync") or {}) if found.offer else {}
        sync = {"mode": "incremental", "cursor": cursor, **bounds, "lookback": "2h", "start": START}
        text = yaml_text.set_word(text, ask.dataset, "sync", flow(sync))
    return replace(found, remarks=tuple(remarks), text=text)


def _fields(
    settings: Settings, store: Store, system: System, dataset: Dataset, offer: Offer | None, rows: int
) -> tuple[list[Field], Looked, str | None]:
    """The source's fields with their comments and values, the records that were seen, and what prevented that."""
    comments = {one.name: one.comment for one in offer.fields} if offer else {}
    update: dict[str, Any] = {}
    if comments:
        first = next(iter(comments))
        update = {
            "key": [first],
            "fields": {f"f{n}": FieldMap.model_validate({"from": name}) for n, name in enumerate(comments)},
        }
        update |= {} if dataset.sync.mode == "files" else {"sync": Sync(mode="snapshot")}
    pages = getattr(dataset, "pagination", None)
    if pages is not None and "size" in type(pages).model_fields:
        # Whatever limit the source has, so few rows a page are below it.
        update["pagination"] = pages.model_copy(update={"size": min(pages.size, SAMPLED_PAGE)})
    remark, looked = None, Looked()
    try:
        with catalogue.connector(system, store, settings) as connector:
            looked = sample(connector, dataset.model_copy(update=update), rows)
    except ConnectorError as error:
        if not comments:
            raise
        remark = f"no rows could be read, so that names alone speak: {error.message}"
    seen = profiles(looked.rows)
    return [Field(name, comments.get(name, ""), seen.get(name)) for name in {**comments, **seen}], looked, remark


def _offer(settings: Settings, system: System, ask: Ask) -> Offer | None:
    known = system.datasets.get(ask.dataset)
    if known is not None and ask.offer is None and system.source.kind == "rest" and ask.document is None:
        return None
    found = offers(system, credentials(system), settings.private / "work", ask.document)
    if ask.offer is not None:
        for one in found:
            if one.name == ask.offer:
                return one
        raise DiscoveryError(f"{system.id} offers no {ask.offer!r}; it offers: {', '.join(one.name for one in found)}")
    if known is None:
        raise DiscoveryError(
            f"{system.id} has no dataset {ask.dataset!r}; to propose a new one, say --from what it is read:"
            f" {', '.join(one.name for one in found) or 'give --openapi, or write the dataset by hand'}"
        )
    return next((one for one in found if _is_of(known, one)), None)


def _contract(system: System, ask: Ask) -> Contract:
    known = system.datasets.get(ask.dataset)
    name = ask.contract or (known.contract if known else None)
    contracts = catalogue.contracts()
    if name is None or name not in contracts:
        raise DiscoveryError(f"say --contract, one of: {', '.join(contracts)}")
    if known is not None and known.contract != name:
        raise DiscoveryError(
            f"{system.id}.{ask.dataset} fills {known.contract}; change contract in the declaration first"
        )
    return contracts[name]


def _usable(offer: Offer) -> Mapping[str, Any]:
    """An offer's words for a first reading: everything each time, by the first field as a key and the only one."""
    first = offer.fields[0].name if offer.fields else FILL_IN
    return {word: value for word, value in offer.words.items() if word != "sync"} | {
        "key": offer.words.get("key") or [first]
    }


def _declared_offer(dataset: Dataset) -> Offer:
    return Offer("declared", dataset.name, dataset.contract)


def _is_of(dataset: Dataset, offer: Offer) -> bool:
    for word in IDENTITIES:
        mine, theirs = getattr(dataset, word, None), offer.words.get(word)
        if mine is None or theirs is None:
            continue
        if word == "request":
            return bool(mine.path == theirs["path"])
        if word == "pattern":
            return fnmatchcase(str(theirs), str(mine))
        return bool(mine == theirs)
    return offer.kind == "declared" and offer.name == dataset.name


def _crosswalks(proposals: list[Proposal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.crosswalk for one in proposals if one.crosswalk))


def _parsed(system_id: str, text: str) -> System:
    """A declaration's text as it would be read from its file, beside its queries. Raises DeclarationError."""
    with tempfile.TemporaryDirectory() as folder:
        for query in systems_folder().glob("*.sql"):
            shutil.copy(query, folder)
        path = Path(folder) / f"{system_id}.yml"
        path.write_text(text, encoding="utf-8")
        return read_system(path)
