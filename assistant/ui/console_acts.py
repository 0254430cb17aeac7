"""What an agent can do on the console, one method an act: what the page sent in, what the page should say out.

Knows the desk's calls and the words for how they ended; draws nothing. Nothing the page sends is trusted: who asks is
told by the server, and the desk decides what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from assistant.desk import Desk
from assistant.errors import StoreError
from assistant.store.queue import VIEWS, View
from assistant.types import Constraints, ReplyLanguage
from assistant.ui.chips import changed, turned, without
from assistant.ui.console_sheets import CLOSED, render_passage, render_policies, render_sheet
from assistant.ui.texts import reply_language
from assistant.ui.words_console import ConsoleWords

Kind = Literal["done", "sent", "refused"]

_TEXT = 20_000
_THREAD = 60_000
_NAME = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act leads to on the page.

    ``conversation``, ``view``, ``language`` and ``query`` are where the page is from now on, ``None`` for as before;
    ``panel`` is a sheet; ``told`` a line for the agent. ``settled`` says that a draft that is gone was the agent's own
    doing.
    """

    conversation: str | None = None
    view: View | None = None
    language: ReplyLanguage | None = None
    query: str | None = None
    panel: str | None = None
    told: str = ""
    kind: Kind = "done"
    settled: bool = False


