"""``assistant facets``: what splits a catalogue, or what a wish finds in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.progress import Steps

if TYPE_CHECKING:
    from assistant.assembly import Parts
    from assistant.types import Constraints, Product

# Shares of so many rows differ from those of all by well under a percent.
_ENOUGH = 50_000
_FOUND = 5_000

Text = Annotated[str | None, typer.Option("--text", help="a wish: count only what it finds")]
IndexDir = Annotated[
    Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")
]
Language = Annotated[str | None, typer.Option("--language", help="en or zh; without it that of the wish, else en")]
Most = Annotated[int, typer.Option("--values", min=2, max=1000, help="values shown of one facet")]


def facets(text: Text = None, index: IndexDir = None, language: Language = None, values: Most = 10) -> None:
    """Derive facets from the rows: brands, colours, sizes, price bands, attributes, each with counts."""
    from assistant.assembly import Parts
    from assistant.retrieval.facets import derive_facets
    from assistant.settings import Settings

    if language not in (None, "en", "zh"):
        raise typer.BadParameter("wanted 'en' or 'zh'", param_hint="--language")
    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        rows = len(parts.engine.products)
        told: dict[str, Any] = {}
        products: list[Product] | Iterator[Product]
        currency: str | None = None
        if text is not None:
            products, rows, wish, spoken = _found(parts, text)
            language, currency = language or spoken, wish.currency
            told["applied"] = {k: v for k, v in wish.to_dict().items() if v not in (None, [])}
        else:
            step = -(-rows // _ENOUGH)
            products = (parts.engine.products[row] for row in range(0, rows, step))
        counted = list(products)
        found = derive_facets(counted, parts.lexicon, language=language or "en", currency=currency, most=values)
    typer.echo(
        json.dumps(
            {"rows": rows, "counted": len(counted), **told, "facets": [f.to_dict() for f in found]}, ensure_ascii=False
        )
    )


def _found(parts: Parts, text: str) -> tuple[list[Product], int, Constraints, str]:
    """What a wish finds, best first, how many rows that are in all, what was read, and in which language."""
    from assistant.retrieval import Filters

    understanding = parts.reader.understand([text])[0]
    language = "zh" if understanding.language == "zh" else "en"
    result = parts.engine.search(text, Filters(understanding.constraints, language=language), k=_FOUND)
    return [c.product for c in result.candidates], result.total, understanding.constraints, language
