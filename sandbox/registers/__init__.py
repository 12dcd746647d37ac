"""The registers of people, organisations and credit that departments keep: one YAML file here for each system."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

FOLDER = Path(__file__).parent
Carrier = Literal["table", "api", "department"]
Holds = Literal["resident", "offender", "recipient", "user", "firm", "committee", "grid_worker", "credit"]
SignIn = Literal["signed", "basic", "api_key"]
Paging = Literal["link", "offset", "page"]
LISTS = {
    "cert": "cert_kind", "sex": "sex", "nation": "nation", "education": "education", "marital": "marital",
    "political": "political", "employment": "employment", "residence": "residence_kind", "group": "special_group",
    "correction": "correction_kind", "disability": "disability_kind", "disability_level": "disability_level",
    "class": "org_type", "status": "org_status", "worker": "grid_worker_kind", "party": "party_kind",
    "role": "platform_role", "kind": "credit_kind", "level": "credit_level",
}  # fmt: skip
"""The code list of each canonical field that holds a code."""


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One register, which is one dataset of its system: whom it `holds`, in which `words`.

    `words` names its field for each canonical one, in the order in which it shows them; `forms` says how it writes
    moments (strftime) where not as YYYY-MM-DD HH:MM:SS. `place` is its table or its path. A `log` is a table to which
    every change is added, with a running number `SEQ`.
    """

    holds: Holds
    place: str
    words: dict[str, str]
    forms: dict[str, str] = {}
    log: bool = False
    asked: str = ""  # the path at which an interface tells of one person, by ID number


class RegisterSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A department's system of registers: tables, an interface of its own, or paths beside a department's reports.

    Where it has no code list of its own in `codes/`, it writes the codes of the shared one.
    """

    system: str
    carrier: Carrier
    registers: dict[str, Register]
    unknown_code: str  # one that it has never announced
    yes_no: tuple[str, str] = ("是", "否")
    sign_in: SignIn = "basic"  # of api
    paging: Paging = "page"

    @property
    def variable(self) -> str:
        """The environment variable that the declaration takes its address from."""
        return f"{self.system.upper()}_URL"

    @property
    def paths(self) -> dict[str, str]:
        """The dataset of each path of an interface."""
        return {one.place: dataset for dataset, one in self.registers.items()}


@cache
def register_systems() -> dict[str, RegisterSystem]:
    """Every system of this folder by its id, in the order of the names."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = msgspec.convert({**said, "system": path.stem}, RegisterSystem, strict=False)
    return found


def all_registers() -> list[tuple[RegisterSystem, str, Register]]:
    """Every register with its system and the name of its dataset."""
    return [(one, dataset, register) for one in register_systems().values()
            for dataset, register in one.registers.items()]  # fmt: skip


def paths_beside(system: str) -> dict[str, str]:
    """The paths of registers that a department's own interface serves beside its reports."""
    one = register_systems().get(system)
    return one.paths if one is not None and one.carrier == "department" else {}
