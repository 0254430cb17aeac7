"""The insights as one part of a page: figures of a period, the messages behind each, and one message step by step.

The part asks for its figures when it is first seen, in the language around it and the reader's time zone. Knows how
what is pressed becomes a screen; the arithmetic is in ``assistant.insights``, the words are elsewhere.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any, Literal

import gradio as gr

from assistant.insights.figures import Span, read_figures, zone_named
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.feedback import FeedbackStore
from assistant.store.insights import InsightStore
from assistant.ui.insights_view import EVERYTHING, Behind, InsightViews, TitleOf, insight_words
from assistant.ui.templating import TEMPLATES
from assistant.ui.theme import asset

log = logging.getLogger(__name__)

PERIODS: tuple[int, ...] = (1, 7, 30, 90)
"""The periods that have a button, in days; 1 is today."""

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks at: a period, and in it the figures, the messages behind one, or one of these messages."""

    language: str = "en"
    zone: tzinfo = UTC
    days: int | None = 7
    span: Span | None = None
    screen: Literal["figures", "list", "turn"] = "figures"
    behind: Behind = EVERYTHING
    limit: int = _PAGE
    conversation: str = ""
    number: int = 0


class Insights:
    """The part's behaviour, free of Gradio's objects."""

    def __init__(self, database: Database, title_of: TitleOf) -> None:
        self._database = database
        self._title_of = title_of
        self._store = InsightStore(database)

    def act(self, data: dict[str, Any], look: Look) -> tuple[str, Look]:
        """What is seen after something was pressed; ``data`` is what the page sent and nothing in it can be trusted."""
        look = self._next(data, look)
        try:
            return self._screen(look), look
        except Exception:
            # The reader sees one line and can try again; the reason belongs into the log.
            log.exception("the insights could not be read")
            return InsightViews(look.language, look.zone, self._title_of).failed(), look

    def _next(self, data: dict[str, Any], look: Look) -> Look:
        match data.get("act"):
            case "open":
                language = data.get("language")
                language = language if language in ("en", "zh") else look.language
                return replace(look, language=language, zone=zone_named(data.get("zone")))
            case "days" if str(data.get("days")) in {str(days) for days in PERIODS}:
                return replace(look, days=int(data["days"]), span=None, screen="figures")
            case "between":
                span = Span.between(str(data.get("first")), str(data.get("last")), look.zone)
                return look if span is None else replace(look, days=None, span=span, screen="figures")
            case "list":
                behind = Behind(str(data.get("kind"))[:20], str(data.get("value") or "")[:4000])
                if behind.chosen(self._span(look)) is None:
                    return look
                return replace(look, screen="list", behind=behind, limit=_PAGE)
            case "more":
                return replace(look, limit=min(look.limit + _PAGE, 40 * _PAGE))
            case "turn" if str(data.get("number")).isdecimal():
                conversation = str(data.get("conversation"))[:64]
                return replace(look, screen="turn", conversation=conversation, number=int(str(data["number"])[:9]))
            case "back":
                return replace(look, screen="list" if look.screen == "turn" else "figures")
        return look

    def _span(self, look: Look) -> Span:
        if look.span is not None:
            return look.span
        return Span.until_today(look.days or 7, self._database.now(), look.zone)

    def _screen(self, look: Look) -> str:
        views, span = InsightViews(look.language, look.zone, self._title_of), self._span(look)
        if look.screen == "turn":
            turn = ConversationStore(self._database).turn(look.conversation, look.number)
            opinions = FeedbackStore(self._database).of(look.conversation) if turn is not None else ()
            return views.turn(turn, opinions)
        found = look.behind.chosen(span)
        if look.screen == "list" and found is not None:
            days, chosen = found
            turns = self._store.matching(days.since, days.until, chosen, limit=look.limit)
            count = self._store.count(days.since, days.until, chosen)
            return views.turns(look.behind, days, turns, count)
        return views.overview(read_figures(self._database, span), look.days)


def _dressed(screen: str) -> str:
    # A screen that is asked for again must differ from the one before, or the page would wait for it for ever.
    return f'<style data-once="{secrets.token_hex(4)}">{asset("insights.css")}</style>{screen}'


def build_insights(database: Database, title_of: TitleOf, *, language: gr.State | None = None) -> gr.HTML:
    """Add the insights to the page, or tab, that is being built.

    Args:
        database: what is counted.
        title_of: a product's title in a language, ``None`` where there is no such product (any more).
        language: ``en`` or ``zh``; without it, the ``lang`` of what is around the part on the page.

    Returns:
        The part.
    """
    insights = Insights(database, title_of)
    waiting = TEMPLATES.get_template("insights_waiting.html").render(w=insight_words("en"), z=insight_words("zh"))
    look = gr.State(Look())
    part = gr.HTML(
        _dressed(waiting),
        elem_id="insights",
        js_on_load=asset("insights.js"),
        apply_default_css=False,
        padding=False,
    )

    def act(look: Look, stated: str | None, event: gr.EventData) -> tuple[str, Look]:
        data = event._data if isinstance(event._data, dict) else {}
        if stated in ("en", "zh"):
            look = replace(look, language=stated)
            data = {**data, "language": stated}
        screen, look = insights.act(data, look)
        return _dressed(screen), look

    def pressed(look: Look, event: gr.EventData) -> tuple[str, Look]:
        return act(look, None, event)

    def pressed_in(look: Look, stated: str, event: gr.EventData) -> tuple[str, Look]:
        return act(look, stated, event)

    part.select(
        pressed if language is None else pressed_in,
        [look] if language is None else [look, language],
        [part, look],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="multiple",
    )
    return part
