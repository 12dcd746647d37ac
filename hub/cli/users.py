"""Commands about the accounts of the portal: who has one, and a new one."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

app = typer.Typer(invoke_without_command=True, help="The accounts of the portal: who may see what; add one.")


@app.callback()
def list_users(context: typer.Context, json: AsJson = False) -> None:
    """List the accounts; no password is kept that could be shown."""
    if context.invoked_subcommand is not None:
        return
    from hub.cli.output import print_json, print_table
    from operations import users
    from operations.store import Store

    found = [
        {
            "login": one.login,
            "name": one.display_name,
            "role": one.role,
            "scope": one.area_code or one.department,
            "must_change": one.must_change,
        }
        for one in users.listing(Store(prepared()))
    ]
    if json:
        print_json(found)
        return
    cells = [[*list(one.values())[:-1], "yes" if one["must_change"] else ""] for one in found]
    print_table(f"{len(found)} accounts", ("login", "name", "role", "scope", "one-time password"), cells)


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    role: Annotated[str, typer.Option(help="province, county, department, engineer or auditor.")],
    scope: Annotated[str, typer.Option(help="The division of a county, such as 330108; the id of a department.")] = "",
    name: Annotated[str, typer.Option(help="How pages and records call the person.")] = "",
    json: AsJson = False,
) -> None:
    """Add an account and print its one-time password, to be changed at the first sign-in."""
    from hub import accounts
    from hub.cli.output import print_json, say
    from operations.store import Store

    made, password = accounts.add(Store(prepared()), login, role, scope, name)
    if json:
        print_json({"login": made.login, "one_time_password": password})
    else:
        say(f"{made.login} signs in with the one-time password {password} and chooses another; it is shown only here")
