"""The shop page: a conversation with cards, an editable ledger, sheets over the page and a cart, on Gradio.

Each browser tab has its own ``Tab`` record on the server and nothing else; what was said is kept by ``Sessions``. Knows
how events become page updates; knows nothing of models, and nothing of how a request reaches it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.dialogue import DialogueState
from assistant.errors import AssistantError, BusyError, UnknownProductError
from assistant.for_you import Suggestion
from assistant.ranking import shown_price
from assistant.sessions import SessionEvent, Sessions
from assistant.store.feedback import Thumb
from assistant.turns import Done, Shown, Understood
from assistant.types import CartLine, Constraints
from assistant.ui.cards import CardRenderer
from assistant.ui.chips import changed, chips_of, render_bar, turned, without
from assistant.ui.for_you import NOTHING, render_for_you
from assistant.ui.panels import CLOSED, Panels, named_products, trace_with
from assistant.ui.people import by_turn, from_people, render_people
from assistant.ui.pictures import Pictures
from assistant.ui.texts import WISHES, Words, words
from assistant.ui.theme import asset
from assistant.ui.turns import TurnView, fitting_wishes, render_header, render_welcome, stored_view

log = logging.getLogger(__name__)

TURNS_AT_ONCE = 4
"""Turns that may run at the same time; generation itself is one after the other anyway."""

_ACTS_AT_ONCE = 8
"""What is done beside conversations at the same time; a cart waits for the turn of its own conversation."""

_WAITING_LINE = 64
_LOG = '<div class="past">{}</div><div class="announcer sr" role="log" aria-live="polite"></div>'
_RESTORED = 12
"""Turns of a conversation that are shown again after a reload; the stored ones are all kept."""
_FOR_YOU = 6
"""Products in the row that is one shopper's own."""
_IDLE = "() => window.lantern.idle()"


@dataclass(frozen=True, slots=True)
class Tab:
    """What the server knows of one browser tab. ``currency`` is that of the cards last shown, ``missed`` the fields
    that the last search had to loosen; ``ledger``, ``cart`` and ``undo`` (whether there is a change to take back) are
    what the strip above the message box shows. ``heard`` is the last message of a person that stands above the turn.
    ``personal`` is whether what the shopper does may be noted and used."""

    conversation: str | None = None
    turns: int = 0
    language: str = "en"
    currency: str | None = None
    missed: tuple[str, ...] = ()
    ledger: Constraints = Constraints()
    cart: tuple[CartLine, ...] = ()
    undo: bool = False
    heard: int = 0
    personal: bool = True


