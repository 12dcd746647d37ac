"""What departments tell of one person at a time: a pure function of the ID number, for people who exist."""

from __future__ import annotations

from random import Random

from sandbox.departments import Asked
from sandbox.store import WorldStore

KNOWN, UNKNOWN, SECRET = "00", "01", "98"
"""Their codes: told, nobody of that number, not to be told to anybody."""
SECRETS = 0.02


def is_secret(system: str, id_no: str) -> bool:
    """Tell whether a system says nothing of a person to anybody."""
    return Random(f"{system}:secret:{id_no}").random() < SECRETS


def told(store: WorldStore, system: str, asked: Asked, id_no: str) -> tuple[str, dict[str, str] | None]:
    """Return the code, and what a system knows of the person with an ID number."""
    who = store.person(id_no)
    draw = Random(f"{system}:{id_no}")
    if who is None or draw.random() >= asked.share:
        return UNKNOWN, None
    if is_secret(system, id_no):
        return SECRET, None
    name, address = who
    values = {
        "number": f"{draw.randrange(10**9):010d}", "name": name, "address": address,
        "since": f"{draw.randrange(2005, 2025)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
        "level": str(draw.randrange(1, 5)),
    }  # fmt: skip
    return KNOWN, {word: values[name] for name, word in asked.words.items()}
