"""One message followed through every stage of the assistant that really answers it, with what each stage made.

Knows the stages' public results. Answers nothing itself: the turn is the assistant's own, and what was overheard beside
it is kept. A second search with the turn's own plan gives the rows and score parts that a turn does not keep.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.assembly import Parts
from assistant.dialogue import DialogueState
from assistant.evaluation.prompt_preview import Silent
from assistant.generation import BlurbWriter
from assistant.generation.claim import Claim
from assistant.generation.prompts import Prompt
from assistant.generation.writer import BlurbRun
from assistant.lexicon import simplify
from assistant.pipeline import Assistant
from assistant.retrieval import Filters, SearchResult, explain
from assistant.retrieval.shares import Shares, search_in_shares
from assistant.turns import Done, Said, Shown
from assistant.types import Candidate, Card, Claims, ReplyLanguage, Turn
from assistant.understanding.intent import IntentPrediction

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as the model wrote it, slots open, and what the claim check reads in it."""

    text: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it was shown. ``origin``: ``model``, ``mended``, ``replaced`` or ``added`` from the record."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Text:
    """How the recommendation came about: what the model was given, what it wrote, what was shown."""

    prompt: str
    given: str
    lead: str
    slots: Mapping[str, str]
    drafts: tuple[Draft, ...]
    sentences: tuple[Sentence, ...]
    claims: Claims
    tokens: int


@dataclass(frozen=True, slots=True)
class Search:
    """How the products were found: every row that was left, in order, with the shares of its score."""

    result: SearchResult
    shares: tuple[Shares, ...]
    explained: Mapping[str, Any]
    groups: tuple[int | None, ...]
    """Of each row the number of the product whose listings it shares a card with; ``None`` for one of its own."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A message and all that became of it. ``marks`` are milliseconds since the message came."""

    message: str
    prediction: IntentPrediction
    turn: Turn
    before: DialogueState
    after: DialogueState
    search: Search | None
    text: Text | None
    marks: Mapping[str, float]

    @property
    def language(self) -> str:
        """The language of the reply."""
        return "zh" if self.turn.understanding.language == "zh" else "en"


def ready(parts: Parts) -> None:
    """Load everything and use it once, so that the first message that is measured is like any other."""
    parts.blurbs.warm()
    for words in ("a red mug", "红色的杯子"):
        _silenced(parts).reply(DialogueState(), words)


def follow(parts: Parts, message: str, state: DialogueState | None = None, *, write: bool = True) -> Journey:
    """Have a message answered and keep what every stage made of it.

    Args:
        parts: the running assistant.
        message: the shopper's words.
        state: what the conversation remembers; without it the message is the first one.
        write: off where only what comes before the text matters: the text generator is left alone then.
    """
    before = state or DialogueState()
    writer = _overhearing(parts)
    assistant = _with(parts.assistant, writer) if write else _silenced(parts)
    marks: dict[str, float] = {}
    done: Done | None = None
    began = time.perf_counter()
    for event in assistant.stream(before, message):
        now = (time.perf_counter() - began) * 1000
        if isinstance(event, Shown):
            marks["cards shown"] = now
        elif isinstance(event, Said):
            marks.setdefault("first sentence", now)
        elif isinstance(event, Done):
            marks["finished"] = now
            done = event
    assert done is not None, "a stream always ends with Done"
    prediction = parts.classifier.predict([simplify(message)])[0]
    return Journey(
        message,
        prediction,
        done.turn,
        before,
        done.state,
        _searched(parts, done),
        writer.told(),
        marks,
    )


def _searched(parts: Parts, done: Done) -> Search | None:
    """The search of a turn once more, for all its rows; ``None`` where the turn did none of its own."""
    topic = done.state.topic
    if done.turn.action != "search" or topic is None or not done.turn.cards:
        return None
    engine = parts.engine
    language = "zh" if done.turn.understanding.language == "zh" else "en"
    filters = Filters(topic.constraints, language=language, price_currency=topic.price_currency)
    use_topic = topic.constraints.product is not None
    result, shares = search_in_shares(engine, topic.request, filters, use_topic=use_topic)
    rows = [engine.index.rows[c.product.sku] for c in result.candidates]
    groups = tuple(engine.groups.number(row) for row in rows)
    return Search(result, shares, explain(engine, topic.request, filters, result), groups)


