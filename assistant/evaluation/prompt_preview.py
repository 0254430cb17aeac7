"""What a version of a prompt becomes for a product and a request: rendered as a generator gets it, without one.

Knows how the writer of recommendations fills a prompt. Does not run a model, nor judge a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.errors import PromptError
from assistant.generation import BlurbWriter, Generator, PromptBook
from assistant.generation.generator import TextStream, never
from assistant.generation.prompts import Message, Prompt
from assistant.generation.ways import Ways
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

TASKS: Mapping[str, ReplyLanguage] = {"blurb.en": "en", "blurb.zh": "zh"}
"""The tasks that write recommendations, and the language of each."""

_LABEL = "under-test"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a model gets for one product and request, and what its answer may say.

    ``text`` ends where the model goes on; ``lead``, its end, is the beginning of the answer. ``messages`` is the same
    for a server that takes messages. ``slots`` are the names that an answer may put into braces, and what they stand
    for.
    """

    prompt: Prompt
    text: str
    lead: str
    values: Mapping[str, str]
    slots: Mapping[str, str]
    messages: tuple[Message, ...]


def render_prompt(prompt: Prompt, book: PromptBook, lexicon: Lexicon, product: Product, request: str) -> Rendered:
    """The text that a version becomes for a product and a request.

    Raises:
        PromptError: the version is of a task that writes no recommendations, or cannot be rendered.
    """
    _can_be_rendered(prompt)
    silent = Silent()
    return rendered_by(pinned_writer(silent, book, lexicon, prompt), silent, prompt, product, request)


def rendered_by(writer: BlurbWriter, silent: Silent, prompt: Prompt, product: Product, request: str) -> Rendered:
    """As :func:`render_prompt`, by a writer that there is already; ``silent`` is its generator.

    Raises:
        PromptError: as :func:`render_prompt`.
    """
    _can_be_rendered(prompt)
    language = TASKS[prompt.task]
    card = card_for(product, language)
    # Handed over by the code that writes in the shop, so that a preview cannot drift from it.
    with writer.begin(card, request, language, prompt=prompt):
        pass
    values = writer.prompt_values(card, request, language, prompt=prompt)
    lead = prompt.render_lead(values)
    slots = writer.evidence(card, language).slots.values
    return Rendered(prompt, silent.given, lead, values, slots, prompt.chat(values))


def _can_be_rendered(prompt: Prompt) -> None:
    if prompt.task not in TASKS:
        raise PromptError(f"{prompt.identity} cannot be rendered: only {', '.join(TASKS)} have a product and a request")


def pinned_writer(
    generator: Generator, book: PromptBook, lexicon: Lexicon, prompt: Prompt, *, patience: float = 8.0
) -> BlurbWriter:
    """A writer that uses this version, whatever labels and adapters say.

    Raises:
        PromptError: the book lacks a task that a writer needs.
    """
    others = {task: book.versions(task)[0].version for task in TASKS if book.versions(task)}
    pinned = book.pinned(_LABEL, {**others, prompt.task: prompt.version})
    return BlurbWriter(generator, pinned, lexicon, label=_LABEL, patience=patience)


class Silent:
    """A generator that writes nothing and keeps what it was given."""

    def __init__(self) -> None:
        self.given = ""

    @property
    def name(self) -> str:
        """For messages."""
        return "none"

    def prepare(self, prefix: str) -> None:
        """There is nothing to prepare."""

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        """Keep the prompt, write nothing."""
        self.given = prompt
        return TextStream(iter(()))
