"""The command that shows the first rows of a dataset beside what the hub would make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson, DatasetName, SystemName

if TYPE_CHECKING:
    from hub.onboarding.preview import Preview
    from hub.onboarding.rows import Row
    from quality.trial import Judged
    from schemas.declaration import Dataset


Limit = Annotated[int, typer.Option(min=1, help="How many rows to show.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(preview)


def preview(system: SystemName, dataset: DatasetName, limit: Limit = 20, json: AsJson = False) -> None:
    """Show the first rows of a dataset raw, as the source gives them, beside the conformed values, with every reason
    for which a row would be rejected or noted. Nothing is landed. Personal values are whole: do not pass on."""
    from hub import catalogue
    from hub.cli.output import print_json, say
    from hub.onboarding.preview import preview as first_rows
    from operations.store import Store

    settings = prepared()
    found = first_rows(settings, Store(settings), system, dataset, limit)
    if json:
        print_json(_as_dict(found))
        return
    if found.unfit:
        _show_raw(f"{system}.{dataset}", found.looked.rows)
        say(f"raw only, because the declaration does not fit its contract yet: {found.unfit}")
    else:
        declared = catalogue.dataset(system, dataset)[1]
        for row, one in found.pairs():
            _show(declared, row, one)
        rejected, noted = (sum(1 for one in found.judged if _verdict(one) == word) for word in ("rejected", "warned"))
        say(f"{len(found.judged)} rows of {system}.{dataset}: {rejected} would be rejected, {noted} have warnings")
    if found.lacking:
        fields = ", ".join(found.lacking)
        say(f"no row has {fields}, which `fields` names: correct them, for a sync refuses a delivery without them")
    if found.looked.left_out:
        say(found.looked.complaint())


def _show_raw(title: str, rows: list[Row]) -> None:
    from hub.cli.output import print_table

    columns = list(dict.fromkeys(name for row in rows for name in row))
    print_table(title, columns, [[str(row.get(name, "")) for name in columns] for row in rows])


def _show(dataset: Dataset, row: Row, one: Judged) -> None:
    from hub.cli.output import print_table
    from hub.onboarding.preview import lines

    cells = [
        [
            each.column or "",
            each.field or "",
            *("" if value is None else str(value) for value in (each.raw, each.conformed)),
        ]
        for each in lines(dataset, row, one)
    ]
    print_table(f"record {one.position}: {_verdict(one)}", ("column", "field", "raw", "conformed"), cells)
    for rule in one.broken:
        typer.echo(f"  {rule.severity}  {rule.id}  {rule.message}" + (f"。{rule.advice}" if rule.advice else ""))


def _verdict(one: Judged) -> str:
    if one.rejected:
        return "rejected"
    return "deletes its record" if one.deletes else "warned" if one.broken else "accepted"


def _as_dict(found: Preview) -> dict[str, Any]:
    judged: list[dict[str, Any]] = [
        {
            "position": one.position,
            "source_id": one.source_id,
            "verdict": _verdict(one),
            "raw": row,
            "conformed": one.values,
            "reasons": [
                {"rule": rule.id, "field": rule.field, "severity": rule.severity, "responsibility": rule.responsibility}
                | {"message": rule.message, "advice": rule.advice}
                for rule in one.broken
            ],
        }
        for row, one in found.pairs()
    ]
    raw = [{"raw": row} for row in found.looked.rows]
    return {
        "rows": raw if found.unfit else judged,
        "left_out": found.looked.left_out,
        "unfit": found.unfit or None,
        "lacking": list(found.lacking),
    }
