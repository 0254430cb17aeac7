"""One turn on the page, from the shopper's words to the last suggestion, as a record that grows and as HTML.

The HTML keeps the same skeleton from the first event to the last, so the browser can patch what changed and leave
focus and scroll positions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from assistant.sessions import HEARD, Heard, SessionEvent
from assistant.store.conversations import StoredTurn
from assistant.turns import Done, Said, Shown, Understood
from assistant.types import Card, Product, Question
from assistant.ui.cards import CardRenderer
from assistant.ui.prose import joined, render_prose
from assistant.ui.templating import TEMPLATES
from assistant.ui.texts import WISHES, Wish, Words, words

_BUBBLE = 1200
_LISTS = frozenset(("search", "ideas", "complement"))
# What a list is decided by the plan and told at the end; until then the intent foretells it, so that cards do not move.
_LIST_INTENTS = frozenset(("product_search", "refine_results", "browse_ideas", "recommend_complement"))

Status = Literal["looking", "writing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class TurnView:
    """What the page shows of a turn so far. ``edit`` says how the ledger was changed where that began the turn.

    ``heard`` is whether a person has the message instead of the assistant, ``agent`` who, if somebody has it already;
    ``person`` whether a person answers from here on.
    """

    number: int
    message: str
    language: str
    edit: str | None = None
    status: Status = "looking"
    cards: tuple[Card, ...] = ()
    numbered: bool = False
    relaxed: tuple[str, ...] = ()
    question: Question | None = None
    sentences: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    stopped: bool = False
    conversation: str = ""
    heard: bool = False
    agent: str | None = None
    person: bool = False

    def after(self, event: SessionEvent) -> TurnView:
        """The view once ``event`` has happened."""
        match event:
            case Understood(understanding, _):
                language = "zh" if understanding.language == "zh" else "en"
                return replace(self, language=language, numbered=understanding.intent in _LIST_INTENTS)
            case Shown(cards, relaxed, question):
                return replace(self, cards=cards, relaxed=relaxed, question=question, status="writing")
            case Heard(_, agent):
                return replace(self, heard=True, agent=agent)
            case Said(text):
                return replace(self, sentences=(*self.sentences, text), status="writing")
            case Done(turn, _):
                return replace(
                    self,
                    sentences=(turn.reply,),
                    numbered=turn.action in _LISTS,
                    suggestions=turn.suggestions,
                    stopped=turn.stopped,
                    person=turn.handoff,
                    language="zh" if turn.understanding.language == "zh" else "en",
                    status="done",
                )

    def failed(self) -> TurnView:
        """The view of a turn that broke off; what was shown stays."""
        return replace(self, status="failed", question=None, suggestions=())

    def render(self, cards: CardRenderer) -> str:
        """The turn as HTML."""
        w = words(self.language)
        return TEMPLATES.get_template("turn.html").render(
            t=self,
            w=w,
            message=self.message[:_BUBBLE],
            rest=max(len(self.message) - _BUBBLE, 0),
            notice=_notice(self.relaxed, bool(self.cards), w),
            cards=cards.render(self.cards, w, numbered=self.numbered, turn=self.number),
            reads=(w.named_reads.format(self.agent) if self.agent else w.colleague_reads) if self.heard else "",
            prose=render_prose(joined(self.sentences, self.language)) if self.sentences else Markup(""),
        )


def stored_view(turn: StoredTurn, find: Callable[[str], Product | None], conversation: str) -> TurnView:
    """A turn as it was, out of its trace; products that have left the catalogue are left out.

    Args:
        turn: as it was stored.
        find: the product of a SKU.
        conversation: its id.
    """
    trace = turn.trace
    found = {c["sku"]: c for c in trace.get("candidates", ())}
    cards = tuple(
        Card(
            product,
            shown["title"],
            shown["price"],
            shown["currency"],
            why=tuple(found.get(shown["sku"], {}).get("why", ())),
            parts=found.get(shown["sku"], {}).get("parts", {}),
        )
        for shown in trace.get("products", ())
        if (product := find(shown["sku"])) is not None
    )
    question = trace.get("question")
    return TurnView(
        turn.number,
        turn.message,
        "zh" if trace.get("language") == "zh" else "en",
        status="done",
        cards=cards,
        numbered=trace.get("action") in _LISTS,
        relaxed=tuple(trace.get("relaxed", ())),
        question=Question(question["field"], tuple(question["options"])) if question else None,
        sentences=(trace.get("reply", ""),),
        suggestions=tuple(trace.get("suggestions", ())),
        stopped=bool(trace.get("stopped")),
        conversation=conversation,
        heard=trace.get("kind") == HEARD,
    )


def _notice(relaxed: Sequence[str], any_cards: bool, w: Words) -> str | None:
    if not relaxed:
        return None
    glue = "、" if w.lang == "zh" else ", "
    return (w.near_miss if any_cards else w.in_the_way).format(glue.join(w.field(name) for name in relaxed))


def render_welcome(wishes: Sequence[Wish]) -> str:
    """What a new conversation shows: what this is, in both languages, and wishes to begin with."""
    return TEMPLATES.get_template("welcome.html").render(
        english=[x for x in wishes if x.language == "en"], chinese=[x for x in wishes if x.language == "zh"]
    )


def render_header(w: Words) -> str:
    """The shop's sign."""
    return TEMPLATES.get_template("header.html").render(w=w)


def fitting_wishes(products: Sequence[str], *, per_language: int = 3) -> tuple[Wish, ...]:
    """The example wishes whose product phrase is among ``products``, a few of each language."""
    there = [x for x in WISHES if x.product in products]
    english = [x for x in there if x.language == "en"][:per_language]
    return (*english, *[x for x in there if x.language == "zh"][:per_language])
