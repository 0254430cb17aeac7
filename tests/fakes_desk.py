"""The scripted assistant, with the intents that matter at the agents' desk. Never part of the product."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from fakes_assistant import FakeAssistant

from assistant.dialogue import DialogueState
from assistant.generation.prompts import Prompt, PromptBook
from assistant.resources import default_folder
from assistant.turns import Done, Event, Said, Shown, Understood
from assistant.types import Constraints, Timing, Turn, Understanding

_INTENTS = (
    ("speak_to_human", "handoff", re.compile(r"human|person|人工"), "A person takes over."),
    ("order_status", "policy", re.compile(r"where is|my order|到哪|包裹"), "No order system is connected here."),
    ("modify_cancel_order", "policy", re.compile(r"cancel|取消"), "No order system is connected here."),
    ("return_refund", "policy", re.compile(r"return|refund|退"), "Send it back within the time we state."),
    ("complaint_feedback", "chat", re.compile(r"terrible|awful|太差"), "I'm sorry. I'm only the AI assistant."),
)


class Blurbs:
    """Knows which prompt is in use: the shipped one that takes up every style."""

    def prompt(self, language: str) -> Prompt:
        return PromptBook.load(default_folder("prompts")).get(f"blurb.{language}", usual="2")


class DeskAssistant(FakeAssistant):
    """As :class:`FakeAssistant`, and it hands over, hears of orders and returns, and can be unsure ("hmm")."""

    blurbs = Blurbs()

    def _turn(self, state: DialogueState, message: str, stopped: Callable[[], bool]) -> Iterator[Event]:
        for intent, action, pattern, reply in _INTENTS:
            if pattern.search(message):
                yield from self._told(replace(state, turns=state.turns + 1), message, intent, action, reply)
                return
        yield from super()._turn(state, message, stopped)

    def _told(self, state: DialogueState, message: str, intent: str, action: str, reply: str) -> Iterator[Event]:
        language = "zh" if re.search(r"[\u4e00-\u9fff]", message) else "en"
        confidence = 0.41 if "hmm" in message else 0.93
        understanding = Understanding(intent, confidence, language, Constraints())  # type: ignore[arg-type]
        state = replace(state, language=language)
        yield Understood(understanding, state.ledger)
        yield Shown((), (), None)
        self._before_text(message)
        sentences = re.split(r"(?<=\.) ", reply)
        for sentence in sentences:
            yield Said(sentence)
        yield Done(
            Turn(
                message,
                understanding,
                state.ledger,
                action,  # type: ignore[arg-type]
                reply=reply,
                handoff=action == "handoff",
                cart=state.cart,
                ms=Timing(understand=1.0, total=2.0),
            ),
            state,
        )
