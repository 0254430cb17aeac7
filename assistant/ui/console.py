"""The agent console: queue, conversation, draft and customer on one page, on Gradio.

Nothing of a browser tab is kept here: with each act the page says where it is and what it shows, and gets back the
parts that are different now. Knows how acts become calls of the desk; knows nothing of how a draft is made.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import gradio as gr

from assistant.desk import Desk
from assistant.desk.records import Case, DraftReady, DraftText, FoundOrder, Style
from assistant.errors import AssistantError
from assistant.store.database import utc_now
from assistant.store.queue import VIEWS, View
from assistant.types import ReplyLanguage
from assistant.ui.cards import CardRenderer
from assistant.ui.console_acts import Acts, Outcome
from assistant.ui.console_sheets import CLOSED
from assistant.ui.console_side import render_side
from assistant.ui.console_view import (
    Staff,
    console_words,
    mark_of,
    part,
    render_draft,
    render_head,
    render_hints,
    render_queue,
    render_reply,
    render_talk,
    render_told,
)
from assistant.ui.pictures import Pictures
from assistant.ui.texts import reply_language
from assistant.ui.theme import asset

log = logging.getLogger(__name__)

PARTS = ("head", "queue", "talk", "hints", "reply", "draft", "side", "panel", "told", "beat")
"""The parts of the page in the order in which an act updates them; ``beat`` says that the act was answered."""

_AT_ONCE = 8
_DRAFTS_AT_ONCE = 4
_ROWS = 60
_QUERY = 120
_ID = 64
_STATE = 400


@dataclass(frozen=True, slots=True)
class Here:
    """Where a browser tab is, as its page says; nothing in it can be trusted.

    ``draft`` is the id of the draft it shows, ``marks`` the marks of the parts it has, ``state`` what it was told last
    of how everything stands.
    """

    language: ReplyLanguage = "en"
    view: View = "waiting"
    conversation: str = ""
    draft: str = ""
    query: str = ""
    state: str = ""
    marks: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Here:
        """Out of what the page sent; what does not fit is left out."""
        said = data.get("here")
        here: dict[str, Any] = said if isinstance(said, dict) else {}
        view = here.get("view")
        marks = here.get("marks")
        return cls(
            reply_language(str(here.get("language", "en"))),
            view if view in VIEWS else "waiting",
            str(here.get("conversation") or "")[:_ID],
            str(here.get("draft") or "")[:20],
            str(here.get("query") or "")[:_QUERY],
            str(here.get("state") or "")[:_STATE],
            {str(k): str(v) for k, v in marks.items()} if isinstance(marks, dict) else {},
        )


class Console:
    """The page's behaviour, free of Gradio's objects where it can be. Holds tables only."""

    def __init__(self, desk: Desk, pictures: Pictures, staff: Callable[[Any], Staff]) -> None:
        self._desk = desk
        self._acts = Acts(desk)
        self._cards = CardRenderer(pictures)
        self._staff = staff

    def act(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Whatever was done on the page, or nothing but a look whether something changed.

        Returns:
            Updates of :data:`PARTS`; what the page has already is left alone.
        """
        data = event._data if isinstance(event._data, dict) else {}
        staff = self._staff(request)
        here = Here.read(data)
        w = console_words(here.language)
        said = data.get("of")
        of = said[:_ID] if isinstance(said, str) and said else here.conversation
        try:
            try:
                done = self._acts.do(str(data.get("act", "look")), data, staff.name, of, w)
                if of != here.conversation:
                    # Done to a conversation that was left meanwhile: the page stays where it is now.
                    done = replace(done, conversation=None, view=None, query=None, settled=False)
            except (AssistantError, ValueError):
                # The page sends what it was shown; what has changed meanwhile is told without the details of it.
                log.warning("an act of the console was refused", exc_info=True)
                done = Outcome(told=w.not_done, kind="refused")
            done = replace(done, of=of) if done.told else done
            state = self._state(staff.name, here, done)
            if done == Outcome() and state and state == here.state:
                return (*(gr.skip() for _ in PARTS[:-1]), _beat(state))
            return (*self._page(staff, here, done), _beat(state))
        except Exception:
            # What is on the page stays there, typed text above all; the reason belongs into the log.
            log.exception("an act of the console failed")
            told = render_told("refused", w.broken, secrets.token_hex(4), of)
            return (*(gr.skip() for _ in PARTS[:-2]), told, _beat())

    def draft(self, event: gr.EventData, request: gr.Request) -> Iterator[str]:
        """Write a draft, sentence by sentence.

        Yields:
            The hidden part the page's script reads: what is written so far, and whether it is ready.
        """
        data = event._data if isinstance(event._data, dict) else {}
        staff = self._staff(request)
        here = Here.read(data)
        style: Style = data["style"] if data.get("style") in get_args(Style) else "standard"
        asked = data.get("question")
        question = asked[:400] if isinstance(asked, str) and asked.strip() else None
        written, status, number = "", "writing", ""
        once = secrets.token_hex(4)

        def told() -> str:
            return part(
                "stream", "", conversation=here.conversation, status=status, text=written, draft=number, once=once
            )

        yield told()
        try:
            for happened in self._desk.draft(
                here.conversation, staff.name, style, language=here.language, question=question
            ):
                match happened:
                    case DraftText(text):
                        written += text
                    case DraftReady(draft, sent):
                        written, status, number = draft.text, "sent" if sent else "ready", str(draft.id)
                    case _:
                        written, status = "", "outdated"
                yield told()
        except Exception:
            # The agent sees one line and can answer without it; the reason belongs into the log.
            log.exception("a draft failed")
            written, status = "", "failed"
            yield told()

    def _page(self, staff: Staff, here: Here, done: Outcome) -> tuple[Any, ...]:
        """The parts that are not as the page has them."""
        conversation = here.conversation if done.conversation is None else done.conversation
        view = here.view if done.view is None else done.view
        w = console_words(done.language or here.language)
        desk, agent = self._desk, staff.name
        case, missing = self._case(conversation, agent, w.lang)
        moved = conversation != here.conversation
        query = "" if moved else (here.query if done.query is None else done.query)
        void = bool(here.draft) and not moved and not done.settled and (case is None or case.draft is None)
        rows = desk.queue(view, agent, limit=_ROWS)
        found: tuple[FoundOrder, ...] | None = desk.orders_of(query) if query.strip() else None
        cards = self._products(case)
        parts = {
            "head": render_head(staff, w),
            "queue": render_queue(rows, desk.counts(agent), view, conversation, w, utc_now()),
            "talk": render_talk(case, missing, w),
            "hints": render_hints(case, w, cards[0][0].currency if cards else None),
            "reply": render_reply(case, w),
            "draft": render_draft(case, w, outdated=void),
            "side": render_side(case, cards, found, query, self._cards, w),
        }
        out: list[Any] = [gr.skip() if mark_of(html) == here.marks.get(name) else html for name, html in parts.items()]
        out.append(gr.skip() if done.panel is None else done.panel)
        out.append(render_told(done.kind, done.told, secrets.token_hex(4), done.of) if done.told else gr.skip())
        return tuple(out)

    def _state(self, agent: str, here: Here, done: Outcome) -> str:
        """How everything stands that the page shows; cheap to ask, and the same as long as nothing changed."""
        conversation = here.conversation if done.conversation is None else done.conversation
        view, language = done.view or here.view, done.language or here.language
        try:
            case = self._desk.version(conversation) if conversation else ""
        except AssistantError:
            case = "gone"
        query = here.query if done.query is None else done.query
        shown = (agent, language, view, conversation, query, here.draft, self._desk.queue_version(), case)
        return hashlib.blake2b(repr(shown).encode("utf-8", "replace"), digest_size=12).hexdigest()

    def _case(self, conversation: str, agent: str, language: str) -> tuple[Case | None, bool]:
        if not conversation:
            return None, False
        try:
            return self._desk.case(conversation, agent, reply_language(language)), False
        except AssistantError:
            # Forgotten by the customer, or an address that never was one.
            return None, True

    def _products(self, case: Case | None) -> list[tuple[Any, str]]:
        if case is None:
            return []
        cards = self._desk.matching_products(case.conversation)
        return [(card, self._desk.product_text(card.product.sku, case.language)) for card in cards]


