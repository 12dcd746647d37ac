"""Whom an order is about, and how that person is found in files."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hub import catalogue
from hub.erasing.traces import KINDS, Traces, tidy
from operations.erasures import Order
from operations.keys import key, secret, versions
from operations.settings import Settings
from warehouse.erasure import Redact, Values, existing, values_of
from warehouse.masking import TOKENISED
from warehouse.persons import Found, Role, by_record, by_token, roles, stage, widen
from warehouse.tokens import TOKEN_BYTES, tokens
from warehouse.vault import aliases

if TYPE_CHECKING:
    import duckdb

    from schemas.contract import Contract


def contracts(con: duckdb.DuckDBPyConnection) -> list[Contract]:
    """The contracts that the build file attached as `wh` has tables of."""
    return existing(con, list(catalogue.contracts().values()))


def every_role(con: duckdb.DuckDBPyConnection) -> list[Role]:
    return [role for contract in contracts(con) for role in roles(contract)]


def person(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    *,
    token: str | None = None,
    record: tuple[str, str] | None = None,
    role: str | None = None,
) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, str, str]]]:
    """(kind -> token -> the random one that is to stand for it, records) of the person behind a token or a record.

    Raises PersonError.
    """
    every = every_role(con)
    found = by_record(con, every, *record, role) if record is not None else by_token(con, every, token or "")
    widen(con, every, found)
    held = {kind: {one: secrets.token_hex(TOKEN_BYTES) for one in sorted(of)} for kind, of in found.tokens.items()}
    held["address"] = _addresses(settings, con, found)
    return held, sorted(found.records)


def _addresses(settings: Settings, con: duckdb.DuckDBPyConnection, found: Found) -> dict[str, str]:
    """Addresses have no tokens in the warehouse; an order has them, to know them when they come again."""
    stage(con, found.tokens, found.records)
    known = values_of(con, contracts(con)).addresses
    made = tokens(key(settings, "token_address"), sorted(tidy("address", one) for one in known))
    return dict.fromkeys(made, "")


def known_as(settings: Settings, con: duckdb.DuckDBPyConnection, order: Order) -> Order:
    """The order with every token that its person has under any key, as the vault of the file attached as `wh` tells.

    An order keeps the tokens of its day; keys may have been rotated since, and a backup may be older than that.
    """
    held = {kind: dict(of) for kind, of in order.tokens.items()}
    for kind in TOKENISED:
        if len(versions(settings, f"token_{kind}")) > 1:
            for every in aliases(con, settings, kind, set(order.tokens[kind])).values():
                meant = next(order.tokens[kind][token] for token in sorted(every) if token in order.tokens[kind])
                held[kind] |= {token: held[kind].get(token, meant) for token in every}
    return replace(order, tokens=held)


def redacting(of: Traces) -> Redact:
    """The rows of free text without the person."""

    def redact(row: dict[str, Any]) -> dict[str, Any] | None:
        found = of.redact(row)
        return None if found is None else found.record

    return redact


def traces(settings: Settings, orders: Sequence[Order], known: Values | None = None) -> Traces:
    """How the persons of orders are found; `known` is what the vault still has of one of them."""
    held: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for order in orders:
        for kind, of in order.tokens.items():
            held[kind] |= of.keys()
    texts, id_nos = set[str](), set[str]()
    if known is not None:
        names = {known.values[token] for token in held["name"] if token in known.values}
        id_nos = {known.values[token] for token in held["id_no"] if token in known.values}
        texts = {text for text in names | known.addresses if len(text) > 1}
    return Traces(
        secrets={kind: [secret(settings, name) for name in versions(settings, f"token_{kind}")] for kind in KINDS},
        tokens={kind: frozenset(of) for kind, of in held.items()},
        keys=frozenset(source_id for order in orders for *_, source_id in order.records),
        texts=frozenset(texts),
        id_nos=frozenset(id_nos),
    )
