"""A reply for the agent to send: written by the assistant's own pipeline, with what it rests on.

The line it answers is answered from the state before it, so that "cheaper" means what it meant. Order matters are told
from the order's record. Sentences only a machine would say of itself are left out. Stores nothing but the draft.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.catalog import Passage, PolicyBook
from assistant.desk.gist import Gist
from assistant.desk.order_words import order_facts, order_sentences, status_word
from assistant.desk.orders import FoundOrder, OrderBook
from assistant.desk.plain import without_tables
from assistant.desk.records import DraftEvent, DraftReady, DraftStale, DraftText, Style
from assistant.desk.sources import Outcome, cart_changes, product_source, suggestion_of
from assistant.desk.styles import styled
from assistant.desk.targets import Target, order_for
from assistant.dialogue import DialogueState
from assistant.dialogue.plan import POLICY_TOPICS
from assistant.generation.replies.policies import ORDER_INTENTS, PolicyReplies
from assistant.generation.slots import money
from assistant.lexicon import Lexicon
from assistant.sessions import Sessions
from assistant.store.desk import DeskStore
from assistant.turns import Done, Said, Understood
from assistant.types import Card, Claims, Product, ReplyLanguage, Turn

# What the assistant says of itself, or of a shop without people: wrong from an agent's mouth.
_OF_A_MACHINE = re.compile(
    r"\bAI\b|\b(?:talk to|ask for|tell) a person\b|\bno order system\b|\bstepping back\b|\bgoes to a person\b"
    r"|转(?:给)?人工|交给人工|接入订单系统|连接订单系统|AI\s*导购|我是机器人",
    re.I,
)
_QUOTED = re.compile(r"[“「].*[”」]", re.S)
_ASK_NUMBER = {
    "en": "Could you tell me your order number, or the e-mail address you ordered with? Then I will look it up.",
    "zh": "请把订单号或下单时用的邮箱发给我，我马上为您查询。",
}
_ASK_BACK = {
    "en": "I have read what you wrote. Could you tell me a little more about what you need?",
    "zh": "前面的内容我都看过了，能再具体说说您需要什么吗？",
}
_MOST_SOURCES = 5
_LISTS = frozenset(("search", "ideas", "complement"))
_FEW, _MANY = 3, 5
# Between two looks whether the customer wrote; a generator asks at every token.
_SECONDS = 0.3


@dataclass
class _Written:
    """What came of one run, while it is written."""

    sentences: list[str] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    turn: Turn | None = None
    state: DialogueState | None = None
    action: str = "chat"
    orders: list[FoundOrder] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


class Drafter:
    """Writes drafts. Safe to share; a draft is written by whoever iterates."""

    def __init__(
        self,
        sessions: Sessions,
        store: DeskStore,
        lines: Callable[[str], int | None],
        policies: PolicyBook,
        orders: OrderBook,
        gist: Gist,
        lexicon: Lexicon,
    ) -> None:
        """``lines`` counts what the customer wrote in a conversation that people look after, ``None`` where none do."""
        self._sessions = sessions
        self._store = store
        self._lines = lines
        self._policies = policies
        self._orders = orders
        self._gist = gist
        self._lexicon = lexicon
        self._replies = PolicyReplies()

    def write(
        self, conversation: str, target: Target, style: Style, interface: ReplyLanguage, *, customer: str = ""
    ) -> Iterator[DraftEvent]:
        """Write and store a draft.

        Args:
            conversation: its id.
            target: what is answered.
            style: how.
            interface: the agent's language, for the gist and the names of facts.
            customer: what the customer is called, for finding orders.

        Yields:
            The sentences, then the stored draft, or that it was thrown away.
        """
        begun = self._lines(conversation)
        written = _Written()
        stale = _Seldom(lambda: self._lines(conversation) != begun)
        for sentence in self._sentences(target, style, written, customer, stale):
            if self._lines(conversation) != begun:
                yield DraftStale()
                return
            glue = "" if not written.sentences or target.language == "zh" or sentence[:1].isspace() else " "
            written.sentences.append(sentence)
            yield DraftText(glue + sentence)
        text = _put_together(written.sentences, target.language)
        self._cite(written, text, target.language, interface)
        stored = None
        if begun is not None:
            stored = self._store.suggest(
                conversation,
                begun,
                text,
                gist=self._gist_of(written, interface),
                style=style,
                prompt=written.turn.prompt if written.turn is not None else None,
                sources=[*written.sources, self._outcome(written, target).to_dict()],
            )
        yield DraftStale() if stored is None else DraftReady(suggestion_of(stored))

    # -- the sentences -------------------------------------------------------------------------------------------------

    def _sentences(
        self, target: Target, style: Style, written: _Written, customer: str, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        intent, known = self._intent(target), self._orders.orders
        found = self._orders.find(target.said, name=customer) if known else ()
        chosen = order_for(found, target, intent) if found else None
        if chosen is not None:
            yield from self._of_order(chosen, target, intent, style, written)
            return
        if known and intent in ORDER_INTENTS:
            written.action = "ask_number"
            yield _ASK_NUMBER[target.language]
            return
        if intent == "speak_to_human":
            # The person is there now; that one will come is no answer.
            written.action = "ask_back"
            yield _ASK_BACK[target.language]
            return
        said = False
        assistant = styled(self._sessions.assistant, style)
        state = replace(target.state, turns=max(target.state.turns, 1))
        for event in assistant.stream(state, target.message, stopped=stopped):
            if isinstance(event, Said) and (sentence := _as_a_person(event.text)):
                said = True
                yield without_tables(sentence, target.language)
            elif isinstance(event, Done):
                written.turn, written.action, written.state = event.turn, event.turn.action, event.state
        if not said:
            written.action = "ask_back"
            yield _ASK_BACK[target.language]
        elif written.turn is not None and written.turn.action in _LISTS:
            # Cards are for the shop's page; whoever reads a message sees words only.
            yield from _as_lines(written.turn.cards[: _FEW if style == "shorter" else _MANY], target.language)

    def _intent(self, target: Target) -> str:
        """What the line was read as; a question that was not asked yet is read now."""
        if target.intent is not None:
            return target.intent
        events = self._sessions.assistant.stream(target.state, target.message, stopped=lambda: True)
        return next(e.understanding.intent for e in events if isinstance(e, Understood))

    def _of_order(
        self, found: FoundOrder, target: Target, intent: str, style: Style, written: _Written
    ) -> Iterator[str]:
        written.action = "order"
        written.orders.append(found)
        yield from order_sentences(found.order, target.language, short=style == "shorter", intent=intent)
        topic = POLICY_TOPICS.get(intent)
        if topic is None or intent in ORDER_INTENTS:
            return
        passages = self._policies.about(topic, target.language)
        for sentence in self._replies.reply(target.language, intent, passages, target.message):
            if _as_a_person(sentence):
                yield sentence

    # -- what it rests on ----------------------------------------------------------------------------------------------

    def _cite(self, written: _Written, text: str, language: ReplyLanguage, interface: ReplyLanguage) -> None:
        """The records, passages and orders that the text is made of, as documents."""
        for found in written.orders:
            o = found.order
            written.sources.append(
                {
                    "kind": "order",
                    "ref": o.number,
                    "title": f"{o.number} · {o.customer} · {status_word(o.status, interface)}",
                    "facts": [list(pair) for pair in order_facts(o, interface)],
                    "matched_by": found.matched_by,
                }
            )
        for product in self._named_products(written, text):
            written.sources.append(product_source(product, interface, self._lexicon))
        for passage in self._policies.passages:
            if passage.language == language and passage.text[:60] in text:
                written.passages.append(passage)
                ref = f"{passage.topic}/{passage.heading}"
                written.sources.append({"kind": "policy", "ref": ref, "title": passage.heading, "text": passage.text})

    def _named_products(self, written: _Written, text: str) -> Sequence[Product]:
        if written.turn is None:
            return ()
        cards = written.turn.cards
        named = [c.product for c in cards if c.title in text or (c.product.brand and c.product.brand in text)]
        # The recommendation is of the first card, whatever it calls it.
        first = [cards[0].product] if cards else []
        return list({p.sku: p for p in (*first, *named)}.values())[:_MOST_SOURCES]

    def _gist_of(self, written: _Written, interface: ReplyLanguage) -> str:
        turn = written.turn
        lead = turn.cards[0].product if turn is not None and turn.cards and turn.action in _LISTS else None
        count = len(turn.cards) if turn is not None else 0
        headings = [p.heading for p in written.passages]
        return self._gist.draft(written.action, count, lead, headings, [f.order for f in written.orders], interface)

    def _outcome(self, written: _Written, target: Target) -> Outcome:
        turn = written.turn
        return Outcome(
            answers=target.message,
            language=target.language,
            turn=target.turn,
            action=written.action,
            listed=written.state.listed if written.state is not None else (),
            focus=written.state.focus if written.state is not None else (),
            page=tuple(c.product.sku for c in turn.cards) if turn is not None and turn.action in _LISTS else (),
            cart=cart_changes(target.state.cart, turn.cart) if turn is not None and turn.action == "cart" else (),
            claims=turn.claims if turn is not None else Claims(),
            orders=tuple(f.order.number for f in written.orders),
        )


def _as_a_person(sentence: str) -> str:
    """The sentence, unless it speaks of the writer as a machine; what it quotes may say anything."""
    return "" if _OF_A_MACHINE.search(_QUOTED.sub("", sentence)) else sentence


def _as_lines(cards: Sequence[Card], language: str) -> Iterator[str]:
    """The products of a list, one a line, with the prices of their records."""
    dash = "：" if language == "zh" else " – "
    for place, card in enumerate(cards, 1):
        yield f"\n{place}. {card.title}{dash}{money(card.price, card.currency, language)}"


class _Seldom:
    """A question that is put every so often; in between the last answer holds. Once yes, it stays yes."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._answer = False
        self._asked = time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self._answer and now - self._asked >= _SECONDS:
            self._asked, self._answer = now, self._ask()
        return self._answer


def _put_together(sentences: Sequence[str], language: str) -> str:
    out = ""
    for sentence in sentences:
        glue = "" if not out or out[-1].isspace() or sentence[:1].isspace() or language == "zh" else " "
        out += glue + sentence
    return out.strip()
