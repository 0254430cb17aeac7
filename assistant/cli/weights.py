"""``assistant weights``: which models are known, installed and converted; prepare one ahead of time."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Model weights: what is known, what is here.", no_args_is_help=True)


@app.command("list")
def list_(
    verify: Annotated[bool, typer.Option("--verify", help="also check every file's SHA-256")] = False,
) -> None:
    """Show every known model: role, licence, whether it is installed and converted."""
    from assistant.settings import Settings
    from assistant.weights import status

    table = Table("name", "role", "licence", "package", "installed", "ready", "MB", box=None)
    problems = []
    for model in status(cache=Settings().cache, verify=verify):
        info = model.info
        table.add_row(
            info.name,
            info.role,
            info.licence,
            info.package,
            "yes" if model.installed else "no",
            "yes" if model.converted else "no",
            f"{model.bytes / 1e6:.0f}" if model.bytes else "",
        )
        if model.problem:
            problems.append(f"{info.name}: {model.problem}")
    Console().print(table)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="a known name, or a hub id")],
    force: Annotated[bool, typer.Option("--force", help="convert again even when a good copy is there")] = False,
) -> None:
    """Convert or download a model now, so that the first start does not have to."""
    from assistant import weights
    from assistant.cli.progress import Steps
    from assistant.settings import Settings

    settings = Settings()
    with Steps() as steps:
        folder = weights.pull(name, cache=settings.cache, offline=settings.offline, force=force, progress=steps)
    typer.echo(str(folder))
