"""``assistant catalog``: look at a catalogue file before it is used."""

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
