"""The text of a new declaration: right in form, with comments at every word that a person must fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from hub.onboarding.yaml_text import flow
from schemas.contract import Contract
from schemas.declaration import systems_folder
from schemas.declared.rest import RestSource

EDITOR_LINE = "# yaml-language-server: $schema=../../docs/declaration.schema.json"
KINDS = ("rest", "database", "files", "soap", "queue")
TRANSPORTS = ("sftp", "local")
BROKERS = ("kafka", "amqp")
FILL_IN = "FILL_IN"
"""Stands where only the department's interface document can say what goes there."""

START = "2020-01-01"


@dataclass(frozen=True)
class Wish:
    """What is known of a system before its declaration is written."""

    id: str
    kind: str
    title: str
    title_en: str
    department: str
    contact_name: str
    contact_email: str
    classification: str = "L3"
    schedule: str = "15 * * * *"
    transport: str = "sftp"  # of files: one of TRANSPORTS
    broker: str = "kafka"  # of a queue: one of BROKERS
    dataset: str = "records"


def declaration(wish: Wish, contract: Contract) -> str:
    """The whole text of `connectors/systems/<id>.yml`."""
    contact = {"name": wish.contact_name, "email": wish.contact_email, "notify": "on_error"}
    lines = [
        EDITOR_LINE,
        f"title: {flow(wish.title)}",
        f"title_en: {flow(wish.title_en)}",
        f"department: {wish.department}",
        f"contact: {flow(contact)}",
        f"classification: {wish.classification}               # of its most sensitive field: L1 to L4 of DB33/T 2351",
        f'schedule: "{wish.schedule}"           # five cron fields, Asia/Shanghai',
        *_source(wish),
        "datasets:",
        *dataset_block(wish.kind, wish.dataset, contract, {}),
    ]
    return "\n".join(lines) + "\n"


def unfilled(system_id: str) -> str:
    """Which lines of a declaration wait to be filled in, for a person; empty where none does."""
    path = systems_folder() / f"{system_id}.yml"
    if not path.exists():
        return ""
    numbered = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    lines = [(number, line.split("#")[0].strip()) for number, line in numbered if FILL_IN in line.split("#")[0]]
    if not lines:
        return ""
    words = ", ".join(f"{line.partition(':')[0]} (line {number})" for number, line in lines)
    return f"{path}:{lines[0][0]}: {FILL_IN} still stands in {words}: write what the department's document says"


def environment_name(wish: Wish) -> str:
    """The variable that holds the system's address."""
    return f"{wish.id.upper()}_{'DIR' if asks_nobody(wish) else 'URL'}"


def asks_nobody(wish: Wish) -> bool:
    """Whether the system is read by the rights of the hub's own account."""
    return wish.kind == "files" and wish.transport == "local"


def dataset_block(kind: str, name: str, contract: Contract, words: Mapping[str, Any]) -> list[str]:
    """The lines of one dataset; `words` are those already known, such as an offer of the source gives."""
    given = _family_words(kind) | {
        word: value for word, value in words.items() if word not in ("key", "sync", "fields")
    }
    sync = {"mode": kind if kind in ("files", "queue") else "snapshot"} | dict(words.get("sync") or {})
    if sync["mode"] == "snapshot" and "cursor" not in sync:
        sync = {"mode": "snapshot"}
    fields = words.get("fields") or {
        column.name: FILL_IN for column in contract.columns if column.required
    } or {contract.columns[0].name: FILL_IN}  # fmt: skip
    return [
        f"  {name}:",
        *(f"    {word}: {flow(value)}{_note(word, value)}" for word, value in given.items()),
        f"    key: {flow(words.get('key') or [FILL_IN])}{_note('key', words.get('key') or FILL_IN)}",
        f"    sync: {flow(sync)}{_sync_note(sync)}",
        f"    deletes: {flow(_deletes(kind))}  # {_DELETES_NOTES.get(kind, _DELETES_NOTE)}",
        f"    freshness: {flow({'warn': '3d', 'fail': '10d'})}   # how old the newest record may be",
        f"    contract: {contract.name}",
        "    fields:                    # `hub discover` proposes them",
        *(f"      {column}: {flow(source)}" for column, source in fields.items()),
    ]


