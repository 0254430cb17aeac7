"""What is stored of a conversation, put together for an agent: its lines in order, its row in the queue, its summary.

Reads documents of the stores and makes records of them; writes nothing and asks no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from assistant.desk.gist import Gist, lines_of
from assistant.desk.order_words import status_word
from assistant.desk.orders import FoundOrder, Order, OrderBook
from assistant.desk.records import Line, Row
from assistant.desk.targets import is_line, language_of
from assistant.desk.wording import gist_words
from assistant.dialogue import DialogueState
from assistant.sessions import HEARD
from assistant.store.conversations import StoredTurn
from assistant.store.desk import HumanMessage, Note
from assistant.store.labels import Label
from assistant.store.queue import Work
from assistant.types import Constraints, Language, ReplyLanguage

LOW_CONFIDENCE = 0.6
"""Below this the intent of a line may well be another one."""

_RECENT = 4


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything stored of one conversation."""

    work: Work
    state: DialogueState
    turns: tuple[StoredTurn, ...]
    messages: tuple[HumanMessage, ...]
    labels: tuple[Label, ...] = ()

    @property
    def language(self) -> ReplyLanguage:
        """What the customer writes in."""
        written = [t for t in self.turns if is_line(t)]
        return language_of(written[-1]) if written else "en"


def lines(thread: Thread, interface: ReplyLanguage, gist: Gist | None, orders: OrderBook) -> tuple[Line, ...]:
    """The lines in the order they were said; without ``gist`` none says its sense."""
    corrected: dict[tuple[int | None, str], Any] = {
        (label.turn, label.kind): label.corrected for label in thread.labels
    }
    first = thread.turns[0].number if thread.turns else 1
    out = [_message(m) for m in thread.messages if m.after_turn < first]
    before = Constraints()
    for turn in thread.turns:
        ledger = Constraints.from_dict(turn.trace.get("ledger") or {})
        if is_line(turn):
            told = ""
            if gist is not None and language_of(turn) != interface:
                told = gist.line(turn.message, turn.trace, before, interface, _numbered(turn.message, orders))
            out.append(_customer(turn, ledger, told, corrected))
        reply = turn.trace.get("reply") or ""
        if reply or turn.trace.get("products"):
            out.append(
                Line(
                    f"a{turn.number}", "assistant", reply, turn.created_at,
                    language=language_of(turn), turn=turn.number, ledger=ledger, trace=turn.trace,
                )
            )  # fmt: skip
        out += [_message(m) for m in thread.messages if m.after_turn == turn.number]
        before = ledger
    return tuple(out)


def row(thread: Thread, said: Sequence[Line]) -> Row:
    """The conversation's row in the queue."""
    work = thread.work
    last = said[-1] if said else None
    customer = next((line for line in reversed(said) if line.author == "customer"), None)
    return Row(
        conversation=work.conversation_id,
        customer=work.customer,
        channel=work.channel,
        status=work.status,
        assignee=work.assignee,
        last_line=last.text if last is not None else "",
        last_author=last.author if last is not None else None,
        language=customer.language if customer is not None else "en",
        waiting_since=waiting_since(work, said),
        updated_at=work.updated_at,
        intent=customer.intent if customer is not None else None,
        confidence=customer.confidence if customer is not None else None,
        low_confidence=customer.low_confidence if customer is not None else False,
        bot=work.bot,
        automatic=work.automatic,
    )


def waiting_since(work: Work, said: Sequence[Line]) -> datetime | None:
    """When the oldest line came that nobody answered; that the assistant handed over is no answer."""
    if work.status == "closed":
        return None
    since = None
    for line in reversed(said):
        if line.author == "customer":
            since = line.at
        elif line.author == "agent" or not (line.trace or {}).get("handoff"):
            break
    return since


def unanswered(said: Sequence[Line]) -> tuple[Line, ...]:
    """The customer's lines since the last answer."""
    out: list[Line] = []
    for line in reversed(said):
        if line.author == "customer":
            out.append(line)
        elif line.author == "agent" or not (line.trace or {}).get("handoff"):
            break
    return tuple(reversed(out))


