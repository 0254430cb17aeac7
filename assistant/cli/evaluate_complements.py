"""``assistant evaluate complements``: is what was put into a cart with a product among what "goes with it" shows?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def complements(
    events: Annotated[Path, typer.Option("--events", help="events.jsonl of the catalogue, gzipped or not")],
    catalog: Annotated[
        Path | None, typer.Option("--catalog", help="catalogue file; without it the default one is used")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="of the bootstrap; repeatable")] = None,
    tune: Annotated[bool, typer.Option("--tune", help="choose the weighing on validation events first")] = False,
) -> None:
    """Measure what goes with a product, full ranking of all other types; prints one JSON object of figures."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.complements import compare
    from assistant.recommendation.catalogue import catalogue_items
    from assistant.recommendation.reading import read_interactions
    from assistant.settings import Settings

    settings = Settings() if catalog is None else Settings(catalog=catalog)
    with Steps() as steps:
        parts = Parts(settings, report=steps)
        engine = parts.engine
        data = read_interactions(events).over(catalogue_items(engine.products))
        found = compare(engine, parts.lexicon, data, seeds=tuple(seed or [0]), tune=tune)
    typer.echo(json.dumps(found, ensure_ascii=False))
