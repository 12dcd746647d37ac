"""The life of a work order: which act is possible when, and what it changes.

    found → sent → signed → answered → fixed → verified → closed, and closed → reopened

Only the machine verifies: an order is verified when none of its rows fails any more, whatever state it is in. An
order that is the department's is sent to it; one that is ours (`hub`) or lies in the delivery (`transport`) stays
`found` until it is verified. What an order says of itself is the sum of its events, so they replay to the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

State = Literal["found", "sent", "signed", "answered", "fixed", "verified", "closed", "reopened"]
Act = Literal[
    "find", "send", "sign", "answer", "fix", "return", "waive", "redate", "escalate", "verify", "close", "reopen"
]
Verdict = Literal["true", "untrue", "wrong_rule"]
Cause = Literal["entry", "source_logic", "transport", "mapping", "rule"]
ClosedAs = Literal["department", "hub", "person"]

STATES: tuple[State, ...] = get_args(State)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""What a department answers: it is so; it is not so (an appeal); the rule is wrong."""
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Where the fault came from: entry at the source, the source system's logic, transport, our mapping, our rule."""
OPEN: tuple[State, ...] = ("found", "sent", "signed", "answered", "fixed", "reopened")
DEPARTMENT_ACTS: tuple[Act, ...] = ("sign", "answer", "fix")
HUB = "hub"
"""Who acts when the machine does."""

_FROM: dict[Act, tuple[State, ...]] = {
    "send": ("found", "reopened"),
    "sign": ("sent", "reopened"),
    "answer": ("signed", "answered"),
    "fix": ("answered",),
    "return": ("answered", "fixed"),
    "waive": OPEN,
    "redate": OPEN,
    "escalate": OPEN,
    "verify": OPEN,
    "close": ("verified",),
    "reopen": ("closed",),
}
_TO: dict[Act, State] = {
    "find": "found",
    "send": "sent",
    "sign": "signed",
    "answer": "answered",
    "fix": "fixed",
    "return": "signed",
    "verify": "verified",
    "close": "closed",
    "reopen": "reopened",
}
_ANSWER = ("verdict", "cause", "answer", "promised_on")
_ROUND = ("signed_at", "answered_at", "fixed_at", "verified_at", "closed_at", "closed_as", "escalated_at")


class OrderError(ValueError):
    """An act on a work order that lacks something; the message says what."""


class IllegalActError(OrderError):
    """An act that the order's state does not allow; `allowed` are those that it does."""

    def __init__(self, order: Mapping[str, Any], act: str) -> None:
        self.order_no, self.state, self.act = str(order["order_no"]), str(order["state"]), act
        self.allowed = allowed(order)
        possible = ", ".join(self.allowed) or "nothing"
        super().__init__(f"{self.order_no} is {self.state}: {act} is not possible now; possible: {possible}")


@dataclass(frozen=True)
class Due:
    """By when an order must be signed and mended, each the last second of a working day.

    `provisional` while the holiday calendar of a year in between is not published.
    """

    sign_by: datetime
    mend_by: datetime
    provisional: bool

    def as_detail(self) -> dict[str, Any]:
        return {
            "sign_due_at": self.sign_by.isoformat(),
            "due_at": self.mend_by.isoformat(),
            "due_provisional": self.provisional,
        }


def allowed(order: Mapping[str, Any]) -> tuple[Act, ...]:
    """The acts of people that are possible now. `order` has responsibility, state, sent_at, verdict and row counts."""
    acts: list[Act] = [act for act in ("send", "sign", "answer", "fix", "return", "waive") if _fits(order, act)]
    return tuple(acts)


def _fits(order: Mapping[str, Any], act: Act) -> bool:
    if order["state"] not in _FROM.get(act, ()):
        return False
    if act == "waive":  # a row with a key is verified by the machine alone
        return bool(order["rows_open"]) and order["rows_unkeyed"] == order["rows_open"]
    if act in ("send", "sign", "answer", "fix", "return", "redate", "escalate"):
        if order["responsibility"] != "department":
            return False
        is_sent = order["sent_at"] is not None
        return not is_sent if act == "send" else is_sent and (act != "fix" or order["verdict"] == "true")
    return True


def check(order: Mapping[str, Any], act: Act) -> None:
    """Raises IllegalActError unless `act` is possible now."""
    if not _fits(order, act):
        raise IllegalActError(order, act)


def changes(order: Mapping[str, Any], act: Act, at: datetime, note: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of work_orders that an act sets. `detail` is what work_order_events keeps of it."""
    found: dict[str, Any] = {"state": _TO.get(act, order.get("state"))}
    if act in ("send", "sign", "fix", "verify", "close"):
        found[{"send": "sent_at", "sign": "signed_at", "fix": "fixed_at"}.get(act, f"{found['state']}_at")] = at
    elif act == "answer":
        promised = detail.get("promised_on")
        found |= {"answered_at": at, "answer": note, "verdict": detail["verdict"], "cause": detail.get("cause")}
        found["promised_on"] = date.fromisoformat(promised) if promised else None
    elif act == "return":
        found |= dict.fromkeys(("answered_at", "fixed_at", *_ANSWER))
    elif act == "reopen":
        found |= dict.fromkeys((*_ROUND, *_ANSWER, "sent_at", "due_at", "sign_due_at"))
        found |= {"due_provisional": False, "round": order["round"] + 1, "reopened_count": order["round"]}
        if "due_at" in detail:
            found["sent_at"] = at
    elif act == "escalate":
        found["escalated_at"] = at
    if "due_at" in detail:
        found |= {name: datetime.fromisoformat(detail[name]) for name in ("due_at", "sign_due_at")}
        found["due_provisional"] = detail["due_provisional"]
    if act == "close":
        found["closed_as"] = detail["closed_as"]
    return found


def replay(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the events of one order, oldest first, make of it: every column that acts set."""
    order: dict[str, Any] = dict.fromkeys((*_ROUND, *_ANSWER, "sent_at", "due_at", "sign_due_at"))
    order |= {"due_provisional": False, "round": 1, "reopened_count": 0}
    for event in events:
        order |= changes(order, event["act"], event["at"], event["note"], event["detail"])
    return order
