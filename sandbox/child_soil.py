"""Dirt on the rows that hang from a report: an impossible time or a code nobody announced."""

from __future__ import annotations

from sandbox.reports import Report
from sandbox.systems.view import Row, choices

CODES = {"pre_suit_steps": ("bzdm", "B77"), "confirmations": ("cdjg", "8"), "referrals": ("fx", "7"),
         "transfers": ("returnReason", "R77"), "evaluations": ("channel", "FAX"), "visits": ("purpose", "V77"),
         "mediation_steps": ("STEP_TYPE", "77"), "agreements": ("AGREEMENT_FORM", "DZ")}  # fmt: skip
TIMES = {"pre_suit_steps": ("fssj", "00000000000000"), "transfers": ("sentAt", "2023-02-30 10:00:00"),
         "visits": ("visitAt", "0000-00-00 00:00:00"), "mediation_steps": ("HAPPEN_TIME", "2023-02-30 10:00:00"),
         "agreements": ("SIGN_DATE", "0000-00-00")}  # fmt: skip

DATASETS = {"court_odr": ("pre_suit_steps", "confirmations", "referrals"),
            "petition_hotline": ("transfers", "evaluations", "visits"),
            "peoples_mediation": ("mediation_steps", "agreements")}  # fmt: skip


def soil(report: Report, rows: list[Row], rate: float) -> list[tuple[str, str, str]]:
    """Dirty at most one child row of a report; return (dataset, source_id, kind)."""
    rng = choices(report, "child dirt")
    if rng.random() >= rate:
        return []
    dataset = rng.choice(DATASETS[report.system]) if report.system in DATASETS else None
    row = next((row for row in rows if row.dataset == dataset), None)
    if row is None:
        return []
    impossible = row.dataset in TIMES and rng.random() < 0.5
    field, value = TIMES[row.dataset] if impossible else CODES[row.dataset]
    row.body[field] = value
    return [(row.dataset, row.source_id, "impossible_date" if impossible else "unmapped_code")]
