"""The styles a draft can be asked for, as variables of the prompts. Writes no words of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from assistant.desk.records import Style
from assistant.generation import BlurbWriter
from assistant.generation.generator import never
from assistant.generation.prompts.prompt import Prompt
from assistant.generation.writer import ANYBODY, BlurbRun, Listener
from assistant.pipeline import Assistant
from assistant.types import Card, Claims, ReplyLanguage

STYLES: tuple[Style, ...] = ("standard", "shorter", "warmer", "formal")

_VARIABLES: Mapping[Style, Mapping[str, str]] = {
    "standard": {},
    "shorter": {"style": "brief", "length": "short"},
    "warmer": {"style": "warm"},
    "formal": {"style": "expert"},
}


def offered(prompt: Prompt) -> tuple[Style, ...]:
    """The styles that make a difference with a prompt: those it has a variable for, and a shorter text always."""
    return tuple(s for s in STYLES if s in ("standard", "shorter") or _VARIABLES[s].keys() & set(prompt.variables))


def styled_prompt(prompt: Prompt, style: Style) -> Prompt:
    """The prompt with the variables of a style; one that declares none of them is only asked for less text."""
    wanted = {name: value for name, value in _VARIABLES[style].items() if name in prompt.variables}
    decoding = replace(prompt.decoding, sentences=1) if style == "shorter" else prompt.decoding
    return replace(prompt, defaults={**prompt.defaults, **wanted}, decoding=decoding)


class StyledBlurbs:
    """A writer of recommendations whose prompts ask for one style."""

    def __init__(self, writer: Callable[[], BlurbWriter], style: Style) -> None:
        self._writer = writer
        self._style: Style = style

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
    ) -> BlurbRun:
        """As :meth:`assistant.generation.BlurbWriter.begin`."""
        writer = self._writer()
        chosen: ReplyLanguage = "zh" if language == "zh" else "en"
        styled = styled_prompt(prompt or writer.prompt(chosen), self._style)
        run = writer.begin(card, request, language, prompt=styled, seed=seed, stopped=stopped, listener=listener)
        return cast(BlurbRun, _FirstSentence(run)) if self._style == "shorter" else run


class _FirstSentence:
    """A recommendation of one sentence: what would follow is neither written nor said."""

    def __init__(self, run: BlurbRun) -> None:
        self._run = run

    def __enter__(self) -> _FirstSentence:
        self._run.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._run.__exit__(*error)

    def __iter__(self) -> Iterator[str]:
        yield from islice(self._run, 1)

    @property
    def claims(self) -> Claims:
        return self._run.claims

    @property
    def prompt(self) -> str | None:
        return self._run.prompt

    @property
    def first_token_ms(self) -> float | None:
        return self._run.first_token_ms


def styled(assistant: Assistant, style: Style) -> Assistant:
    """The same assistant, whose recommendations are written in a style."""
    if style == "standard":
        return assistant
    other = copy.copy(assistant)
    # It is used for nothing but `begin`.
    other.blurbs = cast(BlurbWriter, StyledBlurbs(lambda: assistant.blurbs, style))
    return other
