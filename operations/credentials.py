"""Logins of department systems, from AIRFLOW_CONN_<SYSTEM> in either form of Airflow, without Airflow."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class CredentialsError(ValueError):
    """Credentials that are not there or cannot be read. The message names the variable, never its content."""


@dataclass(frozen=True)
class Credentials:
    """What a connector signs in with; its text form shows no secret."""

    login: str | None = None
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    schema: str | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


def credentials(system_id: str, environ: Mapping[str, str] | None = None) -> Credentials:
    """The credentials of one system. Raises CredentialsError when the variable is not set or cannot be read.

    The forms are Airflow's: `type://login:password@host:port/schema?key=value`, percent-encoded (`__extra__`
    may hold JSON), or a JSON object with login, password, host, port, schema and extra.
    """
    variable = f"AIRFLOW_CONN_{system_id.upper()}"
    text = (os.environ if environ is None else environ).get(variable, "").strip()
    if not text:
        raise CredentialsError(f"{system_id}: no credentials; set {variable} in the environment or in HUB_HOME/env")
    try:
        return _from_json(text) if text.startswith("{") else _from_uri(text)
    except (ValueError, TypeError, AttributeError):
        # Raised without its cause: json and urllib quote what they could not read, which is the secret.
        raise CredentialsError(
            f"{system_id}: {variable} cannot be read; write a percent-encoded URI or a JSON object"
        ) from None


def _from_json(text: str) -> Credentials:
    given = json.loads(text)
    extra = given.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    port = given.get("port")
    return Credentials(
        login=_text(given.get("login")),
        password=_text(given.get("password")),
        host=_text(given.get("host")),
        port=None if port in (None, "") else int(port),
        schema=_text(given.get("schema")),
        extra=dict(extra),
    )


def _from_uri(text: str) -> Credentials:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    packed = extra.pop("__extra__", None)
    if packed:
        extra.update(json.loads(packed))
    # The host keeps its case here, unlike in urllib, because it may be a percent-encoded address with a path.
    host_and_port = parts.netloc.rpartition("@")[2]
    host = host_and_port[: -len(str(parts.port)) - 1] if parts.port is not None else host_and_port.rstrip(":")
    return Credentials(
        login=_decoded(parts.username),
        password=_decoded(parts.password),
        host=_decoded(host),
        port=parts.port,
        schema=_decoded(parts.path.removeprefix("/")),
        extra=extra,
    )


def _decoded(value: str | None) -> str | None:
    return unquote(value) if value else None


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
