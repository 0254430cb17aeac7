"""An assistant without models: the same events in the same order, scripted by the words of the message.

Serves tests of the pages and of the HTTP interface; it searches a handful of products by constraints that the message
spells out. Never part of the product.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.dialogue import DialogueState, Topic
from assistant.for_you import Suggestion
from assistant.generation.generator import never
from assistant.generation.writer import ANYBODY, Listener
from assistant.personal import NO_TASTE, Taste
from assistant.ranking import card_of
from assistant.turns import Done, Event, Said, Shown, Understood
from assistant.types import Card, CartLine, Claims, Constraints, Product, Question, Timing, Turn, Understanding

PRODUCTS: tuple[Product, ...] = tuple(
    Product(
        sku=f"TST-SHOE-{n:02d}",
        title=f"Trundle {name} running shoe",
        price=price,
        description=f"A running shoe called {name}.",
        brand="Trundle",
        category=("footwear", "running shoe"),
        prices={"CNY": price * 6},
        list_price=list_price,
        color=color,
        sizes=("41", "42"),
        size_stock={"41": 2, "42": 0},
        stock=stock,
        group_id=group,
        attributes={"material": "mesh", "weight": "240 g"},
        rating=4.2,
        rating_count=120,
        translations={"zh": {"title": f"Trundle {zh}跑鞋", "description": f"名叫{zh}的跑鞋。", "category": "跑鞋"}},
    )
    for n, (name, zh, price, list_price, color, stock, group) in enumerate(
        [
            ("Dash", "疾风", 59.0, 79.0, "red", 5, "dash"),
            ("Dash Ink", "墨色疾风", 61.0, None, "black", 5, "dash"),
            ("Moss", "苔", 75.5, None, "green", 0, None),
            ("Cloud", "云", 120.0, None, "white", 2, None),
            ("Ember", "余烬", 149.0, None, "orange", 9, None),
        ],
        1,
    )
)


@dataclass(frozen=True)
class _Topic:
    any: bool


@dataclass(frozen=True)
class _Topics:
    def find(self, phrase: str) -> _Topic:
        return _Topic(phrase in ("running shoes", "手机"))


@dataclass(frozen=True)
class FakeEngine:
    """The part of the search engine that the pages read."""

    products: tuple[Product, ...]
    topics: _Topics = field(default_factory=_Topics)

    @property
    def remote_pictures(self) -> bool:
        return any((p.image_url or "").startswith("https://") for p in self.products)

    def product(self, sku: str) -> Product | None:
        return next((p for p in self.products if p.sku == sku), None)


class FakeAssistant:
    """Understands "shoes", "under N", "no COLOUR", "add", "policy" and "boom"; Chinese is whatever has an ideograph.

    ``before_text`` is called between the cards and the text, so a test can hold a turn open there.
    """

    def __init__(
        self, products: Sequence[Product] = PRODUCTS, *, before_text: Callable[[str], None] = lambda message: None
    ) -> None:
        self.engine = FakeEngine(tuple(products))
        self._before_text = before_text
        self._guard = threading.Lock()
        self.running = 0
        self.most_running = 0

    def stream(
        self,
        state: DialogueState,
        message: str,
        *,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        taste: Taste = NO_TASTE,
    ) -> Iterator[Event]:
        with self._guard:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            yield from self._turn(state, message, stopped)
        finally:
            with self._guard:
                self.running -= 1

    def search_again(
        self,
        state: DialogueState,
        ledger: Constraints,
        *,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        taste: Taste = NO_TASTE,
    ) -> Iterator[Event]:
        if state.topic is None:
            return
        topic = state.topic
        topic = replace(topic, constraints=ledger, history=(*topic.history, (topic.constraints, None)))
        yield from self._search(replace(state, topics=(topic,)), "", state.language, stopped)

    def group(self, product: Product) -> tuple[Product, ...]:
        """The other products of a group."""
        return tuple(
            p
            for p in self.engine.products
            if product.group_id and p.group_id == product.group_id and p.sku != product.sku
        )

    def goes_with(self, product: Product, language: str, *, k: int = 3) -> tuple[Card, ...]:
        """The last products of the handful."""
        return tuple(card_of(p, language) for p in self.engine.products[-k:] if p.sku != product.sku)

    def for_you(
        self, taste: Taste, language: str, *, k: int = 6, currency: str | None = None, asked: Constraints | None = None
    ) -> tuple[Suggestion, ...]:
        """What was not met yet of the handful, because of what was done last."""
        met = {sign.sku for sign in taste.signs}
        last = next((s for s in reversed(taste.signs) if s.doing != "dislike"), None)
        because = None if last is None else self.engine.product(last.sku)
        if last is None or because is None:
            return ()
        left = [p for p in self.engine.products if p.sku not in met and p.in_stock]
        return tuple(Suggestion(card_of(p, language, currency=currency), because, last.doing) for p in left[:k])

    def _turn(self, state: DialogueState, message: str, stopped: Callable[[], bool]) -> Iterator[Event]:
        language = "zh" if re.search(r"[\u4e00-\u9fff]", message) else "en"
        state = replace(state, language=language)
        if "boom" in message:
            yield Understood(Understanding("product_search", 0.9, language, Constraints()), state.ledger)
            raise RuntimeError("the script says boom")
        if re.search(r"\badd\b|加入", message, re.I) and state.listed:
            position = int((re.search(r"\d+", message) or [1])[0])
            sku = state.listed[position - 1]
            state = replace(state, cart=(*state.cart, CartLine(sku, 1)), turns=state.turns + 1)
            yield from self._plain(state, message, "manage_cart", "cart", f"Added {sku}.")
            return
        limit = re.search(r"(?:under|低于)\D*(\d+)", message)
        no = tuple(re.findall(r"\bno (\w+)", message))
        if "shoe" in message or "鞋" in message or limit:
            said = Constraints(
                product="shoes", price_max=float(limit[1]) if limit else state.ledger.price_max, exclude_colors=no
            )
            topic = Topic("search", said, message)
            yield from self._search(replace(state, topics=(topic,), active=0), message, language, stopped)
            return
        yield from self._plain(
            replace(state, turns=state.turns + 1), message, "smalltalk", "chat", f"You said: {message[:80]}"
        )

    def _plain(self, state: DialogueState, message: str, intent: str, action: str, reply: str) -> Iterator[Event]:
        understanding = Understanding(intent, 0.8, state.language, Constraints())  # type: ignore[arg-type]
        yield Understood(understanding, state.ledger)
        yield Shown((), (), None)
        self._before_text(message)
        yield Said(reply)
        yield Done(
            Turn(message, understanding, state.ledger, action, reply=reply, cart=state.cart),  # type: ignore[arg-type]
            state,
        )

    def _search(
        self, state: DialogueState, message: str, language: str, stopped: Callable[[], bool]
    ) -> Iterator[Event]:
        ledger = state.ledger
        understanding = Understanding("product_search", 0.97, language, ledger)  # type: ignore[arg-type]
        yield Understood(understanding, ledger)
        fits = [
            p
            for p in self.engine.products
            if (ledger.price_max is None or p.price <= ledger.price_max) and p.color not in ledger.exclude_colors
        ]
        relaxed = () if fits else ("price_max",)
        cards = tuple(replace(card_of(p, language), why=("mesh",)) for p in (fits or self.engine.products)[:5])
        question = Question("colors", ("in red", "in black")) if len(cards) > 3 else None
        yield Shown(cards, relaxed, question)
        self._before_text(message)
        sentences: tuple[str, ...] = (
            ("**这些**跑鞋合适。", "第一双很轻。") if language == "zh" else ("**These** fit.", "The first is light.")
        )
        if stopped():
            sentences = ()
        for sentence in sentences:
            yield Said(sentence)
        state = replace(state, listed=tuple(c.product.sku for c in cards), turns=state.turns + 1)
        yield Done(
            Turn(
                message,
                understanding,
                ledger,
                "search",
                cards=cards,
                question=question,
                reply="".join(sentences) if language == "zh" else " ".join(sentences),
                relaxed=relaxed,
                cart=state.cart,
                claims=Claims(2, 0, 0, 0),
                prompt="blurb@0",
                stopped=stopped(),
                suggestions=("更便宜的",) if language == "zh" else ("something cheaper",),
                ms=Timing(understand=1.0, total=2.0),
            ),
            state,
        )
