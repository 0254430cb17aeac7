"""``assistant recommend``: what goes with a history, or is like it, one JSON object a line.

Knows how a record is read and answered; what is recommended is decided where the HTTP routes ask too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.server.shelf import Shelf


def recommend(
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="products wanted")] = 10,
    input: Annotated[str, typer.Option("--input", help="JSONL file, or - for standard input")] = "-",
    output: Annotated[str, typer.Option("--output", help="JSONL file, or - for standard output")] = "-",
    index: Annotated[
        Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")
    ] = None,
) -> None:
    """Recommend for a history of SKUs; with cross_category, products of other types that go with it.

    Uses the recommender of assistant train recommender where one was trained.
    """
    from assistant.assembly import Parts
    from assistant.cli import records
    from assistant.progress import Steps
    from assistant.server.shelf import Shelf
    from assistant.settings import Settings

    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        companions = parts.companions
        shelf = Shelf(parts.reader, parts.engine, companions, parts.policies)
    records.run(input, output, lambda record: answer(shelf, record.id, record.data, k))


def answer(shelf: Shelf, identifier: Any, data: Mapping[str, Any], k: int) -> dict[str, Any]:
    """The answer to one record.

    Raises:
        RecordError: a field has a value that cannot be used.
        UnknownProductError: the catalogue does not hold a product of the history.
    """
    from pydantic import ValidationError

    from assistant.errors import RecordError
    from assistant.server import lookups, schemas

    given = {name: value for name, value in data.items() if name != "id"}
    try:
        asked = schemas.RecommendRequest.model_validate({**given, "k": given.get("k", k)})
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordError(f"field '{'.'.join(map(str, first['loc']))}': {first['msg']}") from error
    found = lookups.recommend(shelf, asked)
    return {"id": identifier, **{name: found[name] for name in ("skus", "scores", "parts")}}
