"""Which of the customer's lines a draft answers, from which state, and which order it is about. Knows no store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.desk.order_words import best_order
from assistant.desk.orders import FoundOrder
from assistant.dialogue import DialogueState
from assistant.dialogue.topics import replace_ledger
from assistant.pipeline import Assistant
from assistant.sessions import HEARD
from assistant.store.conversations import StoredTurn
from assistant.turns import Done
from assistant.types import Constraints, ReplyLanguage

# These say nothing a reply could be about, so the line before them is looked at.
_EMPTY = frozenset(("speak_to_human", "smalltalk"))
# An order is at the heart of these; the others mention it only where the customer does.
_ABOUT_ORDERS = frozenset(("order_status", "modify_cancel_order"))
_WITH_ORDERS = frozenset(("return_refund", "warranty_repair", "complaint_feedback"))
_BY_NUMBER = frozenset(("shipping_delivery", "payment_invoice"))
_LOOK_BACK = 4
_SAID = 12


@dataclass(frozen=True, slots=True)
class Target:
    """A line to answer. ``state`` is the one before it; ``turn`` is its number, ``None`` for a question not asked yet.

    ``intent`` is as it was read, ``None`` where it was not. ``said`` is all the customer wrote of late, this line last.
    """

    message: str
    state: DialogueState
    language: ReplyLanguage
    turn: int | None
    intent: str | None
    said: str


def is_line(turn: StoredTurn) -> bool:
    """Whether a stored turn began with the customer's words, and not with a chip."""
    return turn.trace.get("kind", "message") in (None, "message", HEARD)


def language_of(turn: StoredTurn) -> ReplyLanguage:
    """The language a line is answered in."""
    return "zh" if turn.trace.get("language") == "zh" else "en"


def choose(turns: Sequence[StoredTurn]) -> StoredTurn | None:
    """The customer line to answer: the last one that wants something, of the last few; else the last."""
    lines = [t for t in turns if is_line(t)]
    if not lines:
        return None
    recent = lines[-_LOOK_BACK:]
    return next((t for t in reversed(recent) if t.trace.get("intent") not in _EMPTY), lines[-1])


def target_of(turns: Sequence[StoredTurn], assistant: Callable[[], Assistant]) -> Target | None:
    """What a draft for a conversation answers; ``None`` before the customer wrote anything."""
    turn = choose(turns)
    if turn is None:
        return None
    state = state_before(turns, turn.number, assistant)
    return Target(turn.message, state, language_of(turn), turn.number, turn.trace.get("intent"), said(turns))


def said(turns: Sequence[StoredTurn]) -> str:
    """What the customer wrote of late, the newest first: an order named last is the one that is meant."""
    return "\n".join(t.message for t in reversed([t for t in turns if is_line(t)][-_SAID:]))


def state_before(turns: Sequence[StoredTurn], number: int, assistant: Callable[[], Assistant]) -> DialogueState:
    """The state in which a turn's message came: stored with a heard one, else found by reading the turns again."""
    state = DialogueState()
    begin = 0
    for place, turn in enumerate(turns):
        if turn.number <= number and "before" in turn.trace:
            state, begin = DialogueState.from_dict(turn.trace["before"]), place
    for turn in turns[begin:]:
        if turn.number >= number:
            break
        if not is_line(turn):
            state = replace_ledger(state, Constraints.from_dict(turn.trace.get("ledger") or {}))
            continue
        events = assistant().stream(state, turn.message, stopped=lambda: True)
        state = next((e.state for e in events if isinstance(e, Done)), state)
    return state


def order_for(found: Sequence[FoundOrder], target: Target, intent: str) -> FoundOrder | None:
    """The order a reply tells of, or ``None`` where it should tell of none.

    A name alone is enough only where it is one customer's, and never for what is not about an order.
    """
    numbered = [f for f in found if f.matched_by == "number"]
    addressed = [f for f in found if f.matched_by != "name"]
    if intent in _ABOUT_ORDERS:
        if numbered:
            return numbered[0]
        among = addressed or list(found)
        if len({f.order.customer_id for f in among}) > 1:
            return None
    else:
        among = numbered if intent in _BY_NUMBER else addressed if intent in _WITH_ORDERS else []
    best = best_order([f.order for f in among], intent)
    return next((f for f in among if f.order is best), None)
