"""``assistant catalog``: look at a catalogue file before it is used, and invent events for one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import columns
from assistant.errors import CatalogError

app = typer.Typer(help="Look at catalogue files.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at catalogue files."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="JSONL, CSV or Parquet file")],
    pairs: columns.Map = None,
    mapping: columns.MappingFile = None,
    guess: columns.Guess = False,
) -> None:
    """Validate a catalogue file; reports every bad row by line, then the figures. Exit 1 when any row is bad."""
    from assistant.catalog import RowError, read_rows

    bad = 0
    figures: Counter[str] = Counter()
    departments: set[str] = set()
    types: set[str] = set()
    for _, row in read_rows(file, columns.choose_mapping(file, pairs, mapping, guess)):
        if isinstance(row, RowError):
            bad += 1
            typer.echo(f"{file.name} {row}", err=True)
            continue
        figures["products"] += 1
        figures["sold_out"] += row.in_stock is False
        figures["with_brand"] += row.brand is not None
        figures["with_chinese"] += "zh" in row.translations
        departments.update(row.category[:1])
        types.add(row.type)
    typer.echo(json.dumps({**figures, "departments": len(departments), "types": len(types), "bad_rows": bad}))
    if bad:
        raise CatalogError(f"{bad} bad row{'s' if bad > 1 else ''} in '{file.name}'; mend the lines named above")


@app.command()
def simulate(
    output: Annotated[Path, typer.Option("--output", help="events.jsonl, or events.jsonl.gz")],
    file: Annotated[
        Path | None, typer.Option("--catalog", help="JSONL, CSV or Parquet file; without it the default catalogue")
    ] = None,
    shoppers: Annotated[int, typer.Option(min=1, help="how many shoppers to invent")] = 2400,
    seed: Annotated[int, typer.Option(min=0, help="the same seed makes the same file")] = 7,
) -> None:
    """Simulate a year of shopping events for a catalogue: invented behaviour to try recommenders with, of nobody.

    The year ends with the month of the newest product. Prints one JSON object of figures.
    """
    from assistant.catalog import RowError, read_rows
    from assistant.catalog.simulation import simulate as simulated
    from assistant.catalog.simulation import write_events
    from assistant.lexicon import Lexicon
    from assistant.recommendation import Complements
    from assistant.recommendation.affinity import type_affinity
    from assistant.resources import default_folder

    products = []
    for _, row in read_rows(file or default_folder("catalog") / "products.jsonl"):
        if isinstance(row, RowError):
            raise CatalogError(f"{row}; see all bad rows with: assistant catalog check")
        products.append(row)
    lexicon = Lexicon.load()
    goes_with = type_affinity({product.type for product in products}, Complements.load(lexicon), lexicon)
    events = simulated(products, goes_with, shoppers=shoppers, seed=seed)
    write_events(events, output)
    kinds = Counter(event.event for event in events)
    figures = {
        "shoppers": len({event.user_id for event in events}),
        "events": len(events),
        **dict(sorted(kinds.items())),
    }
    typer.echo(json.dumps({**figures, "products": len({event.sku for event in events}), "simulated": True}))
