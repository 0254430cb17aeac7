"""Short ways to make records for tests: products, readings, catalogue files and indexes over the fake encoder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fakes import HashEncoder

from assistant.lexicon import Lexicon
from assistant.retrieval import Index, SearchEngine, build_index, open_index
from assistant.types import Constraints, Product, Reading, Understanding


def product(sku: str, title: str, price: float = 10.0, *, zh: str | None = None, **fields: Any) -> Product:
    """A product; ``zh`` is its Chinese title."""
    if zh is not None:
        fields["translations"] = {"zh": {"title": zh}}
    for name in ("category", "sizes"):
        if name in fields:
            fields[name] = tuple(fields[name])
    return Product(sku=sku, title=title, price=price, **fields)


def reading(
    intent: str,
    text: str = "",
    *,
    language: Any = "en",
    cleared: Iterable[str] = (),
    relative: Any = None,
    more: bool = False,
    count: int | None = None,
    **constraints: Any,
) -> Reading:
    """A message as the understanding stage would hand it on; constraint lists may be plain lists."""
    said = Constraints(**{k: tuple(v) if isinstance(v, list) else v for k, v in constraints.items()})
    return Reading(text, Understanding(intent, 0.9, language, said), frozenset(cleared), relative, more, count)


def write_jsonl(path: Path, rows: Iterable[Product | Mapping[str, Any] | str]) -> Path:
    """A catalogue file of products, plain rows, or raw lines."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            if isinstance(row, Product):
                row = row.to_dict()
            stream.write((row if isinstance(row, str) else json.dumps(row, ensure_ascii=True)) + "\n")
    return path


def index_of(folder: Path, products: Iterable[Product], encoder: HashEncoder) -> Index:
    """A real index folder over the fake encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    catalog = write_jsonl(folder / "catalog.jsonl", products)
    build_index(catalog, folder / "index", encoder)
    return open_index(folder / "index", encoder)


def engine_of(folder: Path, products: Iterable[Product], encoder: HashEncoder, lexicon: Lexicon) -> SearchEngine:
    """A search engine over :func:`index_of`."""
    return SearchEngine(index_of(folder, products, encoder), encoder, lexicon)
