"""Who needs a personal value says why, is kept first, and sees that value alone."""

from __future__ import annotations

import stat

import duckdb
import pytest
from court import SYSTEM, CourtHome

from hub import catalogue
from hub.reveal import RevealError, reveal
from operations import access_log
from operations.store import Store
from warehouse import reveal as reveal_file
from warehouse.build import Writer
from warehouse.reveal import NoRevealError

REASON = "来访核实身份"


def ask(court: CourtHome, *wanted: str, source_id: str = "A", reason: str = REASON, who: str = "李敏") -> object:
    return reveal(
        court.settings, Store(court.settings), who=who, contract="case_reports", system=SYSTEM, source_id=source_id,
        wanted=wanted, reason=reason,
    )  # fmt: skip


@pytest.fixture
def served(court: CourtHome) -> CourtHome:
    """A home whose last publish wrote what reveals read."""
    with Writer(court.settings) as writer:
        reveal_file.write(writer, list(catalogue.contracts().values()), 1)
    reveal_file.swap(court.settings)
    return court


def test_the_values_of_a_record_are_shown_and_who_asked_is_kept(served: CourtHome) -> None:
    assert ask(served, "applicant_name", "summary", "respondent_id_no") == {
        "applicant_name": "陈大文", "summary": "因楼道漏水要求赔偿", "respondent_id_no": None
    }  # fmt: skip
    (kept,) = access_log.recent(Store(served.settings), what="reveal")
    assert {name: kept[name] for name in ("who", "subject", "reason", "at")} == {
        "who": "李敏",
        "subject": "case_reports court_odr/A: applicant_name, summary, respondent_id_no",
        "reason": REASON,
        "at": served.settings.clock(),
    }


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"reason": " 无 "}, "say who asks, and why"),
        ({"who": ""}, "say who asks"),
        ({"source_id": "nobody"}, "no current record nobody"),
        ({"wanted": ("status_code",)}, "is no personal field"),
        ({"wanted": ()}, "name the fields"),
    ],
)
def test_without_a_reason_a_record_or_a_field_nothing_is_shown(
    asked: dict[str, object], told: str, served: CourtHome
) -> None:
    wanted = asked.pop("wanted", ("applicant_name",))
    with pytest.raises(RevealError, match=told):
        ask(served, *wanted, **asked)  # type: ignore[arg-type,misc]


def test_an_attempt_at_what_is_not_there_is_kept_too(court: CourtHome) -> None:
    with pytest.raises(NoRevealError, match="`hub publish` writes it"):
        ask(court, "applicant_name")
    assert [one["who"] for one in access_log.recent(Store(court.settings), what="reveal")] == ["李敏"]


def test_the_file_is_the_owners_alone_and_opens_with_its_own_key(served: CourtHome) -> None:
    path = reveal_file.path_of(served.settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "陈大文".encode() not in path.read_bytes()
    assert list(path.parent.glob(".reveal*")) == []
    with duckdb.connect() as con, pytest.raises(duckdb.Error):
        con.execute(f"ATTACH '{path}' AS reveal (READ_ONLY)")
