"""Commands about work orders: list and show them, act on behalf of a department or the hub, send what waits."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.sources import AsJson

app = typer.Typer(help="Work orders: what departments have to mend, and how far they are.")
OrderNo = Annotated[str, typer.Argument(metavar="NO", help="An order's number, from `hub workorders list`.")]
By = Annotated[str, typer.Option(help="Who acts, or on whose behalf; it is kept for ever.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for ever.")]
_COLUMNS = ("order_no", "state", "department", "system", "rule_id", "field", "severity", "rows_open", "due_at")
_COUNTS = ("rows_open", "rows_unkeyed", "rows_corrected", "rows_ours", "rows_deleted", "rows_by_hand")


@app.callback(invoke_without_command=True)
def every(
    context: typer.Context,
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, such as sent or closed.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their due date.")] = False,
    json: AsJson = False,
) -> None:
    """List the orders when no command is named."""
    if context.invoked_subcommand is None:
        list_orders(system, state, overdue, json)


@app.command("list")
def list_orders(
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, such as sent or closed.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their due date.")] = False,
    json: AsJson = False,
) -> None:
    """List the orders, longest overdue first, closed ones last."""
    from hub import catalogue
    from hub.cli.output import print_json, print_table, say
    from operations import notices, work_orders
    from operations.order_states import STATES

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"write one of {', '.join(STATES)}", param_hint="--state")
    store = _store()
    rows = work_orders.listing(store, system=system, state=state, overdue=overdue)
    catalogue.refuse_unknown(system, rows)
    if json:
        print_json(rows)
    else:
        print_table(f"{len(rows)} work orders", _COLUMNS, [[row[name] for name in _COLUMNS] for row in rows])
    if waiting := len(notices.unsent(store)):
        why = "`hub workorders notify` sends them" if store.settings.smtp_url else "HUB_SMTP_URL is not set"
        say(f"{waiting} mails wait: {why}")


@app.command()
def show(order_no: OrderNo, json: AsJson = False) -> None:
    """Show one order: what is wrong, how far it is, and everything that happened to it."""
    from hub.cli.output import print_json, print_table
    from operations import order_states, work_orders

    store = _store()
    order = work_orders.find(store, order_no)
    events = work_orders.events(store, order_no)
    if json:
        print_json({**order, "events": events, "possible": order_states.allowed(order)})
        return
    typer.echo(
        f"{order_no}  {order['state']}  {order['system']} {order['contract']}.{order['field']}  {order['title']}"
    )
    typer.echo(f"  {order['message']}  {order['advice']}")
    typer.echo(f"  due {order['due_at'] or '-'}  " + "  ".join(f"{name[5:]} {order[name]}" for name in _COUNTS))
    typer.echo(f"  possible now: {', '.join(order_states.allowed(order)) or 'nothing'}")
    columns = ("at", "act", "state", "who", "note")
    print_table("Events", columns, [[event[name] for name in columns] for event in events])


@app.command()
def send(order_nos: Annotated[list[str], typer.Argument(metavar="NO...", help="Orders to send.")], by: By) -> None:
    """Hand orders to their departments, due in five working days."""
    from hub import work_orders

    for order_no in order_nos:
        work_orders.send(_store(), order_no, by)
        typer.echo(f"sent: {order_no}")


@app.command()
def sign(order_no: OrderNo, by: By) -> None:
    """Sign for an order on behalf of its department."""
    from operations import work_orders

    work_orders.sign(_store(), order_no, by)
    typer.echo(f"signed: {order_no}")


@app.command()
def answer(
    order_no: OrderNo,
    verdict: Annotated[str, typer.Argument(help="true, untrue or wrong_rule.")],
    by: By,
    note: Annotated[str, typer.Option(help="What the department says.")] = "",
    cause: Annotated[str | None, typer.Option(help="entry, source_logic, transport, mapping or rule.")] = None,
    promised: Annotated[str | None, typer.Option(help="Mended by, YYYY-MM-DD.")] = None,
) -> None:
    """Answer an order on behalf of its department."""
    from datetime import date

    from operations import work_orders

    told: dict[str, Any] = {"verdict": verdict, "cause": cause}
    try:
        told["promised_on"] = date.fromisoformat(promised) if promised else None
    except ValueError:
        raise typer.BadParameter("write a day as 2026-07-03", param_hint="--promised") from None
    work_orders.answer(_store(), order_no, by, note=note, **told)
    typer.echo(f"answered: {order_no}")


@app.command()
def fix(order_no: OrderNo, by: By, note: Annotated[str, typer.Option(help="What was done.")] = "") -> None:
    """Declare an order mended at its source, on behalf of its department; the next builds verify it."""
    from operations import work_orders

    work_orders.fix(_store(), order_no, by, note)
    typer.echo(f"declared mended: {order_no}")


@app.command("return")
def give_back(order_no: OrderNo, by: By, reason: Reason) -> None:
    """Return an answer to the department, which has to answer again."""
    from operations import work_orders

    work_orders.give_back(_store(), order_no, by, reason)
    typer.echo(f"returned: {order_no}")


@app.command()
def close(order_no: OrderNo, by: By, reason: Reason) -> None:
    """Settle by hand the open rows of an order that have no key. The next `hub build` closes it."""
    from operations import work_orders

    work_orders.waive(_store(), order_no, by, reason)
    typer.echo(f"settled by hand: {order_no}; the next `hub build` closes it")


@app.command()
def notify(json: AsJson = False) -> None:
    """Send the mails that wait. Exit 1 when one of them cannot be sent."""
    from hub import notices
    from hub.cli.output import print_json, say

    done = notices.deliver(_store())
    print_json(done) if json else typer.echo(f"{done.sent} sent, {done.waiting} wait")
    if done.problem:
        say(done.problem)
        raise typer.Exit(1)


def _store() -> Any:
    from operations.settings import Settings
    from operations.store import Store

    return Store(Settings.from_env())