class Shop:
    """The page's behaviour, free of Gradio's objects where it can be."""

    def __init__(self, sessions: Sessions, pictures: Pictures) -> None:
        self._sessions = sessions
        self._cards = CardRenderer(pictures)
        self._panels = Panels(self._cards)
        engine = sessions.assistant.engine
        sold = [wish.product for wish in WISHES if engine.topics.find(wish.product).any]
        self.welcome = render_welcome(fitting_wishes(sold))

    def answer(self, message: str, tab: Tab, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """One turn, for a message sent, a suggestion pressed or a chip removed.

        Yields:
            Updates of the parts ``live, message, bar, header, send, for_you, tab``.
        """
        data = _data(event)
        typed = True
        label = change = None
        if isinstance(data.get("field"), str) and isinstance(data.get("value"), str):
            typed = False
            message, change = "", _change(data)
            label = self._label(tab, data, change(tab.ledger))
        elif isinstance(data.get("text"), str):
            typed = False
            message = data["text"]
        if typed and not message.strip():
            yield (gr.skip(),) * 7
            return
        tab = replace(self._begun(tab), turns=tab.turns + 1)
        assert tab.conversation is not None
        view = TurnView(tab.turns, message, tab.language, label, conversation=tab.conversation)
        # The message box is emptied at once, and filled again only if the turn fails: nothing that was typed is lost.
        yield self._show(view, box=gr.update(value="") if typed else gr.skip(), tab=tab)
        try:
            events = (
                self._sessions.edit(tab.conversation, change)
                if change is not None
                else self._sessions.say(tab.conversation, message)
            )
            for happened in events:
                view = view.after(happened)
                tab, rest = self._around(happened, tab)
                yield self._show(view, **rest, tab=tab)
            if view.status != "done":
                view = replace(view, status="done", sentences=(words(tab.language).nothing_changed,))
                yield self._show(view, tab=tab)
        except BusyError:
            log.warning("a message was refused: too many turns wait")
            yield self._show(view.failed(), box=gr.update(value=message) if typed else gr.skip(), tab=tab)
        except Exception:
            # The shopper sees one line and keeps the message; the reason belongs into the log, the words do not.
            log.exception("a turn failed", extra={"turn": tab.turns})
            yield self._show(view.failed(), box=gr.update(value=message) if typed else gr.skip(), tab=tab)

    def fresh(self, tab: Tab, event: gr.EventData) -> tuple[Any, ...]:
        """A new conversation in the same tab; the old one stays stored, unless the shopper wants it forgotten.

        Returns:
            Updates of the parts ``live, message, bar, header, send, tab, past, panel, people, for_you``.
        """
        if _data(event).get("forget") and tab.conversation is not None:
            self._sessions.forget(tab.conversation)
        tab = Tab(language=tab.language, personal=tab.personal)
        w = words(tab.language)
        bar = str(render_bar(Constraints(), (), None, w))
        mine = self.for_you(tab)
        return self.welcome, "", bar, gr.skip(), gr.skip(), tab, _LOG.format(""), CLOSED, _nobody(w), mine

    def restore(self, tab: Tab, event: gr.EventData) -> tuple[Any, ...]:
        """The conversation of this browser tab once more, after a reload; nothing where it is not stored (any more).

        Returns:
            Updates of the parts ``live, message, bar, header, send, tab, past, panel, people, for_you``.
        """
        data = _data(event)
        conversation = data.get("conversation")
        stored = self._sessions.history(conversation) if isinstance(conversation, str) and conversation else ()
        if tab.turns:
            return (gr.skip(),) * 10
        if not stored:
            # Before the first message only the page itself knows that the shopper turned this off.
            tab = replace(tab, personal=data.get("personal") != "off")
            return (*(gr.skip(),) * 5, tab, gr.skip(), gr.skip(), gr.skip(), self.for_you(tab))
        assert isinstance(conversation, str)
        state = self._sessions.state(conversation)
        find = self._sessions.assistant.engine.product
        views = [stored_view(turn, find, conversation) for turn in stored[-_RESTORED:]]
        last = views[-1]
        tab = Tab(conversation, stored[-1].number, last.language, undo=_can_undo(state), ledger=state.ledger)
        tab = replace(tab, personal=state.personal)
        currency = last.cards[0].currency if last.cards else None
        tab = replace(tab, cart=state.cart, currency=currency, missed=last.relaxed)
        w = words(tab.language)
        spoken = from_people(self._sessions.people(conversation))
        theirs = by_turn(spoken)
        silent = self._sessions.silent(conversation)
        earlier = "".join(
            view.render(self._cards) + render_people(theirs.get(view.number, ()), conversation, silent, w)
            for view in views[:-1]
        )
        tab = replace(tab, heard=max((m.id for m in spoken if m.after_turn < last.number), default=0))
        newer = [m for m in spoken if m.id > tab.heard]
        people = render_people(newer, conversation, silent, w, after=tab.heard)
        box = gr.update(placeholder=w.placeholder, label=w.ask)
        send = gr.update(value=w.send)
        past = _LOG.format(earlier)
        shown = last.render(self._cards), box, self._bar(tab), render_header(w), send, tab, past, CLOSED, people
        return *shown, self.for_you(tab)

    def for_you(self, tab: Tab) -> str:
        """What the page shows for this shopper alone, out of what was done so far, and the switch that ends it."""
        if not self._sessions.remembering.enabled:
            return NOTHING
        w = words(tab.language)
        found: tuple[Suggestion, ...] = ()
        if tab.personal and tab.conversation is not None and (taste := self._sessions.taste(tab.conversation)):
            assistant = self._sessions.assistant
            found = assistant.for_you(taste, w.lang, k=_FOR_YOU, currency=tab.ledger.currency, asked=tab.ledger)
        return render_for_you(found, self._cards, w, wanted=tab.personal, both=not tab.turns)

    def _row_of(self, tab: Tab) -> Any:
        """As :meth:`for_you`, beside a turn: a row that cannot be made must not spoil what was answered."""
        try:
            return self.for_you(tab)
        except Exception:
            log.exception("the row for a shopper could not be made", extra={"turn": tab.turns})
            return gr.skip()

    def _begun(self, tab: Tab) -> Tab:
        """The tab with a conversation; a new one knows from the start what may not be noted."""
        if tab.conversation is not None:
            return tab
        conversation = self._sessions.new_id()
        if not tab.personal:
            self._sessions.remember(conversation, False)
        return replace(tab, conversation=conversation)

    def _personal(self, tab: Tab, wanted: bool) -> Tab:
        if tab.conversation is not None:
            self._sessions.remember(tab.conversation, wanted)
        return replace(tab, personal=wanted)

    def act(self, tab: Tab, event: gr.EventData) -> tuple[Any, ...]:
        """What is done beside the conversation: a sheet opened, a product put into the cart, a rating.

        Returns:
            Updates of the parts ``panel, bar, tab, for_you``.
        """
        data = _data(event)
        w = words(tab.language)
        assistant = self._sessions.assistant
        products = named_products(assistant, data.get("skus", data.get("sku")))
        try:
            match data.get("act"):
                case "detail" if products:
                    if tab.conversation is not None:
                        self._sessions.note(tab.conversation, products[0].sku, "view")
                    sheet = self._panels.detail(assistant, products[0], w, tab.cart)
                    return sheet, gr.skip(), gr.skip(), self.for_you(tab)
                case "why" if products and tab.conversation is not None:
                    trace = trace_with(self._sessions.history(tab.conversation), products[0].sku)
                    return self._panels.why(products[0], trace, w, tab.currency), *(gr.skip(),) * 3
                case "compare" if len(products) > 1:
                    return self._panels.compare(products, w), *(gr.skip(),) * 3
                case "cart":
                    return self._panels.cart(assistant, tab.cart, w), *(gr.skip(),) * 3
                case "put" if tab.conversation is not None and isinstance(data.get("sku"), str):
                    return self._put(tab, data)
                case "rate" if products and tab.conversation is not None:
                    reason = data.get("reason") if data.get("reason") in w.reasons else None
                    value: Thumb = 1 if data.get("value") == "1" else -1
                    self._rate(tab.conversation, products[0].sku, value, reason)
                    return *(gr.skip(),) * 3, self.for_you(tab)
                case "pass" if products and tab.conversation is not None:
                    self._sessions.note(tab.conversation, products[0].sku, "dislike")
                    return *(gr.skip(),) * 3, self.for_you(tab)
                case "personal":
                    tab = self._personal(tab, data.get("value") == "on")
                    return gr.skip(), gr.skip(), tab, self.for_you(tab)
                case "forget":
                    return self._panels.forget(w), *(gr.skip(),) * 3
        except (AssistantError, ValueError):
            # The page only sends what it was shown; whoever sends something else is told nothing, the log is.
            log.warning("an act of the page was refused", exc_info=True)
        return (gr.skip(),) * 4

    def _rate(self, conversation: str, sku: str, value: Thumb, reason: str | None) -> None:
        try:
            self._sessions.rate(conversation, sku, value, reason)
        except UnknownProductError:
            # Cards are there before their turn is stored, which it is at its end: what is pressed meanwhile waits.
            self._sessions.in_turn(conversation, lambda: self._sessions.rate(conversation, sku, value, reason))

    def _put(self, tab: Tab, data: dict[str, Any]) -> tuple[Any, ...]:
        """A product into the cart, one more of it or as many as stated, and the sheet it was done from once more."""
        assert tab.conversation is not None
        sku = data["sku"]
        held = next((line.quantity for line in tab.cart if line.sku == sku), 0)
        stated = str(data.get("quantity", held + 1))
        state = self._sessions.put(tab.conversation, sku, int(stated) if stated.isdigit() else held)
        tab = replace(tab, cart=state.cart)
        assistant = self._sessions.assistant
        w = words(tab.language)
        panel: Any = gr.skip()
        if data.get("then") == "cart":
            panel = self._panels.cart(assistant, tab.cart, w)
        elif data.get("then") == "detail" and (shown := named_products(assistant, data.get("shown", sku))):
            panel = self._panels.detail(assistant, shown[0], w, tab.cart)
        return panel, self._bar(tab), tab, self.for_you(tab)

    def _around(self, event: SessionEvent, tab: Tab) -> tuple[Tab, dict[str, Any]]:
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
                tab = replace(tab, ledger=state.ledger, cart=turn.cart, undo=_can_undo(state), personal=state.personal)
                # What was put into the cart or said may change the row too; an update of its own would take as long
                # again as all else that follows a press.
                return tab, {"bar": self._bar(tab), "for_you": self._row_of(tab)}
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
                undo=tab.undo,
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
    def _label(tab: Tab, data: dict[str, Any], ledger: Constraints) -> str:
        """What a change of the ledger says on the page: "no blue", "under $80 became under $100"."""
        w = words(tab.language)
        before = {(c.field, c.value): c.label for c in chips_of(tab.ledger, w, tab.currency)}
        after = {(c.field, c.value): c.label for c in chips_of(ledger, w, tab.currency)}
        old = before.get((data["field"], data["value"]), data["value"][:80])
        new = [label for chip, label in after.items() if chip not in before]
        return w.changed.format(old=old, new=new[0]) if new else w.removed.format(old)

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
        for_you: Any = None,
    ) -> tuple[Any, ...]:
        if box_words is not None:
            box = gr.update(placeholder=box_words.placeholder, label=box_words.ask)
        parts = (view.render(self._cards), box, bar, header, send, for_you)
        return (*(gr.skip() if part is None else part for part in parts), tab)


