"""What happens in a turn, as it happens: read, found, said sentence by sentence, done. Knows nothing of how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from assistant.dialogue import DialogueState
from assistant.types import Card, Constraints, Question, Turn, Understanding


@dataclass(frozen=True, slots=True)
class Understood:
    """The message was read; the ledger already holds it."""

    understanding: Understanding
    ledger: Constraints


@dataclass(frozen=True, slots=True)
class Shown:
    """The cards of this turn, best first; always before any text."""

    cards: tuple[Card, ...]
    relaxed: tuple[str, ...]
    question: Question | None


@dataclass(frozen=True, slots=True)
class Said:
    """One checked sentence of the reply, with the white space that follows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole turn and the state to hand in with the next message."""

    turn: Turn
    state: DialogueState


Event: TypeAlias = Understood | Shown | Said | Done
