"""What the operations database keeps encrypted: 12 bytes nonce (NIST SP 800-38D section 8.2), then AES-GCM.

It is sealed with the newest key of its purpose, and opened with whichever version opens it.
"""

from __future__ import annotations

import os
from collections import Counter

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from operations.keys import key, secret, versions
from operations.settings import Settings
from operations.store import Store
from operations.tables import lookup_calls, secrets

_NONCE = 12
PLACES = {"lookups": lookup_calls.c.call_no, "secrets": secrets.c.scope}
"""Purpose of a key -> the column that names what is sealed with it in the column `sealed` of the same table."""


def seal(settings: Settings, purpose: str, plain: bytes, name: str) -> bytes:
    """`plain` encrypted; it opens under the same `name` only."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key(settings, purpose)).encrypt(nonce, plain, name.encode())


def unseal(settings: Settings, purpose: str, sealed: bytes, name: str) -> bytes:
    """What was sealed. Raises InvalidTag when no key of the purpose opens it."""
    return _opened(settings, purpose, sealed, name)[1]


def reseal(store: Store, purpose: str) -> int:
    """Seal everything of a purpose with its newest key, in one transaction; how many values were sealed anew.

    What no key opens stays: it was unreadable before.
    """
    settings, named = store.settings, PLACES[purpose]
    sealed, changed = named.table.c.sealed, 0
    with store.write() as connection:
        for name, value in connection.execute(select(named, sealed).where(sealed.is_not(None))).all():
            try:
                opener, plain = _opened(settings, purpose, value, name)
            except InvalidTag:
                continue
            if opener != versions(settings, purpose)[-1]:
                anew = seal(settings, purpose, plain, name)
                connection.execute(update(named.table).where(named == name).values(sealed=anew))
                changed += 1
    return changed


def sealed_by(store: Store, purpose: str) -> Counter[str]:
    """How many values each key of a purpose opens."""
    named, found = PLACES[purpose], Counter[str]()
    sealed = named.table.c.sealed
    with store.read() as connection:
        for name, value in connection.execute(select(named, sealed).where(sealed.is_not(None))).all():
            try:
                found[_opened(store.settings, purpose, value, name)[0]] += 1
            except InvalidTag:
                continue
    return found


def _opened(settings: Settings, purpose: str, sealed: bytes, name: str) -> tuple[str, bytes]:
    for version in reversed(versions(settings, purpose)):
        cipher = AESGCM(secret(settings, version))
        try:
            return version, cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except InvalidTag:
            continue
    raise InvalidTag
