"""The only place where the stages meet: understand → plan → retrieve → review → write, as a stream of events.

``Assistant`` holds models and an index, never a conversation: state comes in and goes out with every message, so
nothing can leak from one shopper to another. Cards are yielded before any text; text comes sentence by sentence,
after its check.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.catalog import PolicyBook
from assistant.companions import Companions
from assistant.dialogue import DialogueState, Plan, Planner
from assistant.dialogue.privacy import personal_wish
from assistant.dialogue.review import relaxations, standing_in_the_way
from assistant.dialogue.state import Topic
from assistant.dialogue.topics import replace_ledger
from assistant.for_you import ForYou, Suggestion
from assistant.generation import BlurbWriter, ReplyWriter
from assistant.generation.generator import never
from assistant.generation.writer import ANYBODY, Listener
from assistant.narrowing import Narrower
from assistant.personal import NO_TASTE, Bounds, Personal, Taste
from assistant.ranking import card_of, page, shown_price
from assistant.recommendation import Complements
from assistant.recommendation.base import Recommender
from assistant.recommendation.complements_events import Together
from assistant.retrieval import Filters, SearchEngine, SearchResult
from assistant.turns import Done, Event, Said, Shown, Understood
from assistant.types import (
    Card,
    CategoryPrediction,
    Claims,
    Constraints,
    Language,
    Product,
    Question,
    Reading,
    Timing,
    Turn,
    Understanding,
)
from assistant.understanding import CategoryClassifier, Reader

# Ideas and complements are browsed, not looked up: at most so many cards of one product type come first.
_PER_TYPE = 2
_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class _Found:
    """What retrieval and review brought for a list turn."""

    cards: tuple[Card, ...] = ()
    relaxed: tuple[str, ...] = ()
    total: int = 0
    soft: tuple[str, ...] = ()
    currency_missing: str | None = None
    known: bool = True
    retrieve_ms: float = 0.0
    rank_ms: float = 0.0
    products: tuple[Product, ...] = ()


class Assistant:
    """One catalogue, its models, and the way through them. Safe to share between threads and conversations."""

    def __init__(
        self,
        reader: Reader,
        engine: SearchEngine,
        complements: Complements,
        blurbs: BlurbWriter,
        replies: ReplyWriter,
        policies: PolicyBook,
        *,
        categories: CategoryClassifier | None = None,
        page_size: int = 5,
        recommender: Recommender | None = None,
        bounds: Bounds | None = None,
        together: Together | None = None,
    ) -> None:
        """``bounds`` are how far lists may be moved by what a shopper did; those of the defaults by default."""
        self.reader = reader
        self.engine = engine
        self.blurbs = blurbs
        self.replies = replies
        self.companions = Companions(engine, complements, recommender, together)
        self.personal = Personal(engine, bounds or Bounds(), recommender)
        self._for_you = ForYou(engine, self.companions, self.personal)
        self.policies = policies
        self._categories = categories
        self._page_size = page_size
        self._planner = Planner(engine.lexicon, engine.product, self._price)

    def reply(self, state: DialogueState, message: str) -> Done:
        """The finished turn for one message, without streaming."""
        for event in self.stream(state, message):
            if isinstance(event, Done):
                return event
        raise AssertionError("a stream always ends with Done")

    def stream(
        self,
        state: DialogueState,
        message: str,
        *,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        taste: Taste = NO_TASTE,
    ) -> Iterator[Event]:
        """Answer one message.

        Args:
            state: what the conversation remembers; ``DialogueState()`` for the first message.
            message: the shopper's words, any text.
            stopped: asked while the recommendation is written; once true, what is said stays and nothing follows.
            listener: whose place in the generator's line it is, and by which prompt labels they are served.
            taste: what the shopper did in this session; without it every shopper gets the same.

        Yields:
            ``Understood``, ``Shown``, then ``Said`` per sentence, then ``Done``.
        """
        started = time.perf_counter()
        reading = self.reader.read(message)
        plan = self._planner.plan(reading, state)
        if plan.action == "policy" and (wanted := personal_wish(reading.text)) is not None:
            plan = replace(plan, state=replace(plan.state, personal=wanted))
        understand_ms = _since(started)
        yield from self._carry_out(reading, plan, state, started, understand_ms, stopped, listener, taste)

    def search_again(
        self,
        state: DialogueState,
        ledger: Constraints,
        *,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        taste: Taste = NO_TASTE,
    ) -> Iterator[Event]:
        """Answer an edit of the ledger (a chip removed or changed) as if the shopper had said it."""
        started = time.perf_counter()
        topic = state.topic
        language: Language = "zh" if state.language == "zh" else "en"
        understanding = Understanding("refine_results", 1.0, language, Constraints())
        reading = Reading("", understanding)
        if topic is None:
            return
        state = replace_ledger(state, ledger)
        action = {"search": "search", "ideas": "ideas", "complement": "complement"}[topic.kind]
        plan = Plan(action, state, search=True, is_list=True)  # type: ignore[arg-type]
        yield from self._carry_out(reading, plan, state, started, _since(started), stopped, listener, taste)

    # -- one turn -----------------------------------------------------------------------------------------------------

    def _carry_out(
        self,
        reading: Reading,
        plan: Plan,
        before: DialogueState,
        started: float,
        understand_ms: float,
        stopped: Callable[[], bool],
        listener: Listener,
        taste: Taste,
    ) -> Iterator[Event]:
        understanding = reading.understanding
        language = "zh" if understanding.language == "zh" else "en"
        ledger = replace(plan.state.ledger, references=reading.constraints.references)
        yield Understood(understanding, ledger)

        found = self._find(plan, language, taste)
        question = None
        if plan.search and found.cards and not found.relaxed and not before.asked:
            question = Narrower(self.engine, self.reader).question(
                found.products, found.cards[0].currency, plan.state.ledger, language
            )
        yield Shown(found.cards, found.relaxed, question)

        sentences: list[str] = []
        claims = Claims()
        prompt: str | None = None
        first_token: float | None = None
        first_text: float | None = None
        intro = self._intro(reading, plan, found, language, first=before.turns == 0)
        for sentence in intro:
            first_text = first_text if first_text is not None else _since(started)
            sentences.append(sentence)
            yield Said(sentence)
        if plan.is_list and found.cards and not plan.returned and not stopped():
            lead = found.cards[0]
            request = reading.text or (plan.topic.request if plan.topic else "")
            generation_began = _since(started)
            wish = plan.state.ledger
            with self.blurbs.begin(lead, request, language, stopped=stopped, listener=listener, wish=wish) as blurb:
                for piece in blurb:
                    sentences.append(piece)
                    yield Said(piece)
            claims = claims + blurb.claims
            prompt = blurb.prompt
            if blurb.first_token_ms is not None:
                first_token = generation_began + blurb.first_token_ms
        superlative = reading.constraints.sort in ("price_asc", "price_desc", "rating_desc")
        turn = Turn(
            message=reading.text,
            understanding=understanding,
            ledger=ledger,
            action=plan.action,
            cards=found.cards,
            referenced=plan.referenced,
            question=question,
            reply=_join(sentences, language),
            asks_clarification=plan.action == "clarify",
            handoff=plan.action == "handoff",
            refused=plan.action == "refuse",
            relaxed=found.relaxed,
            cart=plan.state.cart,
            claims=claims,
            prompt=prompt,
            stopped=stopped(),
            suggestions=self.replies.suggestions(plan.action, found.cards, language),
            categories=self._label(plan),
            ms=Timing(
                understand=understand_ms,
                retrieve=found.retrieve_ms if plan.search else None,
                rank=found.rank_ms if plan.search else None,
                first_token=first_token,
                first_text=first_text,
                total=_since(started),
            ),
        )
        yield Done(turn, self._remember(plan, found, question, superlative=superlative))

    def goes_with(self, product: Product, language: str, *, k: int = 3) -> tuple[Card, ...]:
        """Products of other types that go with one, best first, at most one of each type; for its own page."""
        cards = self.companions.goes_with(product, language, k=k)
        return tuple(replace(c, why=self._bonds((product.sku,), c, language)) for c in cards)

    def _bonds(self, anchors: Sequence[str], card: Card, language: str) -> tuple[str, ...]:
        """Why a card goes with the anchors, where there is a true reason."""
        bond = self.companions.bond(anchors, card.product)
        return () if bond is None else self.replies.bond(bond, language, single=len(anchors) == 1)

    def for_you(
        self, taste: Taste, language: str, *, k: int = 6, currency: str | None = None, asked: Constraints | None = None
    ) -> tuple[Suggestion, ...]:
        """Products for what a shopper did, each with its reason; ``asked`` are constraints whose refusals hold too."""
        return self._for_you.suggestions(taste, language, k=k, currency=currency, asked=asked)

    def _label(self, plan: Plan) -> tuple[CategoryPrediction, ...]:
        """The product types a list turn is likeliest about, of the text that was searched for."""
        if self._categories is None or not plan.search or plan.state.topic is None:
            return ()
        return tuple(self._categories.predict([plan.state.topic.request])[0])

    def _remember(self, plan: Plan, found: _Found, question: Question | None, *, superlative: bool) -> DialogueState:
        state = replace(plan.state, turns=plan.state.turns + 1, asked=question is not None)
        if not plan.is_list:
            return state
        skus = tuple(card.product.sku for card in found.cards)
        if plan.search and state.topic is not None:
            shown = tuple(dict.fromkeys((*state.topic.shown, *skus)))
            topic = replace(state.topic, page=skus or state.topic.page, shown=shown)
            topics = tuple(topic if i == state.active else t for i, t in enumerate(state.topics))
            state = replace(state, topics=topics)
        if skus:
            # "The cheapest one" means the first of what is shown, so "it" does afterwards.
            single = len(skus) == 1 or superlative
            state = replace(state, listed=skus, focus=skus[:1] if single else ())
        return state

    # -- retrieve and review ------------------------------------------------------------------------------------------

    def _find(self, plan: Plan, language: str, taste: Taste) -> _Found:
        currency = plan.state.ledger.currency
        if not plan.search:
            products = [p for sku in plan.skus if (p := self.engine.product(sku))]
            return _Found(tuple(self._card(p, language, currency) for p in products))
        began = time.perf_counter()
        topic = plan.topic
        assert topic is not None
        constraints, missing = self._applicable(topic.constraints)
        relaxed: tuple[str, ...] = ("price_max",) if missing and topic.constraints.price_max is not None else ()
        if missing and topic.constraints.price_min is not None:
            relaxed = (*relaxed, "price_min")
        result = self._retrieve(plan, constraints, language)
        if not result.candidates and not plan.exclude:
            result, loosened = self._relax(plan, constraints, language)
            relaxed = (*relaxed, *(f for f in loosened if f not in relaxed))
        if not result.topic_known and result.candidates and "product" not in relaxed:
            relaxed = (*relaxed, "product")
        retrieve_ms = _since(began)
        began = time.perf_counter()
        count = plan.limit or self._page_size
        if not relaxed and not constraints.sort:
            filters = Filters(constraints, language=language, price_currency=topic.price_currency)
            result = self.personal.moved(
                result, topic, taste, filters, size=count, exclude=plan.exclude, card=self.companions.card_number
            )
        spread = topic.kind != "search" and not (topic.kind == "complement" and topic.constraints.product)
        cards = page(
            result.candidates,
            language,
            size=count,
            currency=currency,
            variants=self._variants_within(constraints, language),
            group=self.companions.card_number,
            max_per_type=_PER_TYPE if spread else None,
        )
        cards = tuple(replace(c, why=self._why(c, topic, language)) for c in cards)
        pool = tuple(c.product for c in result.candidates)
        return _Found(
            cards,
            relaxed,
            result.total,
            result.soft,
            missing,
            result.topic_known,
            retrieve_ms,
            _since(began),
            pool,
        )

    def _why(self, card: Card, topic: Topic, language: str) -> tuple[str, ...]:
        """Short reasons for a card of a list; of a complement, why it goes with what it was asked for."""
        reasons = self.replies.why(card, topic.constraints, language)
        if topic.kind != "complement" or not topic.anchors:
            return reasons
        bonds = self._bonds(topic.anchors, card, language)
        return (*bonds, *reasons[: 3 - len(bonds)])

    def _applicable(self, c: Constraints) -> tuple[Constraints, str | None]:
        """The constraints without bounds in a currency that no price of the catalogue is in, and that currency."""
        if c.currency and c.currency not in self.engine.columns.currencies and (c.price_max or c.price_min is not None):
            return replace(c, price_min=None, price_max=None, currency=None), c.currency
        return c, None

    def _retrieve(self, plan: Plan, constraints: Constraints, language: str, *, k: int = 60) -> SearchResult:
        topic = plan.topic
        assert topic is not None
        filters = Filters(constraints, language=language, price_currency=topic.price_currency)
        if topic.kind == "complement" and topic.anchors:
            return self.companions.find(topic.anchors, topic.request, filters, k=k, exclude=plan.exclude)
        return self.engine.search(
            topic.request, filters, k=k, exclude=plan.exclude, use_topic=constraints.product is not None
        )

    def _relax(self, plan: Plan, constraints: Constraints, language: str) -> tuple[SearchResult, tuple[str, ...]]:
        """The nearest products under the fewest loosened fields, or none and the field that stands in the way."""
        empty = SearchResult((), 0, constraints)
        if plan.relative:
            # "Cheaper than that": showing dearer ones would contradict the wish, so only the reason is given.
            return empty, ("price_max" if plan.relative == "cheaper" else "price_min",)
        for fields, loosened in relaxations(constraints):
            result = self._retrieve(plan, loosened, language)
            if not result.candidates:
                continue
            if "price_max" in fields or "price_min" in fields:
                result = self._nearest_in_price(result, constraints, language)
            return result, fields
        return empty, (standing_in_the_way(constraints),)

    def _nearest_in_price(self, result: SearchResult, constraints: Constraints, language: str) -> SearchResult:
        low, high = constraints.price_min, constraints.price_max

        def distance(product: Product) -> float:
            price = shown_price(product, language, constraints.currency).amount
            if high is not None and price > high:
                return price - high
            return low - price if low is not None and price < low else 0.0

        best = sorted(result.candidates[:40], key=lambda c: distance(c.product))
        return replace(result, candidates=tuple(best))

    def _variants_within(self, constraints: Constraints, language: str) -> _Variants:
        return _Variants(self, constraints, language)

    def group(self, product: Product) -> tuple[Product, ...]:
        """The other SKUs that share a product's card, but for plain repetitions of one that is shown."""
        return self.companions.group(product)

    def _card(self, product: Product, language: str, currency: str | None) -> Card:
        return card_of(product, language, currency=currency, variants=self.group(product))

    def _price(self, sku: str, language: str) -> tuple[float, str]:
        product = self.engine.product(sku)
        assert product is not None, sku
        price = shown_price(product, language)
        return price.amount, price.currency

    # -- words that need no generator ---------------------------------------------------------------------------------

    def _intro(self, reading: Reading, plan: Plan, found: _Found, language: str, *, first: bool) -> list[str]:
        out: list[str] = []
        say = self.replies
        if first and plan.action not in ("chat",):
            out.append(say.disclosure(language))
        intent = plan.intent or reading.understanding.intent
        match plan.action:
            case "search" | "ideas" | "complement":
                topic = plan.topic
                assert topic is not None
                anchors = tuple(self.engine.product(s) for s in topic.anchors)
                out += say.results(
                    language,
                    kind=topic.kind,
                    cards=found.cards,
                    ledger=replace(topic.constraints, currency=topic.constraints.currency or topic.price_currency),
                    total=found.total + len(plan.exclude),
                    relaxed=found.relaxed,
                    soft=found.soft,
                    currency_missing=found.currency_missing,
                    returned=plan.returned,
                    exhausted=bool(plan.exclude) and not found.cards,
                    anchors=tuple(p for p in anchors if p is not None),
                )
            case "compare":
                out += say.compare(language, found.cards, reading.text)
            case "answer":
                out += say.answer(language, found.cards, reading.text, intent, reading.constraints)
            case "policy":
                passages = self.policies.about(plan.policy or "contact", language)
                if (wanted := personal_wish(reading.text)) is not None:
                    return [*out, say.personal(language, wanted=wanted)]
                out += say.policy(language, intent, passages, reading.text)
            case "cart":
                assert plan.change is not None
                lines = [(p, line.quantity) for line in plan.state.cart if (p := self.engine.product(line.sku))]
                touched = [p for sku in plan.change.touched if (p := self.engine.product(sku))]
                out += say.cart(language, plan.change.operation, lines, touched)
            case "clarify":
                pending = plan.state.pending or intent
                out += say.clarify(language, plan.clarify or "reference", pending, plan.missing, len(plan.state.listed))
            case _:
                out += say.social(language, plan.action, intent, reading.text, first=first)
        return out


class _Variants:
    """Looks up the group members of a product that satisfy the same hard constraints."""

    def __init__(self, assistant: Assistant, constraints: Constraints, language: str) -> None:
        self._assistant = assistant
        self._filters = Filters(replace(constraints, terms=()), language=language)

    def __call__(self, product: Product) -> Sequence[Product]:
        group = self._assistant.group(product)[:_VARIANTS]
        if not group:
            return ()
        engine = self._assistant.engine
        within = np.zeros(len(engine.products), dtype=np.bool_)
        for p in group:
            within[engine.index.rows[p.sku]] = True
        allowed = engine.columns.mask(self._filters, within=within)
        return [p for p in group if allowed[engine.index.rows[p.sku]]]


def _since(started: float) -> float:
    """Milliseconds since ``started``."""
    return (time.perf_counter() - started) * 1000


def _join(sentences: Sequence[str], language: str) -> str:
    out = ""
    for sentence in sentences:
        glue = "" if not out or out.endswith("\n") or sentence.startswith("\n") or language == "zh" else " "
        out += glue + sentence
    return out.strip()
