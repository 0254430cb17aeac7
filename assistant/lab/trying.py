"""One message, two versions: the shop's own search finds the product, both versions write about it side by side.

Knows how sentences come out of two threads in the order they are ready. Keeps nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue

from assistant.errors import AssistantError
from assistant.evaluation.prompt_cases import PromptCase
from assistant.evaluation.prompt_preview import TASKS
from assistant.evaluation.prompt_suite import SEED, PromptSuite, Result, Run
from assistant.generation.prompts import Prompt
from assistant.lab.bench import Bench
from assistant.lab.told import Told, told_of


@dataclass(frozen=True, slots=True)
class Side:
    """What one version has written so far; ``result`` once it is done, ``error`` where it could not."""

    version: str
    sentences: tuple[str, ...] = ()
    result: Result | None = None
    error: Told | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self.result is not None or self.error is not None


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a message: the product it led to, or why it led to none, and what each version writes."""

    messages: tuple[str, ...]
    sku: str = ""
    title: str = ""
    request: str = ""
    problem: Told | None = None
    sides: tuple[Side, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self.problem is not None or (bool(self.sides) and all(s.done for s in self.sides))


def try_message(
    bench: Bench, task: str, versions: Sequence[Prompt], messages: Sequence[str], *, sku: str = "", seed: int = SEED
) -> Iterator[Tried]:
    """Try a message, or a conversation, with versions of a task.

    Args:
        bench: the parts of the lab.
        task: such as ``blurb.en``.
        versions: the columns.
        messages: what a shopper says, one message a turn.
        sku: the product to write about; without it the shop's search finds one.
        seed: the same for every version.

    Yields:
        What is there so far, whenever something was added.

    Raises:
        PromptError: a version cannot be used.
    """
    lines = tuple(m.strip() for m in messages if m.strip())
    tried = Tried(lines)
    if not lines:
        yield replace(tried, problem=Told("case_missing", {"key": "request"}))
        return
    yield tried
    language = TASKS[task]
    case = (
        PromptCase("try", language, lines[-1], sku)
        if sku
        else PromptCase("try", language, lines[0] if len(lines) == 1 else "", turns=lines if len(lines) > 1 else ())
    )
    suite = bench.suite(bench.book())
    try:
        asked = suite.about(case)
    except AssistantError as error:
        yield replace(tried, problem=told_of(str(error)))
        return
    if isinstance(asked, str):
        yield replace(tried, problem=told_of(asked))
        return
    card, request = asked
    tried = replace(
        tried,
        sku=card.product.sku,
        title=card.title,
        request=request,
        sides=tuple(Side(p.version) for p in versions),
    )
    yield tried
    yield from _written(suite, case, versions, tried, seed)


def _written(
    suite: PromptSuite, case: PromptCase, versions: Sequence[Prompt], tried: Tried, seed: int
) -> Iterator[Tried]:
    said: SimpleQueue[tuple[int, str | Result | Told]] = SimpleQueue()
    left = threading.Event()

    def write(number: int, prompt: Prompt) -> None:
        try:
            run = Run(case, prompt, seed, prompt.decoding.temperature == 0)
            result = suite.one(run, told=lambda sentence: said.put((number, sentence)), stopped=left.is_set)
            said.put((number, told_of(result.error) if result.error else result))
        except Exception as error:  # handed over to whoever looks
            said.put((number, told_of(str(error) or type(error).__name__)))

    for prompt in versions:
        # Both writers are made before both write: making one takes a moment, which is not the version's.
        suite.writer(prompt)
    threads = [threading.Thread(target=write, args=pair, daemon=True) for pair in enumerate(versions)]
    for thread in threads:
        thread.start()
    sides = list(tried.sides)
    try:
        while not all(side.done for side in sides):
            number, what = said.get()
            side = sides[number]
            match what:
                case str():
                    sides[number] = replace(side, sentences=(*side.sentences, what))
                case Result():
                    sides[number] = replace(side, result=what)
                case Told():
                    sides[number] = replace(side, error=what)
            yield replace(tried, sides=tuple(sides))
    finally:
        # Whoever left the page waits for nothing more.
        left.set()