def _data(event: gr.EventData) -> dict[str, Any]:
    """What the page's script sent; nothing in it can be trusted."""
    return event._data if isinstance(event._data, dict) else {}


def _change(data: dict[str, Any]) -> Callable[[Constraints], Constraints]:
    """The change of the ledger that a chip asks for: another value, the opposite, or none."""
    field, value = data["field"], data["value"]
    if isinstance(data.get("to"), str):
        return lambda ledger: changed(ledger, field, value, data["to"])
    if data.get("turn"):
        return lambda ledger: turned(ledger, field, value)
    return lambda ledger: without(ledger, field, value)


def _nobody(w: Words) -> str:
    return render_people((), "", False, w)


def _can_undo(state: DialogueState) -> bool:
    return state.topic is not None and bool(state.topic.history)


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
            past = html(_LOG.format(""), "log")
            live = html(shop.welcome, "live")
            people = html(_nobody(w), "people")
            mine = html(shop.for_you(Tab()), "for-you")
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
        panel = html(CLOSED, "panel")
        parts = [live, message, bar, header, send, tab]
        # The page itself sends one thing at a time (shop.js), so Gradio must not drop anything on its own.
        turn = gr.on(
            [send.click, live.submit, past.submit, bar.submit, bar.delete],
            shop.answer,
            [message, tab],
            [*parts[:-1], mine, tab],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=TURNS_AT_ONCE,
        )
        new = gr.on(
            [header.clear, panel.clear],
            shop.fresh,
            [tab],
            [*parts, past, panel, people, mine],
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=TURNS_AT_ONCE,
        )
        for step in (turn, new):
            step.then(None, js=_IDLE, api_visibility="private")
        gr.on(
            [live.select, past.select, bar.select, header.select, panel.select, mine.select],
            shop.act,
            [tab],
            [panel, bar, tab, mine],
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=_ACTS_AT_ONCE,
        )
        header.apply(
            shop.restore,
            [tab],
            [*parts, past, panel, people, mine],
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=TURNS_AT_ONCE,
        )
    page.queue(default_concurrency_limit=TURNS_AT_ONCE, max_size=_WAITING_LINE, api_open=False)
    return page
