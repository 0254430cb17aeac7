"""Events and, where one is named, the catalogue they are of, for the commands that train and measure recommenders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import CatalogError, TrainingError

if TYPE_CHECKING:
    from assistant.progress import Steps
    from assistant.recommendation.interactions import Interactions, Items

Catalog = Annotated[
    Path | None,
    typer.Option("--catalog", help="catalogue file: items nobody met count too; brands, prices and categories"),
]
Text = Annotated[bool, typer.Option("--text", help="give the catalogue's items vectors by the text encoder")]


@dataclass(frozen=True)
class Told:
    """``data`` over the catalogue where one was named, and ``recorded``, every event of the file."""

    data: Interactions
    recorded: Interactions


def read_events(path: Path, catalog: Path | None, text: bool, steps: Steps) -> Told:
    """Read events; those of products the catalogue does not hold are left out, and counted on stderr.

    Raises:
        CatalogError: the catalogue cannot be used.
        TrainingError: the events cannot be, or none is of the catalogue.
    """
    from assistant.recommendation.reading import read_interactions

    if text and catalog is None:
        raise typer.BadParameter("wants --catalog: its texts are what is read", param_hint="--text")
    recorded = read_interactions(path)
    if catalog is None:
        return Told(recorded, recorded)
    data = recorded.over(_items(catalog, text, steps))
    if not len(data):
        raise TrainingError(f"none of the {len(recorded)} events in '{path}' is of a product in '{catalog}'")
    if len(data) < len(recorded):
        typer.echo(f"{len(recorded) - len(data)} events of products not in '{catalog.name}' are left out", err=True)
    return Told(data, recorded)


def _items(catalog: Path, text: bool, steps: Steps) -> Items:
    from assistant.catalog import RowError, read_rows
    from assistant.recommendation.catalogue import catalogue_items

    products = [row for _, row in read_rows(catalog) if not isinstance(row, RowError)]
    if not products:
        raise CatalogError(f"'{catalog}' holds no product that can be used; see assistant catalog check")
    if not text:
        return catalogue_items(products)
    from assistant.assembly import Parts
    from assistant.retrieval.text import document
    from assistant.settings import Settings

    encoder = Parts(Settings(), report=steps).document_encoder
    return catalogue_items(products, encoder.encode([document(p) for p in products], kind="passage"))
