"""What the agent console shows, as frozen records. Knows no database, no page and no interface words.

Texts here are data: whatever draws them escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from assistant.desk.orders import FoundOrder as FoundOrder
from assistant.store.desk import Author, DraftStatus, Note
from assistant.store.queue import Status
from assistant.types import CartLine, Claims, Constraints, Language, Product, ReplyLanguage

Style: TypeAlias = Literal["standard", "shorter", "warmer", "formal"]
SourceKind: TypeAlias = Literal["product", "policy", "order"]


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation of the queue. ``waiting_since`` is when the oldest unanswered line came, ``None`` if none is.

    ``language`` is the last customer line's; ``intent`` and ``confidence`` are what it was read as, ``None`` before the
    first; ``customer`` is empty where nobody said a name.
    """

    conversation: str
    customer: str
    channel: str
    status: Status
    assignee: str | None
    last_line: str
    last_author: Author | None
    language: Language
    waiting_since: datetime | None
    updated_at: datetime
    intent: str | None
    confidence: float | None
    low_confidence: bool
    bot: bool
    automatic: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation, in the order they were said.

    ``key`` is stable and unique within the conversation. A customer line has ``turn``, ``intent``, ``confidence`` and
    ``ledger`` (after it); ``gist`` is its sense in the agent's language, empty where both speak the same. A line of the
    assistant has ``trace``, the stored TURN with score parts. ``name`` is an agent's.
    """

    key: str
    author: Author
    text: str
    at: datetime
    name: str = ""
    language: Language = "en"
    turn: int | None = None
    intent: str | None = None
    confidence: float | None = None
    low_confidence: bool = False
    ledger: Constraints = Constraints()
    gist: str = ""
    trace: dict[str, Any] | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a draft rests on: a product's record, a policy passage, or an order.

    ``ref`` is a SKU, ``topic/heading`` or an order number; ``facts`` are label and value as the record has them;
    ``matched_by`` says how an order was found (``number``, ``email`` or ``name``: a name alone wants a second look).
    """

    kind: SourceKind
    ref: str
    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    matched_by: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A draft as the agent sees it. ``answers`` is the line or question it answers."""

    id: int
    status: DraftStatus
    text: str
    final: str | None
    gist: str
    style: Style
    language: ReplyLanguage
    answers: str
    prompt: str | None
    sources: tuple[Source, ...]
    claims: Claims
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DraftText:
    """The next checked sentence of a draft; the texts of a draft, put together, are what is written so far."""

    text: str


@dataclass(frozen=True, slots=True)
class DraftReady:
    """The draft is stored. ``sent`` is whether full-auto sent it at once."""

    draft: Suggestion
    sent: bool = False


@dataclass(frozen=True, slots=True)
class DraftStale:
    """The customer wrote while it was written: it was thrown away, nothing is stored."""


DraftEvent: TypeAlias = DraftText | DraftReady | DraftStale


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the console shows of one conversation.

    ``language`` is the customer's; ``shown`` are the products last shown; ``draft`` is the open one. ``bot`` is whether
    the assistant may answer by itself in the shop, ``automatic`` whether full-auto is on. ``mine`` is whether it is the
    asking agent's. ``version`` changes whenever anything in the case does. ``styles`` are those that drafts in the
    customer's language can be asked for with the prompt in use.
    """

    conversation: str
    row: Row
    mine: bool
    language: ReplyLanguage
    lines: tuple[Line, ...]
    ledger: Constraints
    cart: tuple[CartLine, ...]
    shown: tuple[Product, ...]
    orders: tuple[FoundOrder, ...]
    draft: Suggestion | None
    notes: tuple[Note, ...]
    gist: str
    next_questions: tuple[str, ...]
    bot: bool
    automatic: bool
    version: str
    styles: tuple[Style, ...] = ("standard", "shorter")


@dataclass(frozen=True, slots=True)
class Canned:
    """A reply that agents keep at hand."""

    title: str
    text: str
    language: ReplyLanguage
    version: int


@dataclass(frozen=True, slots=True)
class PolicyPassage:
    """A passage of the shop's policies as it is quoted now; ``version`` is 0 where nobody edited the shop's file.

    ``text`` is ``None`` where it was withdrawn; ``original`` is the file's text, empty for one that was added.
    """

    topic: str
    language: ReplyLanguage
    heading: str
    text: str | None
    version: int
    author: str
    original: str
