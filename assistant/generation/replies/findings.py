"""What a record holds on a question, as it is handed from the search to the wording: its statements and the findings.

Knows the shapes only. Does not know how a finding is made, nor how it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.generation.replies.polarity import Piece
from assistant.generation.replies.questions import Query


@dataclass(frozen=True, slots=True)
class Found:
    """What the record holds on one question.

    ``verdict`` is set where yes or no may be said. ``near`` marks what meets the question only in part. ``value`` is an
    attribute's value as recorded, or a sentence of the description (``sentence``); ``focus`` its words that answer.
    ``doubtful`` marks a near one that meets every word of the question and lies less near to it in meaning than others.
    """

    label: str = ""
    value: Any = None
    key: str = ""
    sentence: bool = False
    focus: str = ""
    verdict: bool | None = None
    near: bool = False
    plain: bool = True
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """The findings on one question, best first, and the question; ``asked`` names the aspect where that is known."""

    query: Query
    findings: tuple[Found, ...] = ()
    asked: str | None = None
    part: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute with its name in both languages and its value, both folded."""

    key: str
    value: Any
    name: str
    said: str

    @property
    def both(self) -> str:
        """Value and name in one text."""
        return f"{self.said} {self.name}"


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a description and the sentence it stands in."""

    piece: Piece
    sentence: str
