"""Commands about the accounts of the portal: who has one, a new one, another password, and the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from operations.users import User

Login = Annotated[str, typer.Argument(help="What the person types to sign in.")]

app = typer.Typer(invoke_without_command=True, help="The accounts of the portal: who may see what; add or close one.")


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
            "closed": one.closed,
        }
        for one in users.listing(Store(prepared()))
    ]
    if json:
        print_json(found)
        return
    cells = [[*list(one.values())[:4], *("yes" if one[mark] else "" for mark in ("must_change", "closed"))]
             for one in found]  # fmt: skip
    print_table(f"{len(found)} accounts", ("login", "name", "role", "scope", "one-time password", "closed"), cells)


@app.command()
def add(
    login: Login,
    role: Annotated[str, typer.Option(help="province, county, department, engineer or auditor.")],
    scope: Annotated[str, typer.Option(help="The division of a county, such as 330108; the id of a department.")] = "",
    name: Annotated[str, typer.Option(help="How pages and records call the person.")] = "",
    json: AsJson = False,
) -> None:
    """Add an account and print its one-time password, to be changed at the first sign-in."""
    from hub import accounts
    from operations.store import Store

    _tell(*accounts.add(Store(prepared()), login, role, scope, name), json)


@app.command()
def password(login: Login, json: AsJson = False) -> None:
    """Give an account a new one-time password and print it; its sessions and API tokens end."""
    from hub import accounts
    from operations.store import Store

    _tell(*accounts.password(Store(prepared()), login), json)


@app.command()
def close(login: Login, json: AsJson = False) -> None:
    """Close an account: nobody signs in with it, its sessions and API tokens end, what it did keeps its name."""
    from hub import accounts
    from hub.cli.output import print_json, say
    from operations.store import Store

    closed = accounts.close(Store(prepared()), login)
    if json:
        print_json({"login": closed.login, "closed": True})
    else:
        told = "what it did stays under its name; `hub users reopen"
        say(f"{closed.login} is closed; {told} {closed.login}` opens it again")


@app.command()
def reopen(login: Login, json: AsJson = False) -> None:
    """Open a closed account again and print its one-time password."""
    from hub import accounts
    from operations.store import Store

    _tell(*accounts.reopen(Store(prepared()), login), json)


def _tell(user: User, once: str, json: bool) -> None:
    from hub.cli.output import print_json, say

    if json:
        print_json({"login": user.login, "one_time_password": once})
    else:
        say(f"{user.login} signs in with the one-time password {once} and chooses another; it is shown only here")