def gist_of(thread: Thread, language: ReplyLanguage, gist: Gist, orders: OrderBook) -> str:
    """What it is about in one or two sentences: what is wanted, and what the last line says."""
    w = gist_words(language)
    wish = gist.wish(thread.state.ledger, language)
    last = next((t for t in reversed(thread.turns) if is_line(t)), None)
    told = ""
    if last is not None:
        place = thread.turns.index(last)
        before = thread.turns[place - 1].trace.get("ledger") if place else None
        asked_before = Constraints.from_dict(before or {})
        told = gist.line(last.message, last.trace, asked_before, language, _numbered(last.message, orders))
    parts = [told] if told else []
    if wish and wish not in told:
        parts.append(f"{w.wants}{w.colon}{wish}")
    return (f"{w.stop} " if language != "zh" else w.stop).join(parts) + (w.stop if parts else "")


def summary_of(
    thread: Thread,
    language: ReplyLanguage,
    gist: Gist,
    orders: Sequence[FoundOrder],
    notes: Sequence[Note],
    book: OrderBook,
) -> str:
    """The conversation in labelled lines: what is wanted, was shown and asked, and what is open."""
    w = gist_words(language)
    said = lines(thread, language, None, book)
    wishes = [gist.wish(t.constraints, language) or w.anything for t in thread.state.topics]
    active = thread.state.active
    wanted = wishes[active] if active is not None and active < len(wishes) else w.nothing_wanted
    earlier = [wish for place, wish in enumerate(wishes) if place != active]
    open_lines = [_told(line, thread, language, gist, book) for line in unanswered(said)]
    shown = thread.state.listed or (thread.state.topic.page if thread.state.topic else ())
    asked = [_told(line, thread, language, gist, book) for line in said if line.author == "customer"]
    channel = w.channels.get(thread.work.channel, thread.work.channel)
    who = " · ".join(filter(None, (thread.work.customer or w.unnamed, channel)))
    stop = "；" if language == "zh" else "; "
    return lines_of(
        w,
        [
            (w.customer, who),
            (w.wants, wanted),
            (w.and_before, stop.join(earlier)),
            (w.shown, gist.titles(shown[:_RECENT], language)),
            (w.asked, stop.join(dict.fromkeys(asked[-2 * _RECENT :]))),
            (w.cart, stop.join(f"{line.quantity} × {gist.titles([line.sku], language)}" for line in thread.state.cart)),
            (
                w.orders,
                stop.join(f"{f.order.number} ({status_word(f.order.status, language)})" for f in orders[:_RECENT]),
            ),
            (w.notes, stop.join(n.text for n in notes[-_RECENT:])),
            (w.open, stop.join(open_lines) or w.answered),
        ],
    )


def _told(line: Line, thread: Thread, language: ReplyLanguage, gist: Gist, orders: OrderBook) -> str:
    """One customer line by what was understood of it, whatever its language."""
    place = next((n for n, t in enumerate(thread.turns) if t.number == line.turn), None)
    if place is None:
        return line.text
    turn = thread.turns[place]
    before = Constraints.from_dict((thread.turns[place - 1].trace.get("ledger") if place else None) or {})
    return gist.line(turn.message, turn.trace, before, language, _numbered(turn.message, orders)) or line.text


def _numbered(text: str, orders: OrderBook) -> tuple[Order, ...]:
    """The orders a line names by number."""
    return tuple(f.order for f in orders.find(text) if f.matched_by == "number") if orders.orders else ()


def _customer(
    turn: StoredTurn, ledger: Constraints, told: str, corrected: Mapping[tuple[int | None, str], Any]
) -> Line:
    confidence = turn.trace.get("confidence")
    intent = corrected.get((turn.number, "intent"))
    if (mended := corrected.get((turn.number, "constraints"))) is not None:
        ledger = Constraints.from_dict(mended)
    stated = turn.trace.get("language")
    return Line(
        key=f"c{turn.number}",
        author="customer",
        text=turn.message,
        at=turn.created_at,
        language=cast(Language, stated) if stated in ("en", "zh", "other") else "en",
        turn=turn.number,
        intent=intent if intent is not None else turn.trace.get("intent"),
        confidence=confidence,
        # What a person put right is not in doubt any more.
        low_confidence=intent is None and isinstance(confidence, int | float) and confidence < LOW_CONFIDENCE,
        ledger=ledger,
        gist=told,
        trace=turn.trace if turn.trace.get("kind") == HEARD else None,
        corrected=intent is not None or mended is not None,
    )


def _message(message: HumanMessage) -> Line:
    return Line(f"m{message.id}", message.author, message.text, message.at, message.name)
