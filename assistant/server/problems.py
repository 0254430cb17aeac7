"""The one shape of every refusal: what was wrong, where, and what to do.

Knows the shape and the errors of this package; knows no route.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assistant.errors import (
    AssistantError,
    BusyError,
    GenerationError,
    RecordError,
    StoreError,
    UnknownProductError,
    VectorServerError,
)

_FIELD = re.compile(r"^(?:field '(?P<quoted>[\w.]+)'|(?P<path>filters(?:\.\w+)*)):")


class Problem(Exception):
    """A request that is refused. ``status`` is HTTP's; ``where`` names a field, ``None`` for the whole request."""

    def __init__(
        self, status: int, error: str, *, where: str | None = None, do: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.where = where
        self.do = do
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return told(self.error, self.do, self.where)


def told(error: str, do: str, where: str | None = None) -> dict[str, Any]:
    """The body of a refusal.

    Args:
        error: what was wrong, in one sentence a person can act on.
        do: what to do, as an imperative.
        where: the field it is about, with dots and positions from 0 (``history.1``).
    """
    return {"error": error, "where": where, "do": do}


def problem_of(error: AssistantError, *, where: str | None = None) -> Problem:
    """What is told of an error of this package; ``where`` names the field where its message does not."""
    text = " ".join(str(error).split())
    if isinstance(error, UnknownProductError):
        return Problem(404, text, where=where, do="take a SKU that /api/search returned")
    if isinstance(error, RecordError):
        found = _FIELD.match(text)
        field = (found["quoted"] or found["path"]) if found else where
        return Problem(422, text, where=field, do="mend the field; /docs describes every one")
    if isinstance(error, StoreError):
        return Problem(409, text, where=where, do="ask again with what is stored now")
    if isinstance(error, BusyError):
        return Problem(503, text, do=f"wait {error.seconds} s", headers={"Retry-After": str(error.seconds)})
    if isinstance(error, GenerationError | VectorServerError):
        # Its message may hold addresses of other servers, which are nobody's business here.
        return Problem(503, "a part of the shop is not there at the moment", do="try again in a minute")
    return Problem(
        500, "the assistant could not answer", do="try again; if it stays so, the reason is in the server's log"
    )
