"""Versions of a prompt on the same cases: the same products, the same seeds, one after the other, run by run.

Knows cases, versions and a text backend. What a conversation leads to is found once and given to every version, so that
only the prompt differs. Yields results one by one: whoever reads them can keep them, show them, and stop. Does not know
files, nor which version is better.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.dialogue import DialogueState
from assistant.errors import AssistantError, GenerationError, PromptError
from assistant.evaluation.prompt_cases import PromptCase
from assistant.evaluation.prompt_checks import judge_text, keeps_to
from assistant.evaluation.prompt_preview import TASKS, Silent, pinned_writer
from assistant.generation import BlurbWriter, Generator, PromptBook
from assistant.generation.generator import never
from assistant.generation.prompts import Prompt
from assistant.generation.writer import BlurbRun, card_for
from assistant.labelled.blurbs import length_of
from assistant.lexicon import Lexicon
from assistant.pipeline import Assistant
from assistant.types import Card, Claims, Product

SEED = 13


@dataclass(frozen=True, slots=True)
class Result:
    """One run: a case, a version, a seed. ``checks`` is check → why it failed or ``None``; times are milliseconds.

    ``once`` says that the version decodes without chance, so that this run counts for every seed. ``digest`` is the
    case's, ``model`` names the text backend.
    """

    key: str
    case: str
    language: str
    prompt: str
    seed: int
    once: bool
    digest: str = ""
    model: str = ""
    request: str = ""
    sku: str = ""
    text: str = ""
    raw: tuple[str, ...] = ()
    checks: Mapping[str, str | None] = field(default_factory=dict)
    unsupported_before: int = 0
    claims: Claims = Claims()
    right_language: bool = False
    length: int = 0
    tokens: int = 0
    first_token: float | None = None
    ms: float = 0.0
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the run passes every check."""
        return self.error is None and all(why is None for why in self.checks.values())

    @property
    def stood_in(self) -> bool:
        """Whether nothing of the model's is left, so that the record's own words are all that is shown."""
        return self.error is None and self.claims.replaced >= len(self.raw)

    def to_dict(self) -> dict[str, Any]:
        """One line of a results file."""
        return {
            "key": self.key,
            "case": self.case,
            "language": self.language,
            "prompt": self.prompt,
            "seed": self.seed,
            "once": self.once,
            "digest": self.digest,
            "model": self.model,
            "passed": self.passed,
            "request": self.request,
            "sku": self.sku,
            "text": self.text,
            "raw": list(self.raw),
            "checks": dict(self.checks),
            "unsupported_before": self.unsupported_before,
            "claims": self.claims.to_dict(),
            "right_language": self.right_language,
            "length": self.length,
            "tokens": self.tokens,
            "first_token": None if self.first_token is None else round(self.first_token, 1),
            "ms": round(self.ms, 1),
            "error": self.error,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """The inverse of :meth:`to_dict`.

        Raises:
            KeyError, TypeError: it is no such line.
        """
        known = {k: v for k, v in data.items() if k != "passed"}
        return cls(**{**known, "raw": tuple(known["raw"]), "claims": Claims(**known["claims"])})


@dataclass(frozen=True, slots=True)
class Run:
    """One run that is to be made."""

    case: PromptCase
    prompt: Prompt
    seed: int
    once: bool


def plan(cases: Sequence[PromptCase], prompts: Sequence[Prompt], *, k: int = 3, seed: int = SEED) -> tuple[Run, ...]:
    """The runs of a suite: case by case, the versions in turns, so that a busy machine is busy for all of them.

    A version whose temperature is 0 writes the same text whatever the seed, and is run once.

    Raises:
        PromptError: a version is of a task that no suite knows.
    """
    for prompt in prompts:
        if prompt.task not in TASKS:
            raise PromptError(f"{prompt.identity} cannot be tested: there are suites for {', '.join(TASKS)} only")
    runs = []
    for number, case in enumerate(cases):
        fitting = [p for p in prompts if p.task == f"blurb.{case.language}"]
        # Whoever comes first finds colder caches, so the versions take turns at that too.
        turn = number % len(fitting) if fitting else 0
        for prompt in (*fitting[turn:], *fitting[:turn]):
            once = prompt.decoding.temperature == 0
            runs += [Run(case, prompt, seed + n, once) for n in range(1 if once else k)]
    return tuple(runs)


def _unheard(sentence: str) -> None:
    """The default of ``told``: nobody waits for a single sentence."""


class PromptSuite:
    """Runs cases with one text backend."""

    def __init__(
        self,
        generator: Generator,
        book: PromptBook,
        lexicon: Lexicon,
        *,
        product: Callable[[str], Product | None],
        assistant: Callable[[], Assistant] | None = None,
        model: str = "",
        patience: float = 120.0,
        writer: BlurbWriter | None = None,
    ) -> None:
        """Take the parts.

        Args:
            generator: the text backend.
            book: where the versions are.
            lexicon: word knowledge for the claim check.
            product: the product of a SKU.
            assistant: makes the whole assistant, for cases that are conversations; asked for at the first of them.
            model: what the generator runs, with its adapter; results of another model are not taken for its own.
            patience: seconds one text may take.
            writer: writes with the generator; made of the parts when first needed where there is none.
        """
        self._generator = generator
        self._book = book
        self._lexicon = lexicon
        self._product = product
        self._assistant = assistant
        self._model = model or generator.name
        self._patience = patience
        self._writer = writer
        self._asked: dict[str, tuple[Card, str] | str] = {}
        self._guide: tuple[Assistant, _Listener] | None = None

    def run(self, runs: Sequence[Run], *, known: Mapping[str, Result] | None = None) -> Iterator[Result]:
        """The results of runs, in order, each as soon as it is there; those that are known by their key are not made.

        Failures of the text backend and conversations that lead nowhere are results with an ``error``.

        Raises:
            PromptError: a case names a SKU that the catalogue does not hold.
        """
        for one in runs:
            asked = self._ask(one.case)
            key = self._key(one, asked)
            found = (known or {}).get(key)
            yield found if found is not None and found.error is None else self._carry_out(one, asked, key)

    def one(self, run: Run, *, told: Callable[[str], None] = _unheard, stopped: Callable[[], bool] = never) -> Result:
        """The result of one run, made whatever is known of it.

        Args:
            run: case, version and seed.
            told: given every sentence as soon as it is checked.
            stopped: once true, no further sentence comes.

        Raises:
            PromptError: as :meth:`run`.
        """
        asked = self._ask(run.case)
        return self._carry_out(run, asked, self._key(run, asked), told, stopped)

    def about(self, case: PromptCase) -> tuple[Card, str] | str:
        """The product and request that every version is to write about, or why a conversation leads to none.

        Raises:
            PromptError: the case names a SKU that the catalogue does not hold.
        """
        return self._ask(case)

    def writer(self, prompt: Prompt) -> BlurbWriter:
        """The writer of every version; each run tells it which one to use."""
        if self._writer is None:
            self._writer = pinned_writer(self._generator, self._book, self._lexicon, prompt, patience=self._patience)
        return self._writer

    def _carry_out(
        self,
        one: Run,
        asked: tuple[Card, str] | str,
        key: str,
        told: Callable[[str], None] = _unheard,
        stopped: Callable[[], bool] = never,
    ) -> Result:
        case, prompt = one.case, one.prompt
        request = case.request or case.turns[-1]
        blank = Result(
            key, case.id, case.language, prompt.identity, one.seed, one.once, case.digest, self._model, request
        )
        if isinstance(asked, str):
            return replace(blank, error=asked)
        card, request = asked
        blank = replace(blank, request=request, sku=card.product.sku)
        writer = self.writer(prompt)
        evidence = writer.evidence(card, case.language)
        shown: list[str] = []
        try:
            # Every run starts with the constant part read, as in a shop that has answered before.
            writer.generator.prepare(prompt.beginning())
            began = time.perf_counter()
            with writer.begin(card, request, case.language, prompt=prompt, seed=one.seed, stopped=stopped) as run:
                for sentence in run:
                    shown.append(sentence)
                    told(sentence)
        except GenerationError as failure:
            return replace(blank, error=str(failure))
        took = (time.perf_counter() - began) * 1000
        space = "" if case.language == "zh" else " "
        text, raw, claims = space.join(shown), space.join(run.raw), run.claims
        before = sum(len(writer.checker.unsupported(s, evidence, request, case.language)) for s in run.raw)
        checks = judge_text(
            case.checks,
            case.language,
            text,
            raw=raw,
            slots=evidence.slots.values,
            unsupported=claims.unsupported,
            unsupported_before=before,
        )
        return replace(
            blank,
            text=text,
            raw=run.raw,
            checks=checks,
            unsupported_before=before,
            claims=claims,
            right_language=keeps_to(raw or text, case.checks.language or case.language),
            length=length_of(text, case.language),
            tokens=run.tokens,
            first_token=run.first_token_ms,
            ms=took,
        )

    # -- what a case asks ---------------------------------------------------------------------------------------------

    def _ask(self, case: PromptCase) -> tuple[Card, str] | str:
        """The card and request that every version writes about, or why a conversation has none."""
        if case.digest not in self._asked:
            self._asked[case.digest] = self._led_to(case) if case.conversation else self._given(case)
        return self._asked[case.digest]

    def _given(self, case: PromptCase) -> tuple[Card, str]:
        product = case.product or self._product(case.sku or "")
        if product is None:
            raise PromptError(f"case {case.id}: the catalogue has no product '{case.sku}'; test with its own catalogue")
        return card_for(product, case.language), case.request

    def _led_to(self, case: PromptCase) -> tuple[Card, str] | str:
        """Say the turns to the assistant, without a text generator: what it finds does not depend on what it writes."""
        if self._guide is None:
            if self._assistant is None:
                raise PromptError(f"case {case.id} is a conversation, and there is no assistant to hold it with")
            listener = _Listener.beside(self.writer(self._book.versions(f"blurb.{case.language}")[0]))
            guide = copy.copy(self._assistant())
            guide.blurbs = listener
            self._guide = guide, listener
        assistant, listener = self._guide
        state = DialogueState()
        action = ""
        try:
            for message in case.conversation:
                listener.heard = None
                done = assistant.reply(state, message)
                state, action = done.state, done.turn.action
        except AssistantError as error:
            return f"the conversation failed: {error}"
        if listener.heard is None:
            return f"the conversation ends in '{action}', not in a recommendation"
        card, request, language = listener.heard
        if language != case.language:
            return f"the assistant answers in {language}, the case is {case.language}"
        return card, request

    def _key(self, one: Run, asked: tuple[Card, str] | str) -> str:
        """What a result is known by: everything it depends on."""
        about = asked if isinstance(asked, str) else [asked[0].product.to_dict(), asked[0].price, asked[1]]
        parts = [one.case.digest, about, one.prompt.identity, one.seed, self._model]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


class _Listener(BlurbWriter):
    """Stands in the assistant's writer's place and hears what it is asked to recommend."""

    heard: tuple[Card, str, str] | None = None

    @classmethod
    def beside(cls, writer: BlurbWriter) -> _Listener:
        """One that reads records and checks claims as a writer does, and writes nothing."""
        listener = cls.__new__(cls)
        vars(listener).update(vars(writer))
        listener.generator = Silent()
        return listener

    def begin(self, card: Card, request: str, language: str, **how: Any) -> BlurbRun:
        self.heard = (card, request, language)
        return super().begin(card, request, language, **how)
