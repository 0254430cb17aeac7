"""The options that say which column of a catalogue is which field, shared by every command that reads one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import CatalogError

if TYPE_CHECKING:
    from assistant.catalog import ColumnMapping

Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="title=name: which column is which field")
]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help='the same as a TOML or JSON file: title = "name"')]
Guess = Annotated[bool, typer.Option("--guess", help="take the likeliest column for every field that is left open")]


def choose_mapping(catalog: Path, pairs: list[str] | None, file: Path | None, guess: bool) -> ColumnMapping:
    """The mapping for a catalogue file; what is guessed is shown on stderr, and taken only where that was asked for.

    Raises:
        CatalogError: the options do not fit the file, or required fields are left without a column; the message holds
            the guess as options.
    """
    from assistant.catalog import REQUIRED, columns_of, guess_mapping, is_shopify, missing_fields, stated_mapping

    stated = stated_mapping(pairs or (), file)
    # A guess weighs every column there is; otherwise rows are read until all that is needed was seen.
    columns = columns_of(catalog, None if guess else (*REQUIRED, *stated.columns.values()))
    unknown = [c for c in stated.columns.values() if c not in columns and c.split(".")[0] not in columns]
    if unknown:
        raise CatalogError(f"'{catalog.name}' has no column {unknown[0]!r}; columns: {', '.join(columns)}")
    csv = ".csv" in catalog.name.lower()
    if csv and is_shopify(columns) and not stated.columns:
        typer.echo(f"{catalog.name}: read as a Shopify product export", err=True)
        return stated
    proposal = guess_mapping(columns, stated)
    if guess:
        typer.echo(f"{catalog.name}: columns taken: {proposal.describe() or 'as they are called'}", err=True)
        return proposal
    missing = missing_fields(columns, stated)
    if missing and columns:
        hint = (
            f"it looks like {proposal.describe()}: say so, or add --guess to take that"
            if proposal.columns != stated.columns
            else "say which column is which with --map title=name"
        )
        raise CatalogError(
            f"'{catalog.name}' has no column {' or '.join(map(repr, missing))}; {hint}. Columns: {', '.join(columns)}"
        )
    return stated
