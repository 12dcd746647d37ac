"""`hub reveal` and the portal's page: the values of one record, for a reason that is kept before they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from hub import catalogue
from operations import access_log
from operations.settings import Settings
from operations.store import Store
from schemas.contract import Contract

SHORTEST_REASON = 4
"""Characters; 核实 alone says nothing."""


class RevealError(ValueError):
    """A reveal that is not given; the message says why."""


def fields(contract: str) -> dict[str, str]:
    """The personal fields of a contract that may be revealed, with their Chinese titles. Raises RevealError."""
    return {column.name: column.title for column in _contract(contract).columns if column.personal}


def reveal(
    settings: Settings,
    store: Store,
    *,
    who: str,
    contract: str,
    system: str,
    source_id: str,
    wanted: Sequence[str],
    reason: str,
) -> dict[str, str | None]:
    """The values of the wanted fields of one current record; None where it has none, or the person was erased.

    The access log has who, which record, which fields and why before anything is read. Raises RevealError, and
    warehouse.reveal.NoRevealError before anything was published.
    """
    from warehouse.reveal import values_of

    known = fields(contract)
    if not who.strip() or len(reason.strip()) < SHORTEST_REASON:
        raise RevealError(f"say who asks, and why in {SHORTEST_REASON} characters at least; both are kept")
    if not wanted or (wrong := [name for name in wanted if name not in known]):
        told = f"{', '.join(wrong)} is no personal field of {contract}" if wanted else "name the fields that are needed"
        raise RevealError(f"{told}; there are {', '.join(known)}")
    named = f"{contract} {system}/{source_id}: {', '.join(wanted)}"
    access_log.record(store, who, access_log.REVEAL, named, reason.strip())
    found = values_of(settings, _contract(contract), system, source_id, wanted)
    if found is None:
        raise RevealError(f"{contract} has no current record {source_id} of {system}; the attempt was kept")
    return found


def _contract(name: str) -> Contract:
    if name not in catalogue.contracts():
        raise RevealError(f"there is no contract {name!r}; there are {', '.join(catalogue.contracts())}")
    return catalogue.contracts()[name]
