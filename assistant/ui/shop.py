"""The shop page: a conversation with cards, chips and a cart, on Gradio.

Each browser tab has its own ``Tab`` record on the server and nothing else; what was said is kept by ``Sessions``. Knows
how events become page updates; knows nothing of models, and nothing of how a request reaches it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.pipeline import Done, Event, Shown, Understood
from assistant.ranking import shown_price
from assistant.sessions import Sessions
from assistant.types import CartLine, Constraints
from assistant.ui.cards import CardRenderer
from assistant.ui.chips import chips_of, render_bar, without
from assistant.ui.pictures import Pictures
from assistant.ui.texts import WISHES, Words, words
from assistant.ui.theme import asset
from assistant.ui.turns import TurnView, fitting_wishes, render_header, render_welcome

log = logging.getLogger(__name__)

TURNS_AT_ONCE = 4
"""Turns that may run at the same time; generation itself is one after the other anyway."""

_WAITING_LINE = 64
_LOG = '<div class="past"></div><div class="announcer sr" role="log" aria-live="polite"></div>'
_IDLE = "() => window.lantern.idle()"


@dataclass(frozen=True, slots=True)
class Tab:
    """What the server knows of one browser tab. ``currency`` is that of the cards last shown, ``missed`` the fields
    that the last search had to loosen; ``ledger`` and ``cart`` are what the strip above the message box shows."""

    conversation: str | None = None
    turns: int = 0
    language: str = "en"
    currency: str | None = None
    missed: tuple[str, ...] = ()
    ledger: Constraints = Constraints()
    cart: tuple[CartLine, ...] = ()


class Shop:
    """The page's behaviour, free of Gradio's objects where it can be."""

    def __init__(self, sessions: Sessions, pictures: Pictures) -> None:
        self._sessions = sessions
        self._cards = CardRenderer(pictures)
        engine = sessions.assistant.engine
        sold = [wish.product for wish in WISHES if engine.topics.find(wish.product).any]
        self.welcome = render_welcome(fitting_wishes(sold))

    def answer(self, message: str, tab: Tab, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """One turn, for a message sent, a suggestion pressed or a chip removed.

        Yields:
            Updates of the parts ``live, message, bar, header, send, tab``.
        """
        data: dict[str, Any] = event._data if isinstance(event._data, dict) else {}
        typed = True
        label = None
        if isinstance(data.get("field"), str) and isinstance(data.get("value"), str):
            typed = False
            message, label = "", self._label(tab, data["field"], data["value"])
        elif isinstance(data.get("text"), str):
            typed = False
            message = data["text"]
        if typed and not message.strip():
            yield (gr.skip(),) * 6
            return
        tab = replace(tab, conversation=tab.conversation or self._sessions.new_id(), turns=tab.turns + 1)
        assert tab.conversation is not None
        view = TurnView(tab.turns, message, tab.language, label)
        # The message box is emptied at once, and filled again only if the turn fails: nothing that was typed is lost.
        yield self._show(view, box=gr.update(value="") if typed else gr.skip(), tab=tab)
        try:
            events = (
                self._sessions.edit(tab.conversation, lambda c: without(c, data["field"], data["value"]))
                if label is not None
                else self._sessions.say(tab.conversation, message)
            )
            for happened in events:
                view = view.after(happened)
                tab, rest = self._around(happened, tab)
                yield self._show(view, **rest, tab=tab)
            if view.status != "done":
                view = replace(view, status="done", sentences=(words(tab.language).nothing_changed,))
                yield self._show(view, tab=tab)
        except Exception:
            # The shopper sees one line and keeps the message; the reason belongs into the log, the words do not.
            log.exception("a turn failed", extra={"turn": tab.turns})
            yield self._show(view.failed(), box=gr.update(value=message) if typed else gr.skip(), tab=tab)

    def fresh(self, tab: Tab) -> tuple[Any, ...]:
        """A new conversation in the same tab; the old one stays stored."""
        tab = Tab(language=tab.language)
        w = words(tab.language)
        return self.welcome, "", str(render_bar(Constraints(), (), None, w)), gr.skip(), gr.skip(), tab

    def _around(self, event: Event, tab: Tab) -> tuple[Tab, dict[str, Any]]:
        """What an event changes around the turn: interface language, chips, cart."""
        match event:
            case Understood(understanding, ledger):
                language = "zh" if understanding.language == "zh" else "en"
                if language == tab.language:
                    return replace(tab, ledger=ledger), {}
                w = words(language)
                return replace(tab, language=language, ledger=ledger), {
                    "box_words": w,
                    "header": render_header(w),
                    "send": gr.update(value=w.send),
                }
            case Shown(cards, relaxed, _):
                tab = replace(tab, currency=cards[0].currency if cards else tab.currency, missed=relaxed)
                return tab, {"bar": self._bar(tab)}
            case Done(turn, state):
                tab = replace(tab, ledger=state.ledger, cart=turn.cart)
                return tab, {"bar": self._bar(tab)}
        return tab, {}

    def _bar(self, tab: Tab) -> str:
        return str(
            render_bar(
                tab.ledger,
                tab.cart,
                self._total(tab.cart, tab.language),
                words(tab.language),
                currency=tab.currency,
                missed=tab.missed,
            )
        )

    def _total(self, cart: tuple[CartLine, ...], language: str) -> tuple[float, str] | None:
        """The cart's sum, unless its prices are in different currencies or a product has left the catalogue."""
        amounts: list[float] = []
        currencies: set[str] = set()
        for line in cart:
            product = self._sessions.assistant.engine.product(line.sku)
            if product is None:
                return None
            price = shown_price(product, language)
            amounts.append(price.amount * line.quantity)
            currencies.add(price.currency)
        return (round(sum(amounts), 2), currencies.pop()) if len(currencies) == 1 else None

    @staticmethod
    def _label(tab: Tab, field: str, value: str) -> str:
        """What the removed chip said; the value itself when there is no such chip any more."""
        for chip in chips_of(tab.ledger, words(tab.language), tab.currency):
            if (chip.field, chip.value) == (field, value):
                return chip.label
        return value

    def _show(
        self,
        view: TurnView,
        *,
        tab: Tab,
        box: Any = None,
        box_words: Words | None = None,
        bar: Any = None,
        header: Any = None,
        send: Any = None,
    ) -> tuple[Any, ...]:
        if box_words is not None:
            box = gr.update(placeholder=box_words.placeholder, label=box_words.ask)
        parts = (view.render(self._cards), box, bar, header, send)
        return (*(gr.skip() if part is None else part for part in parts), tab)


