"""What the hub signs in to a system with, and whether the system asks for anything at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from operations.credentials import Credentials, CredentialsError
from operations.credentials import credentials as given

if TYPE_CHECKING:
    from schemas.declaration import System


def credentials(system: System) -> Credentials:
    """The connection of a system: empty where none is set and nobody is asked for one. Raises CredentialsError."""
    try:
        return given(system.id)
    except CredentialsError:
        if sign_in(system) is not None or f"AIRFLOW_CONN_{system.id.upper()}" in os.environ:
            raise
        return Credentials()


def sign_in(system: System) -> str | None:
    """How a system is signed in to, or None where nobody is asked."""
    source: Any = system.source
    auth = getattr(source, "auth", None)
    if auth is not None:
        return None if auth.kind == "none" else str(auth.kind)
    transport = getattr(source, "transport", None)
    if transport is not None:
        return None if transport.kind == "local" else str(transport.kind)
    if source.kind == "database":
        from schemas.declared.words import fill_environment

        try:
            address = fill_environment(source.url, dict(os.environ))
        except KeyError:
            return "password"
        return None if address.startswith("sqlite") else "password"
    return "broker" if source.kind == "queue" else None
