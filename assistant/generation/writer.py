"""The recommendation itself: the model writes, each sentence is checked, mended or replaced, and then released.

Knows the order of those steps and when enough has been said. The steps themselves are elsewhere: prompts, slots, claim
check, mending, facts.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Literal

from assistant.catalog.telling import telling
from assistant.encoder import Encoder
from assistant.errors import GenerationError, PromptError
from assistant.generation.composer import Composer
from assistant.generation.evidence import Evidence
from assistant.generation.facts import Facts
from assistant.generation.frames import load_frames
from assistant.generation.generator import Generator, TextStream, never
from assistant.generation.grounding import ClaimChecker
from assistant.generation.listing import prompt_values
from assistant.generation.mending import agreeing, fluent, mend, without_price
from assistant.generation.phrasing import Phraser
from assistant.generation.prompts import DEFAULT_LABEL, Prompt, PromptBook
from assistant.generation.slots import Slots, one_line, slots_of
from assistant.generation.support import Support
from assistant.generation.surface import SENTENCE_END, content, length_of
from assistant.generation.vocabulary import Vocabulary
from assistant.lexicon import Lexicon
from assistant.types import Card, Claims, Constraints, Product, ReplyLanguage

_LOG = logging.getLogger(__name__)


def usual(task: str) -> str | None:
    """The label of somebody who takes part in no trial: the writer's own."""
    return None


def unnoticed(task: str) -> None:
    """Nobody has to know that a task was served by the writer's own label."""


@dataclass(frozen=True, slots=True)
class Listener:
    """For whom a text is written. ``owner``, such as a conversation, has one place in a round of the generator's line;
    ``label_of`` names the prompt label or version (``task/version@hash``) a task is served by, ``None`` for the
    writer's own, and is asked only when the task is about to be written; ``missed`` is told where that names nothing
    (any more), so that the writer's own was taken."""

    owner: str | None = None
    label_of: Callable[[str], str | None] = usual
    missed: Callable[[str], None] = unnoticed


ANYBODY = Listener()
_LANGUAGES: tuple[ReplyLanguage, ...] = ("en", "zh")
_MOST_SENTENCES = 3
_ENOUGH = {"en": 18, "zh": 30}
_MOST = {"en": 60, "zh": 90}
# A sentence longer than this would be refused, so nobody waits for its end.
_RUN_ON = {"en": 230, "zh": 100}


@dataclass(frozen=True, slots=True)
class Blurb:
    """A finished recommendation. ``ms`` is from the call to the last sentence; ``prompt`` is ``name@hash``."""

    text: str
    claims: Claims
    tokens: int
    ms: float
    prompt: str | None