def build_shop(sessions: Sessions, pictures: Pictures) -> Any:
    """The page as ``gradio.Blocks``; mount it with :func:`assistant.ui.theme.theme` and ``head``."""
    shop = Shop(sessions, pictures)
    w = words("en")
    script = asset("shop.js")

    def html(value: str, name: str) -> gr.HTML:
        return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False, padding=False)

    with gr.Blocks(title="Lantern · 灯笼小铺", analytics_enabled=False, fill_width=True) as page:
        tab = gr.State(Tab())
        header = html(render_header(w), "header")
        with gr.Column(elem_id="conversation"):
            past = html(_LOG, "log")
            live = html(shop.welcome, "live")
        with gr.Column(elem_id="composer"):
            bar = html(str(render_bar(Constraints(), (), None, w)), "bar")
            with gr.Row(elem_id="writing"):
                message = gr.Textbox(
                    label=w.ask,
                    placeholder="Your wish · 想找什么？",
                    elem_id="message",
                    lines=1,
                    max_lines=5,
                    autofocus=True,
                    container=True,
                )
                send = gr.Button(w.send, elem_id="send", variant="primary")
        parts = [live, message, bar, header, send, tab]
        # The page itself sends one thing at a time (shop.js), so Gradio must not drop anything on its own.
        turn = gr.on(
            [send.click, live.submit, past.submit, bar.submit, bar.delete],
            shop.answer,
            [message, tab],
            parts,
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=TURNS_AT_ONCE,
        )
        new = header.clear(
            shop.fresh, [tab], parts, show_progress="hidden", api_visibility="private", concurrency_limit=TURNS_AT_ONCE
        )
        for step in (turn, new):
            step.then(None, js=_IDLE, api_visibility="private")
    page.queue(default_concurrency_limit=TURNS_AT_ONCE, max_size=_WAITING_LINE, api_open=False)
    return page
