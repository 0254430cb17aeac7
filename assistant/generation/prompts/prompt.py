"""One version of one prompt as a frozen record, and how it is rendered.

A prompt is written as one text, or as messages. Messages become a text for a model that continues one: the system's
words as they are, every other message after the speaker's name (``User:``, ``Assistant:``; in Chinese 用户：, 助手：),
empty lines between them, and the assistant's name at the end. A server that takes messages is given them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import PromptError

Role = Literal["system", "user", "assistant"]
_SPEAKERS: Mapping[str, Mapping[str, str]] = {
    "en": {"user": "User: ", "assistant": "Assistant: "},
    "zh": {"user": "用户：", "assistant": "助手："},
}


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a prompt wants to be continued."""

    max_tokens: int
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    sentences: int = 2
    """How many sentences of the model are taken at most."""
    guided: bool = False
    """Whether the model chooses among sentences that the record bears out, instead of writing freely."""


@dataclass(frozen=True, slots=True)
class FactsShape:
    """How much of a record the variable ``facts`` shows, and in which form.

    ``attributes`` are counted; ``characters`` are Latin ones, two fifths of that in Chinese text.
    """

    form: Literal["prose", "record"] = "prose"
    attributes: int = 3
    characters: int = 330


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt that is written as messages; ``content`` is a template, or rendered."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of one prompt. ``lead`` is the beginning of the answer: given to the model, kept in the reply.

    ``text`` is the whole prompt as a text, also where the file has ``messages``.
    """

    task: str
    version: str
    language: str
    description: str
    author: str
    variables: tuple[str, ...]
    text: str
    decoding: Decoding
    lead: str
    digest: str
    path: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What variables hold that nothing else fills: style, length and the like."""
    facts: FactsShape = FactsShape()
    note: str = ""
    messages: tuple[Message, ...] = ()
    """As written in the file; empty where the file has a text."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Variable → the line of the file that uses it first."""

    @property
    def identity(self) -> str:
        """``task/version@hash``: the hash is of the file's content, so that an edit is another prompt."""
        return f"{self.task}/{self.version}@{self.digest}"

    @property
    def prefix(self) -> str:
        """The part before the first variable, up to a line end: the same in every rendering."""
        head = re.split(r"\{[{%#]", self.text, maxsplit=1)[0]
        return head[: head.rfind("\n") + 1]

    def beginning(self, values: Mapping[str, str] = MappingProxyType({})) -> str:
        """The part before the first variable without a default, rendered: the same wherever ``values`` keep to them.

        ``values`` need not be all; what is missing comes from the defaults.
        """
        for tag in re.finditer(r"\{\{\s*(\w+)\s*\}\}|\{[{%#]", self.text):
            if tag[1] not in self.defaults:
                head = self.text[: tag.start()]
                break
        else:
            head = self.text
        known = {**self.defaults, **{k: v for k, v in values.items() if k in self.defaults}}
        # White space belongs to the word that follows it, and would be read in vain.
        return self._filled(head, known).rstrip(" ")

    def render(self, values: Mapping[str, str]) -> str:
        """The prompt with its variables put in, without the lead; what is not given comes from the defaults.

        Raises:
            PromptError: a declared variable is missing, or an undeclared one is given.
        """
        return self._filled(self.text, self._complete(values))

    def render_lead(self, values: Mapping[str, str]) -> str:
        """The lead with its variables put in, without white space at its end."""
        return self._filled(self.lead, {**self.defaults, **values}).rstrip()

    def chat(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The prompt for a server that takes messages: a text is one of the user's; a lead is the assistant's, last.

        Raises:
            PromptError: as :meth:`render`.
        """
        values = self._complete(values)
        written = self.messages or (Message("user", self.text),)
        filled = tuple(Message(m.role, self._filled(m.content, values)) for m in written)
        lead = self.render_lead(values).strip()
        return (*filled, Message("assistant", lead)) if lead else filled

    def _complete(self, values: Mapping[str, str]) -> dict[str, str]:
        values = {**self.defaults, **values}
        missing = [v for v in self.variables if v not in values]
        extra = [v for v in values if v not in self.variables]
        if missing or extra:
            what = f"missing {', '.join(missing)}" if missing else f"not declared: {', '.join(extra)}"
            line = next((f", line {self.lines[v]}" for v in missing if v in self.lines), "")
            raise PromptError(
                f"{self.path}{line}: variables {what}; the prompt declares {', '.join(self.variables) or 'none'}"
            )
        return values

    def _filled(self, template: str, values: Mapping[str, str]) -> str:
        try:
            return environment().from_string(template).render(dict(values))
        except TemplateError as error:
            raise PromptError(f"{self.path}: the text cannot be rendered: {error}") from error


def flattened(messages: Sequence[Message], language: str) -> str:
    """Messages as one text (see the module's header), up to where the answer begins."""
    speakers = _SPEAKERS.get(language, _SPEAKERS["en"])
    said = [speakers.get(m.role, "") + m.content.strip("\n") for m in messages]
    return "\n\n".join([*said, speakers["assistant"].rstrip()])


def environment() -> ImmutableSandboxedEnvironment:
    """Where templates are parsed and filled."""
    # Prompts are plain text for a model, not HTML: nothing is escaped, and what comes in was made harmless before.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