def cards_of_rows(search: Search, turn: Turn) -> tuple[int | None, ...]:
    """Of each row the card, from 1, that it is shown on; ``None`` for those that are not shown."""
    places = {card.product.sku: place for place, card in enumerate(turn.cards, 1)}
    skus = [c.product.sku for c in search.result.candidates]
    shared = {
        group: places[sku]
        for sku, group in zip(skus, search.groups, strict=True)
        if group is not None and sku in places
    }
    return tuple(
        places.get(sku, None if group is None else shared.get(group))
        for sku, group in zip(skus, search.groups, strict=True)
    )


def shown_rows(search: Search, most: int) -> tuple[tuple[Candidate, Shares], ...]:
    """The first rows, each with its shares."""
    return tuple(zip(search.result.candidates[:most], search.shares[:most], strict=True))


# -- overhearing ------------------------------------------------------------------------------------------------------


class _HeardRun(BlurbRun):
    """A recommendation under way that notes, sentence by sentence, where what it releases comes from."""

    def __init__(self, run: BlurbRun) -> None:
        # The run itself, under another class: what it does stays what it does in the shop.
        vars(self).update(vars(run))
        self.heard: list[Sentence] = []

    def __iter__(self) -> Iterator[str]:
        seen, before = 0, Claims()
        for piece in super().__iter__():
            now, written = self._claims, len(self.raw)
            origin = "added"
            if written > seen:
                origin = "model"
                if now.repaired > before.repaired:
                    origin = "mended"
                elif now.replaced - before.replaced >= written - seen:
                    origin = "replaced"
            elif now.replaced > before.replaced:
                origin = "replaced"
            self.heard.append(Sentence(piece, origin))
            seen, before = written, now
            yield piece


class Overhearing(BlurbWriter):
    """A writer that keeps what it was asked last, what the model wrote, and where each shown sentence comes from."""

    _asked: tuple[Card, str, ReplyLanguage, Prompt, _HeardRun] | None = None

    def begin(self, card: Card, request: str, language: str, **how: Any) -> BlurbRun:
        """As :meth:`BlurbWriter.begin`."""
        chosen: ReplyLanguage = "zh" if language == "zh" else "en"
        run = _HeardRun(super().begin(card, request, language, **how))
        self._asked = card, request, chosen, how.get("prompt") or self.prompt(chosen), run
        return run

    def told(self) -> Text | None:
        """All about the last recommendation; ``None`` where none was written."""
        if self._asked is None:
            return None
        card, request, language, prompt, run = self._asked
        values = self.prompt_values(card, request, language, prompt=prompt)
        evidence = self.evidence(card, language)
        drafts = tuple(Draft(raw, tuple(self.checker.check(raw, evidence, request, language))) for raw in run.raw)
        return Text(
            prompt.identity,
            prompt.render(values),
            prompt.render_lead(values),
            evidence.slots.values,
            drafts,
            tuple(run.heard),
            run.claims,
            run.tokens,
        )


def _overhearing(parts: Parts) -> Overhearing:
    """Patient: what is shown must not depend on how busy a machine is."""
    adapter = parts.generator_adapter
    versions = adapter.versions if adapter is not None else None
    return Overhearing(parts.generator, parts.prompts, parts.lexicon, versions=versions, patience=_PATIENCE)


def _silenced(parts: Parts) -> Assistant:
    """The assistant without a text generator; the one that others use stays as it is."""
    return _with(parts.assistant, BlurbWriter(Silent(), parts.prompts, parts.lexicon))


def _with(assistant: Assistant, writer: BlurbWriter) -> Assistant:
    other = copy.copy(assistant)
    other.blurbs = writer
    return other