@dataclass(frozen=True, slots=True)
class _Ask:
    """One act: who, on which conversation, with what."""

    data: Mapping[str, Any]
    agent: str
    conversation: str
    w: ConsoleWords

    def text(self, name: str, longest: int = _NAME) -> str:
        """A text the page sent; empty for none."""
        value = self.data.get(name)
        return value[:longest] if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A whole number the page sent.

        Raises:
            ValueError: it is none.
        """
        return int(str(self.data.get(name, "")))


class Acts:
    """Every act of the page by name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._table: dict[str, Callable[[_Ask], Outcome]] = {
            "look": lambda ask: Outcome(),
            "language": lambda ask: Outcome(panel=CLOSED),
            "open": lambda ask: Outcome(ask.text("conversation_id"), settled=True),
            "view": lambda ask: Outcome(view=_view(ask)),
            "orders": lambda ask: Outcome(query=ask.text("query").strip()),
            "sheet": self._sheet,
            "policies": lambda ask: Outcome(panel=render_policies(desk, _tongue(ask), ask.w)),
            "passage": lambda ask: Outcome(
                panel=render_passage(desk, ask.text("topic"), _tongue(ask), ask.text("heading"), ask.w)
            ),
            "save_passage": self._save_passage,
            "withdraw": self._save_passage,
            "paste": self._paste,
            "customer": self._customer,
            "take": self._take,
            "reopen": lambda ask: self._if(ask, desk.reopen(ask.conversation, ask.agent), view="mine"),
            "release": lambda ask: self._if(ask, desk.release(ask.conversation, ask.agent), view="waiting"),
            "close": lambda ask: self._if(ask, desk.close(ask.conversation, ask.agent)),
            "transfer": lambda ask: self._if(
                ask, desk.transfer(ask.conversation, ask.agent, ask.text("to") or None), view="handed_off"
            ),
            "automatic": self._automatic,
            "send": self._send,
            "dismiss": self._dismiss,
            "note": self._note,
            "name": lambda ask: self._if(
                ask, desk.name_customer(ask.conversation, ask.agent, ask.text("customer").strip()), told=ask.w.saved
            ),
            "intent": self._intent,
            "chip": self._chip,
            "example": self._example,
            "can": self._can,
            "uncan": self._can,
        }

    def do(self, name: str, data: Mapping[str, Any], agent: str, conversation: str, w: ConsoleWords) -> Outcome:
        """Do what the page asks for.

        Args:
            name: of the act; an unknown one is a look.
            data: what the page sent with it.
            agent: who is signed in.
            conversation: the open one.
            w: words of the page's language.

        Raises:
            StoreError: the desk refuses it.
            ValueError: something sent is not what it has to be.
        """
        return self._table.get(name, self._table["look"])(_Ask(data, agent, conversation, w))

    def _sheet(self, ask: _Ask) -> Outcome:
        sheet = ask.text("sheet")
        tongue = self._customer_tongue(ask)
        if sheet == "policies":
            return Outcome(panel=render_policies(self._desk, reply_language(ask.w.lang), ask.w))
        return Outcome(panel=render_sheet(self._desk, sheet, ask.agent, ask.conversation, tongue, ask.w))

    def _customer_tongue(self, ask: _Ask) -> ReplyLanguage:
        if not ask.conversation:
            return reply_language(ask.w.lang)
        return self._desk.case(ask.conversation, ask.agent).language

    def _paste(self, ask: _Ask) -> Outcome:
        new = self._desk.paste(ask.text("text", _THREAD), ask.agent, customer=ask.text("customer").strip())
        return Outcome(new, "mine", panel=CLOSED, settled=True)

    def _customer(self, ask: _Ask) -> Outcome:
        self._desk.customer_writes(ask.conversation, ask.text("text", _TEXT))
        return Outcome(panel=CLOSED, told=ask.w.saved)

    def _take(self, ask: _Ask) -> Outcome:
        if self._desk.take(ask.conversation, ask.agent):
            return Outcome(view="mine", told=ask.w.taken)
        return Outcome(told=ask.w.not_taken, kind="refused")

    def _automatic(self, ask: _Ask) -> Outcome:
        on = ask.text("on") == "1"
        done = self._desk.let_bot(ask.conversation, ask.agent, on, automatic=on)
        told = ask.w.automatic_on if on else ask.w.automatic_off
        return Outcome(panel=CLOSED, told=told) if done else self._refused(ask)

    def _send(self, ask: _Ask) -> Outcome:
        text = ask.text("text", _TEXT).strip()
        if not text:
            return Outcome()
        draft = ask.text("draft")
        if draft:
            if not self._desk.use(int(draft), ask.agent, text):
                return Outcome(told=ask.w.not_sent, kind="refused")
        else:
            self._desk.write(ask.conversation, ask.agent, text)
        return Outcome(told=ask.w.sent, kind="sent", settled=True)

    def _dismiss(self, ask: _Ask) -> Outcome:
        self._desk.dismiss(ask.number("draft"), ask.agent)
        return Outcome(settled=True)

    def _note(self, ask: _Ask) -> Outcome:
        text = ask.text("text", _TEXT).strip()
        if not text:
            return Outcome()
        self._desk.note(ask.conversation, ask.agent, text)
        return Outcome(told=ask.w.noted)

    def _intent(self, ask: _Ask) -> Outcome:
        intent = ask.text("intent")
        if intent not in ask.w.intents:
            raise ValueError(f"'{intent}' is no intent")
        self._desk.correct_intent(ask.conversation, ask.number("turn"), intent, ask.agent)
        return Outcome(told=ask.w.saved)

    def _chip(self, ask: _Ask) -> Outcome:
        case = self._desk.case(ask.conversation, ask.agent)
        turns = [line.turn for line in case.lines if line.author == "customer" and line.turn is not None]
        after = _changed(case.ledger, ask)
        if not turns or after == case.ledger:
            return Outcome(told=ask.w.not_done, kind="refused")
        self._desk.correct_constraints(ask.conversation, turns[-1], after, ask.agent)
        return Outcome(told=ask.w.saved)

    def _example(self, ask: _Ask) -> Outcome:
        self._desk.keep_as_case(ask.conversation, ask.number("turn"), ask.agent)
        return Outcome(told=ask.w.kept_example)

    def _can(self, ask: _Ask) -> Outcome:
        text: str | None = ask.text("text", 4000).strip() or None
        tongue = reply_language(ask.text("tongue")) if ask.text("tongue") else self._customer_tongue(ask)
        base = ask.number("base") if "base" in ask.data else 0
        told = ""
        try:
            self._desk.save_canned(tongue, ask.text("title", 80).strip(), text, ask.agent, base=base)
        except StoreError:
            told = ask.w.not_done
        sheet = render_sheet(self._desk, "canned", ask.agent, ask.conversation, tongue, ask.w, told=told)
        return Outcome(panel=sheet, told="" if told else ask.w.saved)

    def _save_passage(self, ask: _Ask) -> Outcome:
        tongue, topic, heading = _tongue(ask), ask.text("topic"), ask.text("heading").strip()
        text: str | None = ask.text("text", 6000).strip() or None
        told = ""
        try:
            self._desk.save_passage(
                topic, tongue, heading, text, ask.agent, base=ask.number("base"), note=ask.text("note", 200)
            )
        except StoreError:
            told = ask.w.edited_meanwhile
        panel = render_passage(self._desk, topic, tongue, heading, ask.w, told=told)
        return Outcome(panel=panel, told="" if told else ask.w.saved)

    def _if(self, ask: _Ask, done: bool, *, view: View | None = None, told: str = "") -> Outcome:
        return Outcome(view=view, told=told, panel=CLOSED) if done else self._refused(ask)

    def _refused(self, ask: _Ask) -> Outcome:
        return Outcome(told=ask.w.not_done, kind="refused", panel=CLOSED)


def _view(ask: _Ask) -> View:
    view = ask.text("view")
    return next((v for v in VIEWS if v == view), "waiting")


def _tongue(ask: _Ask) -> ReplyLanguage:
    tongue = ask.text("tongue")
    if tongue not in get_args(ReplyLanguage):
        raise ValueError(f"'{tongue}' is no language of the shop")
    return reply_language(tongue)


def _changed(ledger: Constraints, ask: _Ask) -> Constraints:
    """The wishes with one changed, turned round or taken away, as the chip said."""
    name, value = ask.text("field"), ask.text("value")
    if "to" in ask.data:
        return changed(ledger, name, value, ask.text("to"))
    if ask.data.get("turned"):
        return turned(ledger, name, value)
    return without(ledger, name, value)
