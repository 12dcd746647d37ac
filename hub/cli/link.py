"""Commands about which reports are one case: what to look at, deciding, withdrawing, and how good linking is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from hub.link_review import Pair

app = typer.Typer(no_args_is_help=True, help="Which reports are one case: what people decided, and deciding.")

By = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for ever.")]


@app.command()
def merge(
    code: Annotated[str, typer.Argument(help="The code of a case, current or forwarded.")],
    other: Annotated[str, typer.Argument(help="The code of the case that is the same dispute.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Two cases are one dispute. The code minted first stays; the other leads to it for ever."""
    from hub import linking

    _report(linking.merge(prepared(), code, other, by, reason), json)


@app.command()
def split(
    code: Annotated[str, typer.Argument(help="The code of the case, current or forwarded.")],
    reports: Annotated[
        list[str],
        typer.Option("--reports", help="SYSTEM/SOURCE_ID of a report that leaves, from `hub trace`; repeat it."),
    ],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Some reports of a case are another dispute. The code stays with the report that it was minted for."""
    from hub import linking

    leaving = []
    for one in reports:
        system, slash, source_id = one.partition("/")
        if not (system and slash and source_id):
            raise typer.BadParameter(f"write SYSTEM/SOURCE_ID, not {one!r}", param_hint="--reports")
        leaving.append((system, source_id))
    _report(linking.split(prepared(), code, leaving, by, reason), json)


@app.command()
def apart(
    code: Annotated[str, typer.Argument(help="The code of a case, current or forwarded.")],
    other: Annotated[str, typer.Argument(help="The code of the case that is another dispute.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Two cases are two disputes: they leave the list of `hub link review`, and no rule joins them."""
    from hub import linking

    _report(linking.apart(prepared(), code, other, by, reason), json)


@app.command()
def later(
    code: Annotated[str, typer.Argument(help="The code of a case, as `hub link review` shows it.")],
    other: Annotated[str, typer.Argument(help="The code of the case beside it.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Put a pair of `hub link review` off: it stays there, marked, until somebody decides."""
    from hub import link_review

    _report(link_review.put_off(prepared(), code, other, by, reason), json)


@app.command()
def undo(
    decision: Annotated[int, typer.Argument(help="Its id, from `hub link list`.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Withdraw a decision: what it joined is parted again, what it parted is joined again."""
    from hub import linking

    _report(linking.undo(prepared(), decision, by, reason), json)


@app.command("list")
def list_decisions(
    everything: Annotated[bool, typer.Option("--all", help="Also what was withdrawn.")] = False,
    json: AsJson = False,
) -> None:
    """The decisions that count, newest first, and what came of each."""
    from hub import linking
    from hub.cli.output import print_json, print_table

    rows = linking.listing(prepared(), everything=everything)
    if json:
        print_json(rows)
        return
    columns = ("id", "verdict", "codes", "reports", "by", "reason", "at", "state")
    shown = [[", ".join(row[name]) if isinstance(row[name], list) else row[name] for name in columns] for row in rows]
    print_table(f"{len(rows)} decisions", columns, shown)


@app.command()
def review(
    limit: Annotated[int, typer.Option(min=1, help="So many pairs at most.")] = 20,
    json: AsJson = False,
) -> None:
    """Pairs of cases that may be one dispute and that no rule joins, the most likely first, with what speaks for each
    and against it, and the command that decides. The score orders the list; it is no probability."""
    from dataclasses import asdict

    from hub.cli.output import print_json, print_table, say
    from hub.link_review import review as uncertain

    found = uncertain(prepared())
    if json:
        print_json([asdict(pair) for pair in found[:limit]])
        return
    rows = [
        [
            pair.score, "\n".join("/".join(report) for report in pair.reports), pair.days, _evidence(pair),
            f"{pair.one_case}\n{pair.two_cases}",
        ]
        for pair in found[:limit]
    ]  # fmt: skip
    shown = f"{len(rows)} of {len(found)} pairs" if len(rows) < len(found) else f"{len(found)} pairs"
    print_table(f"{shown} to look at", ("score", "reports", "days", "what speaks for it", "one case, or two"), rows)
    if found:
        say("look at both with `hub trace CODE`; the next build carries out what you decide")


@app.command()
def evaluate(
    pairs: Annotated[
        Path, typer.Argument(help="CSV of pairs of reports: system_a,source_id_a,system_b,source_id_b,same (1 or 0).")
    ],
    json: AsJson = False,
) -> None:
    """Measure linking against pairs of reports of which somebody knows whether they are one dispute."""
    from dataclasses import asdict

    from hub.cli.output import print_json, print_table
    from hub.link_evaluation import evaluate as measure

    found = measure(prepared(), pairs)
    rates = {name: getattr(found, name) for name in ("precision", "recall", "f1")}
    if json:
        print_json(asdict(found) | rates)
        return
    counts = (
        ("one dispute and one case", found.both),
        ("one case, but two disputes", found.joined),
        ("one dispute, but two cases", found.parted),
        ("two disputes and two cases", found.neither),
        ("a report is in no published case", found.absent),
        ("one case, and not in the file", found.unnamed),
    )
    print_table(f"{found.labelled:,} labelled pairs of {pairs}", ("pairs", "number"), counts)
    typer.echo("  ".join(f"{name} {'-' if rate is None else f'{rate:.4f}'}" for name, rate in rates.items()))
    for words, wrong in (("put together wrongly", found.wrongly_joined), ("not put together", found.wrongly_parted)):
        for one, other in wrong:
            typer.echo(f"{words}: {'/'.join(one)} and {'/'.join(other)}")


def _evidence(pair: Pair) -> str:
    said = [f"{says} ({points:+})" for says, points in pair.evidence]
    if pair.put_off is not None:
        said.append(f"put off by {pair.put_off.by}: {pair.put_off.reason}")
    return "; ".join(said)


def _report(done: dict[str, Any], json: bool) -> None:
    from hub.cli.output import print_json

    if json:
        print_json(done)
        return
    said = {
        "merge": "{codes} are one case",
        "apart": "{codes} are two cases and stay so",
        "later": "{codes} are looked at later",
        "split": "{leaving} reports leave {codes}, {staying} stay",
        "undone": "decision {undoes} about {codes} is withdrawn",
    }[done["act"]]
    typer.echo(f"decision {done['id']}: " + said.format(**done | {"codes": " and ".join(done["codes"])}))
    if done["act"] != "later":
        typer.echo("next: `hub build` carries it out and publishes it")