def _source(wish: Wish) -> list[str]:
    address = f"${{{environment_name(wish)}}}"
    account = (
        "read by the hub's own account" if asks_nobody(wish) else f"login and password: AIRFLOW_CONN_{wish.id.upper()}"
    )
    where = f"# in the environment or in HUB_HOME/env; {account}"
    lines = ["source:", f"  kind: {wish.kind}"]
    retry = "  retry: {attempts: 5, statuses: [429, 500, 502, 503, 504]}"
    if wish.kind == "rest":
        kinds = auth_kinds()
        lines += [
            f"  base_url: {address}     {where}",
            f"  auth: {_auth(kinds)}    # one of: {', '.join(kinds)}",
            retry,
            "  rate_limit: 5/s              # what the department allows; `hub probe` measures its pace",
        ]
    elif wish.kind == "database":
        lines += [
            f"  url: {address}     {where}",
            "                               # dialect+driver://host:port/database, without login",
            "  statement_timeout: 10m",
        ]
    elif wish.kind == "files":
        transport = (
            {"kind": "local", "folder": address} if wish.transport == "local" else {"kind": "sftp", "url": address}
        )
        lines += [f"  transport: {flow(transport)}     {where}"]
    elif wish.kind == "queue":
        broker = {"kind": "amqp", "url": address}
        form = "amqp://host:port/vhost, or amqps:// for TLS"
        if wish.broker == "kafka":
            broker = {"kind": "kafka", "servers": address, "group": "hub141"}
            form = "host:port,host:port; to sign in add: sasl: SCRAM-SHA-512, tls: true"
        lines += [f"  broker: {flow(broker)}     {where}", f"{' ' * 31}# {form}"]
    else:
        lines += [f"  wsdl: {address}     {where}", "  auth: {kind: username_token}", retry, "  rate_limit: 5/s"]
    return lines


def auth_kinds() -> list[str]:
    """Every way to sign in that a declaration of the family rest may name, as the models know them."""
    union = RestSource.model_fields["auth"].annotation
    models = get_args(union) or (union,)
    return [str(get_args(model.model_fields["kind"].annotation)[0]) for model in models]


def _auth(kinds: list[str]) -> str:
    return "{kind: none}" if "none" in kinds else "{kind: oauth2_client, token_path: /oauth/token}"


def _family_words(kind: str) -> dict[str, Any]:
    paged = {
        "success": {"field": "code", "equals": "00"},
        "rows": "data.records",
        "pagination": {
            "kind": "page",
            "page_param": "pageNo",
            "size_param": "pageSize",
            "size": 200,
            "total": "data.total",
        },
    }
    match kind:
        case "rest":
            return {"request": {"path": f"/{FILL_IN}", "method": "GET"}, **paged}
        case "database":
            return {"table": FILL_IN}
        case "files":
            return {"pattern": f"{FILL_IN}_*.csv", "format": {"kind": "csv", "encoding": "gb18030"}}
        case "queue":
            return {"queue": FILL_IN, "drift": {"missing_field": "warn"}}
    return {"operation": FILL_IN, **paged}


def _deletes(kind: str) -> dict[str, Any]:
    if kind == "queue":
        return {"kind": "tombstone", "field": "_op", "equals": ["delete"]}
    if kind == "files":
        return {"kind": "none", "reason": "a file holds what is new or changed, never all there is"}
    return {"kind": "none", "reason": f"{FILL_IN}: why no record is ever deleted"}


_DELETES_NOTE = "or key_compare, or tombstone; `hub probe` tells what is visible"
_DELETES_NOTES = {"queue": "a message without a payload; add the envelope's own code, such as d"}

_NOTES = {
    "queue": "the topic or the queue; where a message wraps its row, add rows and envelope (docs/queues.md)",
    "drift": "a message need not have every field",
    "table": "table or schema.table",
    "request": "the path behind base_url, and GET or POST",
    "operation": "its name in the WSDL",
    "success": "what a good answer says within HTTP 200",
    "rows": "where the rows are in the answer",
    "pagination": "kind page or cursor; total is where the answer counts all rows",
    "pattern": "of the file names; * for what changes",
    "format": "kind csv or xlsx",
    "key": "the fields that together name one record for ever",
}


_ALWAYS_NOTED = ("success", "pagination", "drift")


def _note(word: str, value: Any) -> str:
    return f"  # {_NOTES[word]}" if word in _NOTES and (FILL_IN in str(value) or word in _ALWAYS_NOTED) else ""


def _sync_note(sync: Mapping[str, Any]) -> str:
    if sync["mode"] in ("files", "queue"):
        return ""
    if sync["mode"] != "snapshot":
        return "  # how late may a change arrive? lookback covers it"
    example = {"mode": "incremental", "cursor": "UPDATE_TIME", "lookback": "2h", "start": START}
    return f"  # everything each time; changes only: {flow(example)}"
