"""``assistant users``: who may sign in to console and lab. Passwords are typed or piped in, never an argument."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.errors import ConfigurationError

if TYPE_CHECKING:
    from assistant.store.users import UserStore

app = typer.Typer(help="People who sign in: agents, managers, admins.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="user name; upper and lower case are the same")]
RoleName = Annotated[str, typer.Option("--role", help="agent: console; manager: lab too; admin: everything")]


@contextmanager
def _users() -> Iterator[UserStore]:
    from assistant.settings import Settings
    from assistant.store.database import Database
    from assistant.store.users import UserStore

    settings = Settings()
    database = Database.at(settings.database_url, settings.data)
    try:
        yield UserStore(database)
    finally:
        database.close()


def _password(name: str) -> str:
    """Typed twice without being shown, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Once more: ") != first:
        raise ConfigurationError("the two passwords are not the same; nothing was changed")
    return first


def _role(role: str) -> str:
    from assistant.store.users import ROLES

    if role not in ROLES:
        raise typer.BadParameter(f"wanted one of {', '.join(ROLES)}", param_hint="--role")
    return role


@app.command()
def add(
    name: Name,
    role: RoleName,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="let in by a trusted proxy only (ASSISTANT_PROXY_USER_HEADER)")
    ] = False,
    shown: Annotated[
        str | None, typer.Option("--shown", help="name that shoppers read; without it the user name up to an @")
    ] = None,
) -> None:
    """Add somebody; asks for the password, or reads it from standard input."""
    role = _role(role)
    with _users() as users:
        user = users.add(name, role, None if no_password else _password(name), shown=shown)  # type: ignore[arg-type]
    typer.echo(f"{user.name} can sign in as {user.role}; shoppers read {user.shown_name}")


@app.command("list")
def list_() -> None:
    """Show everybody, with role and whether they may come in."""
    table = Table("name", "role", "since", "comes in by", "shown as", box=None)
    with _users() as users:
        for user in users.all():
            how = "password" if user.has_password else "proxy"
            table.add_row(
                user.name, user.role, f"{user.created_at:%Y-%m-%d}", how if user.active else "disabled", user.shown_name
            )
    Console().print(table)


@app.command()
def disable(name: Name) -> None:
    """Let somebody in no more; what they are signed in to ends at once."""
    with _users() as users:
        users.disable(name)
    typer.echo(f"{name} cannot sign in any more")


@app.command()
def enable(name: Name) -> None:
    """Let somebody in again who was disabled."""
    with _users() as users:
        users.enable(name)
    typer.echo(f"{name} can sign in again")


@app.command()
def password(name: Name) -> None:
    """Give somebody a new password; what they are signed in to ends at once."""
    with _users() as users:
        users.set_password(name, _password(name))
    typer.echo(f"{name} has a new password")


@app.command()
def shown(
    name: Name,
    shown: Annotated[str | None, typer.Argument(help="such as May; left out: the user name up to an @")] = None,
) -> None:
    """Choose the name that shoppers read, also above what was written before."""
    with _users() as users:
        users.set_shown(name, shown)
        user = users.get(name)
    typer.echo(f"shoppers read {user.shown_name if user else name}")


@app.command()
def role(name: Name, role: RoleName) -> None:
    """Give somebody another role, from their next request on."""
    role = _role(role)
    with _users() as users:
        users.set_role(name, role)  # type: ignore[arg-type]
    typer.echo(f"{name} is now {role}")