class BlurbWriter:
    """Writes recommendations with one generator. Safe to share; the generator takes one at a time."""

    def __init__(
        self,
        generator: Generator,
        prompts: PromptBook | Callable[[], PromptBook],
        lexicon: Lexicon,
        *,
        label: str = DEFAULT_LABEL,
        versions: Mapping[str, str] | None = None,
        patience: float = 8.0,
        support: Support | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Take the parts.

        Args:
            generator: the text backend.
            prompts: where ``blurb.en`` and ``blurb.zh`` are; a function is asked for every text, so that labels may
                move meanwhile.
            lexicon: word knowledge for the claim check.
            label: which versions of the prompts.
            versions: task → the version this generator was trained with; used unless an edited label names another.
            patience: seconds after which a sentence from the record stands in for the model.
            support: who reads each sentence beside its record, with the rules of the claim check.
            encoder: tells which of a description's sentences are nearest to a request; without it shared words do.

        Raises:
            PromptError: the label names no prompt for one of the languages.
        """
        self.generator = generator
        self._lexicon = lexicon
        self._patience = patience
        self._book: Callable[[], PromptBook] = prompts if callable(prompts) else lambda: prompts
        self._label = label
        self._versions = dict(versions or {})
        for language in _LANGUAGES:
            self.prompt(language)
        frames = load_frames()
        self.checker = ClaimChecker(lexicon, Vocabulary.load(), frames, support=support)
        self.phraser = Phraser(lexicon, self.checker.reader, frames, encoder)

    def warm(self) -> None:
        """Let the generator read the constant part of both prompts, so that the first reply is as fast as others."""
        for language in _LANGUAGES:
            self.generator.prepare(self.prompt(language).beginning())

    def begin(
        self,
        card: Card,
        request: str,
        language: str,
        *,
        prompt: Prompt | None = None,
        seed: int | None = None,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        wish: Constraints | None = None,
    ) -> BlurbRun:
        """Start a recommendation of the product on a card; enter the result as a context and iterate over it.

        Once ``stopped`` is true no further sentence comes. Without ``prompt``, the listener's label names it.
        ``wish`` is what the conversation asks for by now, as far as it has been parsed.
        """
        chosen: ReplyLanguage = "zh" if language == "zh" else "en"
        taken = prompt or self._served(chosen, listener)
        return BlurbRun(
            self, card, one_line(request, 2000), chosen, taken, seed, self._patience, stopped, listener.owner, wish
        )

    def write(
        self, product: Product, request: str, language: Literal["en", "zh"], *, prompt: Prompt | None = None
    ) -> Blurb:
        """The whole recommendation of a product in one go.

        Raises:
            GenerationError: the model failed.
        """
        started = time.perf_counter()
        with self.begin(card_for(product, language), request, language, prompt=prompt) as run:
            sentences = list(run)
        text = ("" if language == "zh" else " ").join(sentences)
        return Blurb(text, run.claims, run.tokens, (time.perf_counter() - started) * 1000, run.prompt)

    def prompt(self, language: ReplyLanguage) -> Prompt:
        """The prompt in use for a language.

        Raises:
            PromptError: the label names none.
        """
        task = f"blurb.{language}"
        return self._book().get(task, label=self._label, usual=self._versions.get(task))

    def _served(self, language: ReplyLanguage, listener: Listener) -> Prompt:
        """The prompt of a listener's label or version; the usual one where that names none (any more)."""
        task = f"blurb.{language}"
        label = listener.label_of(task)
        if label is None or label == self._label:
            return self.prompt(language)
        try:
            book = self._book()
            return book.find(label) if label.startswith(f"{task}/") else book.get(task, label=label)
        except PromptError:
            # The shopper gets a recommendation all the same; its trace names the prompt that wrote it.
            _LOG.warning("'%s' of a live split names no version of %s", label, task, exc_info=True)
            listener.missed(task)
            return self.prompt(language)

    def prompt_values(
        self, card: Card, request: str, language: ReplyLanguage, *, prompt: Prompt | None = None
    ) -> dict[str, str]:
        """The variables of a blurb prompt as a reply about this card would fill them."""
        evidence = self.evidence(card, language)
        return self.values_of(prompt or self.prompt(language), evidence, request, language)

    def values_of(self, prompt: Prompt, evidence: Evidence, request: str, language: ReplyLanguage) -> dict[str, str]:
        """As :meth:`prompt_values`, of evidence that is read already."""
        return prompt_values(prompt, evidence, request, language, self.phraser, self._lexicon)

    def composer(
        self,
        evidence: Evidence,
        request: str,
        language: ReplyLanguage,
        *,
        card: Card,
        wish: Constraints | None,
        values: Mapping[str, str],
    ) -> Composer:
        """What may be written about a card; ``values`` of a prompt say length, style and focus."""
        return Composer(
            self.phraser,
            self.checker,
            self._lexicon,
            evidence,
            request,
            language,
            wish=wish,
            price=card.price,
            currency=card.currency,
            length=values.get("length", ""),
            style=values.get("style", ""),
            focus=values.get("focus", ""),
        )

    def evidence(self, card: Card, language: ReplyLanguage) -> Evidence:
        """What may be said of a card's product."""
        return self.checker.reader.read(card.product, slots_of(card, language, self._lexicon))


def card_for(product: Product, language: str) -> Card:
    """A card for a product outside any list: the price in the language's own currency where the record has one."""
    product = telling(product)
    amount = product.price_in("CNY") if language == "zh" else None
    price, currency = (amount, "CNY") if amount is not None else (product.price, product.currency)
    return Card(product, product.title_in(language), price, currency)


class BlurbRun:
    """One recommendation while it is written: iterate for checked sentences, then read the figures."""

    def __init__(
        self,
        writer: BlurbWriter,
        card: Card,
        request: str,
        language: ReplyLanguage,
        prompt: Prompt,
        seed: int | None,
        patience: float,
        stopped: Callable[[], bool] = never,
        owner: str | None = None,
        wish: Constraints | None = None,
    ) -> None:
        self._began = time.perf_counter()
        self._stopped = stopped
        self._checker = writer.checker
        self._request = request
        self._language: ReplyLanguage = language
        self._evidence = writer.evidence(card, language)
        self._slots: Slots = self._evidence.slots
        self._phraser = writer.phraser
        self._said: list[str] = []
        self._raw: list[str] = []
        self._priced = False
        self._claims = Claims()
        self._deadline = self._began + patience
        values = writer.values_of(prompt, self._evidence, request, language)
        self._composer: Composer | None = None
        if prompt.decoding.guided:
            self._composer = writer.composer(self._evidence, request, language, card=card, wish=wish, values=values)
        self._sentences_taken = prompt.decoding.sentences
        self._lead = prompt.render_lead(values)
        self._prompt: str | None = prompt.identity
        self._stream: TextStream
        self._name = writer.generator.name
        if self._composer is None and not values.get("facts", values):
            # Nothing to write about: a model would make something up, so the record's name and price are all.
            self._stream = TextStream(iter(()))
            self._prompt = None
            return
        writer.generator.prepare(prompt.beginning(values))
        self._stream = writer.generator.stream(
            prompt.render(values) + self._lead,
            max_tokens=prompt.decoding.max_tokens,
            stop=prompt.decoding.stop,
            seed=seed,
            temperature=prompt.decoding.temperature,
            ban_digits=True,
            cancelled=self._out_of_time,
            owner=owner,
            ways=self._composer,
        )

    def __enter__(self) -> BlurbRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[str]:
        """Checked sentences with their slots filled, one to three.

        Raises:
            GenerationError: the model failed before anything was said.
        """
        written = 0
        try:
            for raw in self._sentences():
                if self._stopped():
                    break
                written += 1
                yield from self._release(raw)
                if self._composer is not None:
                    continue
                if written >= self._sentences_taken or self._length() >= _MOST[self._language] * 2 // 3:
                    break
        except GenerationError:
            # What is said stays said; a failure in the middle ends in the record's own words.
            if not self._said:
                raise
            _LOG.warning("generator %s failed in the middle of a reply", self._name, exc_info=True)
        finally:
            self._stream.close()
        if self._stopped():
            return
        if not self._said:
            yield from self._stand_in()
        if self._composer is None or not self._composer.complete:
            yield from self._rest()
        if not self._priced and "price" in self._slots.values:
            yield from self._say(self._facts.price_sentence())

    @cached_property
    def _facts(self) -> Facts:
        """The record's own sentences, for where the model fails; what has been said is not said again."""
        made = Facts(self._phraser, self._evidence, self._request, self._language)
        for text in self._said:
            made.told(text)
        return made

    def _rest(self) -> Iterator[str]:
        """What the record adds to a text that is too short, and what speaks against the product."""
        while self._length() < _ENOUGH[self._language] and len(self._said) < _MOST_SENTENCES:
            sentence = self._next_fact(with_opening=False)
            if sentence is None:
                break
            yield sentence
        # A shop assistant tells what speaks against a product too; the record's own sentence does it best.
        against = self._facts.against()
        if (
            against is not None
            and not self._repeated(against)
            and self._length() + length_of(against, self._language) <= _MOST[self._language]
        ):
            yield from self._say(against)

    @property
    def claims(self) -> Claims:
        """What the check did. ``unsupported`` comes from checking the released text once more."""
        left = sum(len(self._checker.unsupported(s, self._evidence, self._request, self._language)) for s in self._said)
        return self._claims + Claims(unsupported=left)

    @property
    def prompt(self) -> str | None:
        """``name@hash`` of the prompt; ``None`` where the record gives the model nothing to write about."""
        return self._prompt

    @property
    def first_token_ms(self) -> float | None:
        """From the beginning to the model's first token; ``None`` where it wrote none."""
        at = self._stream.first_token_at
        return None if at is None else (at - self._began) * 1000

    @property
    def tokens(self) -> int:
        """Tokens the model made."""
        return self._stream.tokens

    @property
    def raw(self) -> tuple[str, ...]:
        """The model's sentences as it wrote them, for whoever works on the prompt."""
        return tuple(self._raw)

    # -- the model's sentences ----------------------------------------------------------------------------------------

    def _sentences(self) -> Iterator[str]:
        """Whole sentences as they come; what the model left unfinished is handed on without an end mark."""
        if self._composer is not None:
            yield from self._chosen(self._composer)
            return
        text = self._lead
        for piece in self._stream:
            text += piece
            while (end := SENTENCE_END.search(text)) is not None:
                yield text[: end.end()].strip()
                text = text[end.end() :].lstrip()
            if len(text) > _RUN_ON[self._language]:
                break
        if text.strip() and text.strip() != self._lead.strip():
            yield text.strip()

    def _chosen(self, composer: Composer) -> Iterator[str]:
        """The sentences the model has chosen; one that it had no time to finish is left out."""
        text = ""
        for piece in self._stream:
            text += piece
            while (sentence := composer.first(text)) is not None:
                yield sentence.strip()
                text = text[len(sentence) :]

    def _out_of_time(self) -> bool:
        return self._stopped() or (time.perf_counter() > self._deadline and not self._said)

    def _release(self, raw: str) -> Iterator[str]:
        """Check one sentence of the model; what cannot be kept or mended gives way to a sentence from the record."""
        self._raw.append(raw)
        chosen = self._composer is not None
        sentence = without_price(raw, self._language) if self._priced and not chosen else raw
        claims = self._checker.check(sentence, self._evidence, self._request, self._language)
        self._claims += Claims(checked=len(claims))
        bad = [c for c in claims if not c.supported]
        whole = chosen or fluent(sentence, self._language) or self._evidence.states(self._slots.fill(sentence))
        if not bad and whole and (chosen or not self._repeated(sentence)):
            yield from self._say(sentence)
            return
        mended = mend(sentence, bad, self._checker, self._evidence, self._request, self._language) if bad else None
        if mended is not None and not self._repeated(mended):
            self._claims += Claims(repaired=1)
            yield from self._say(mended)
            return
        self._claims += Claims(replaced=1)
        if self._length() < _ENOUGH[self._language] * 2:
            yield from self._stand_in()

    def _stand_in(self) -> Iterator[str]:
        sentence = self._next_fact(with_opening=not self._said)
        if sentence is not None:
            yield sentence

    def _next_fact(self, *, with_opening: bool) -> str | None:
        """Say the next sentence of the record that is new and passes the check itself."""
        if with_opening:
            for candidate in (self._facts.opening(), self._facts.last_resort()):
                for said in self._say(candidate):
                    return said
        for candidate in self._facts.more():
            if not self._repeated(candidate):
                for said in self._say(candidate):
                    return said
        return None

    # -- what is said -------------------------------------------------------------------------------------------------

    def _say(self, sentence: str) -> Iterator[str]:
        """Fill the slots, check the text as it will be shown, and release it; one that fails then is not said."""
        if self._language == "en" and self._composer is None:
            sentence = agreeing(sentence, self._slots.values["name"])
        text = self._slots.fill(sentence)
        if self._language == "en":
            text = re.sub(r"^th(?=is\b|ese\b)", "Th", text)
        if self._checker.unsupported(text, self._evidence, self._request, self._language):
            _LOG.info("a sentence failed the last check and was left out")
            return
        self._said.append(text)
        if "_facts" in self.__dict__:
            self._facts.told(text)
        self._priced = self._priced or "{price}" in sentence
        yield text

    def _length(self) -> int:
        return length_of(" ".join(self._said), self._language)

    def _repeated(self, sentence: str) -> bool:
        """Whether most of a sentence has been said already."""
        new = content(self._slots.fill(sentence), self._language)
        old = set().union(*(content(s, self._language) for s in self._said)) if self._said else set()
        return bool(self._said) and (not new or len(new & old) > 0.6 * len(new))
