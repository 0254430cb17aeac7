"""``assistant train recommender``: the next version of the recommender, or the one before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.recommender_data import Catalog, Text, read_events


def recommender(
    data: Annotated[Path | None, typer.Option("--data", help="events.jsonl, sequences or ratings")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="folder of versions; without it one in the data folder")
    ] = None,
    model: Annotated[str, typer.Option("--model", help="which recommender")] = "hybrid",
    options: Annotated[
        str | None, typer.Option("--options", help="JSON, as assistant evaluate recommender --tune names them")
    ] = None,
    catalog: Catalog = None,
    text: Text = False,
    keep: Annotated[int, typer.Option(min=1, help="versions that stay, the new one included")] = 2,
    rollback: Annotated[bool, typer.Option("--rollback", help="let the version before answer again")] = False,
) -> None:
    """Train a recommender as a new version, promoted only if it is not worse; prints one JSON object of figures.

    It goes on where it was cut off when it is started again with the same data and options. Exit 1 where the new
    version is worse than the current one: it is then not promoted.
    """
    from assistant.cli.progress import Steps
    from assistant.errors import TrainingError
    from assistant.settings import Settings
    from assistant.training.recommender import REPORT, Recipe, roll_back, train_recommender

    folder = output or Settings().data / "recommender"
    if rollback:
        back = roll_back(folder)
        typer.echo(json.dumps({"version": back.name, "previous": back.previous}))
        return
    if data is None:
        raise typer.BadParameter("wanted, unless --rollback is given", param_hint="--data")
    try:
        given = json.loads(options) if options is not None else {}
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--options") from error
    if not isinstance(given, dict):
        raise typer.BadParameter("wanted a JSON object", param_hint="--options")
    with Steps() as steps:
        told = read_events(data, catalog, text, steps)
        report = train_recommender(
            told.data,
            folder,
            Recipe(model, given),
            keep=keep,
            recorded=told.recorded,
            catalogued=catalog is not None,
            progress=steps,
        )
    typer.echo(json.dumps(report, ensure_ascii=False))
    if not report["promoted"]:
        where = folder / "versions" / str(report["version"]) / REPORT
        raise TrainingError(f"version {report['version']} ranks worse than the current one; see '{where}'")
