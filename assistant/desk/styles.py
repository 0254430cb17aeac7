"""The styles a draft can be asked for, as variables of the prompts. Writes no words of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from assistant.desk.records import Style
from assistant.generation import BlurbWriter
from assistant.generation.generator import never
from assistant.generation.prompts.prompt import Prompt
from assistant.generation.writer import ANYBODY, BlurbRun, Listener
from assistant.pipeline import Assistant
from assistant.types import Card, ReplyLanguage

STYLES: tuple[Style, ...] = ("standard", "shorter", "warmer", "formal")

_VARIABLES: Mapping[Style, Mapping[str, str]] = {
    "standard": {},
    "shorter": {"style": "brief", "length": "short"},
    "warmer": {"style": "warm"},
    "formal": {"style": "expert"},
}


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
        return writer.begin(card, request, language, prompt=styled, seed=seed, stopped=stopped, listener=listener)


def styled(assistant: Assistant, style: Style) -> Assistant:
    """The same assistant, whose recommendations are written in a style."""
    if style == "standard":
        return assistant
    other = copy.copy(assistant)
    # It is used for nothing but `begin`.
    other.blurbs = cast(BlurbWriter, StyledBlurbs(lambda: assistant.blurbs, style))
    return other