def _beat(state: str = "") -> str:
    return part("beat", "", once=secrets.token_hex(4), state=state)


def build_console(desk: Desk, pictures: Pictures, staff: Callable[[Any], Staff]) -> Any:
    """The page as ``gradio.Blocks``; mount it for the role ``agent`` with ``head("console.css")``.

    Args:
        desk: the service behind it.
        pictures: drawings by product type.
        staff: who sent a request.
    """
    console = Console(desk, pictures, staff)
    w = console_words("en")
    script = asset("console.js")

    def html(value: str, name: str) -> gr.HTML:
        return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False, padding=False)

    with gr.Blocks(title="Lantern · Console", analytics_enabled=False, fill_width=True) as page:
        head = html(part("head", ""), "header")
        with gr.Row(elem_id="columns"):
            queue = html(part("queue", f'<p class="loading" role="status">{w.loading}</p>'), "queue")
            with gr.Column(elem_id="middle"):
                talk = html(part("talk", ""), "talk")
                hints = html(part("hints", ""), "hints")
                reply = html(render_reply(None, w), "reply")
                draft = html(part("draft", "", draft="", text=""), "draft")
            side = html(part("side", ""), "side")
        panel = html(CLOSED, "panel")
        told = html(render_told("done", "", ""), "told")
        stream = html(part("stream", ""), "stream")
        beat = html(part("beat", ""), "beat")
        # The page's script sends one act after the other; Gradio must not drop any on its own.
        step = gr.on(
            [told.select],
            console.act,
            None,
            [head, queue, talk, hints, reply, draft, side, panel, told, beat],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=_AT_ONCE,
        )
        step.then(None, js="() => window.lanternDesk.idle()", api_visibility="private")
        gr.on(
            [stream.submit],
            console.draft,
            None,
            [stream],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=_DRAFTS_AT_ONCE,
        )
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=256, api_open=False)
    return page
