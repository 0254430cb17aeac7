"""What an agent can do on the console, one method an act: what the page sent in, what the page should say out.

Knows the desk's calls and the words for how they ended; draws nothing. Nothing the page sends is trusted: who asks is
told by the server, and the desk decides what is allowed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from assistant.desk import Desk
from assistant.desk.threads import MOST_CHARACTERS, MOST_MESSAGES
from assistant.errors import EditConflictError, StoreError, TooLongError
from assistant.store.queue import VIEWS, View
from assistant.types import Constraints, ReplyLanguage
from assistant.ui.chips import changed, turned, without
from assistant.ui.console_sheets import CLOSED, Typed, render_passage, render_policies, render_sheet
from assistant.ui.presses import Presses
from assistant.ui.texts import reply_language
from assistant.ui.words_console import ConsoleWords

Kind = Literal["done", "sent", "noted", "refused"]

log = logging.getLogger(__name__)

_TEXT = 20_000
# One more than is taken, so that what is too long is refused and not cut.
_THREAD = MOST_CHARACTERS + 1
_NAME = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act leads to on the page.

    ``conversation``, ``view``, ``language`` and ``query`` are where the page is from now on, ``None`` for as before;
    ``panel`` is a sheet; ``told`` a line for the agent, about the conversation ``of``. ``settled`` says that a draft
    that is gone was the agent's own doing.
    """

    conversation: str | None = None
    view: View | None = None
    language: ReplyLanguage | None = None
    query: str | None = None
    panel: str | None = None
    told: str = ""
    kind: Kind = "done"
    settled: bool = False
    of: str = ""


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
        self._forms = Presses[Outcome]()
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
            "withdraw": self._withdraw,
            "paste": lambda ask: self._once(ask, self._paste),
            "customer": lambda ask: self._once(ask, self._customer),
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
            "uncan": self._uncan,
        }

    def do(self, name: str, data: Mapping[str, Any], agent: str, conversation: str, w: ConsoleWords) -> Outcome:
        """Do what the page asks for.

        Args:
            name: of the act; an unknown one is a look.
            data: what the page sent with it.
            agent: who is signed in.
            conversation: the one it is done to.
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

    def _once(self, ask: _Ask, do: Callable[[_Ask], Outcome]) -> Outcome:
        """What a form does that must not be done twice; each sheet that is opened has a form of its own."""
        form = ask.text("once")
        return self._forms.once((ask.agent, ask.conversation, form), lambda: do(ask)) if form else do(ask)

    def _paste(self, ask: _Ask) -> Outcome:
        text, customer = ask.text("text", _THREAD), ask.text("customer").strip()
        try:
            new = self._desk.paste(text, ask.agent, customer=customer)
        except StoreError as error:
            log.warning("a thread was not taken in", exc_info=True)
            long = isinstance(error, TooLongError)
            told = ask.w.paste_long.format(MOST_MESSAGES, f"{MOST_CHARACTERS:,}") if long else ask.w.paste_empty
            typed = Typed(text, heading=customer)
            tongue = reply_language(ask.w.lang)
            return Outcome(
                panel=render_sheet(self._desk, "paste", ask.agent, "", tongue, ask.w, told=told, typed=typed)
            )
        return Outcome(new, "mine", panel=CLOSED, settled=True)

    def _customer(self, ask: _Ask) -> Outcome:
        answered = self._desk.customer_writes(ask.conversation, ask.agent, ask.text("text", _TEXT))
        return Outcome(panel=CLOSED, told=ask.w.saved if answered else ask.w.saved_unanswered)

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
            if not self._desk.use(int(draft), ask.agent, text, conversation=ask.conversation):
                return Outcome(told=ask.w.not_sent, kind="refused")
        else:
            self._desk.write(ask.conversation, ask.agent, text)
        return Outcome(told=ask.w.sent, kind="sent", settled=True)

    def _dismiss(self, ask: _Ask) -> Outcome:
        self._desk.dismiss(ask.number("draft"), ask.agent, conversation=ask.conversation)
        return Outcome(settled=True)

    def _note(self, ask: _Ask) -> Outcome:
        text = ask.text("text", _TEXT).strip()
        if not text:
            return Outcome()
        self._desk.note(ask.conversation, ask.agent, text)
        return Outcome(told=ask.w.noted, kind="noted")

    def _intent(self, ask: _Ask) -> Outcome:
        intent = ask.text("intent")
        if intent not in ask.w.intents:
            raise ValueError(f"'{intent}' is no intent")
        self._desk.correct_intent(ask.conversation, ask.number("turn"), intent, ask.agent)
        return Outcome(told=ask.w.saved)

    def _chip(self, ask: _Ask) -> Outcome:
        if not self._desk.change_constraints(ask.conversation, ask.agent, lambda ledger: _changed(ledger, ask)):
            return Outcome(told=ask.w.not_done, kind="refused")
        return Outcome(told=ask.w.saved)

    def _example(self, ask: _Ask) -> Outcome:
        self._desk.keep_as_case(ask.conversation, ask.number("turn"), ask.agent)
        return Outcome(told=ask.w.kept_example)

    def _can(self, ask: _Ask) -> Outcome:
        typed = Typed(ask.text("text", 4000), heading=ask.text("title", 80).strip())
        told = self._kept(ask, typed, typed.text.strip()) if typed.text.strip() else ask.w.text_missing
        if not told:
            return Outcome(panel=self._cans(ask), told=ask.w.saved)
        return Outcome(panel=self._cans(ask, told, typed))

    def _uncan(self, ask: _Ask) -> Outcome:
        told = self._kept(ask, Typed("", heading=ask.text("title", 80).strip()), None)
        return Outcome(panel=self._cans(ask, told), told="" if told else ask.w.saved)

    def _kept(self, ask: _Ask, typed: Typed, text: str | None) -> str:
        """Keep or delete a reply at hand; what went wrong, empty for nothing."""
        base = ask.number("base") if "base" in ask.data else 0
        try:
            self._desk.save_canned(self._canned_tongue(ask), typed.heading, text, ask.agent, base=base)
        except StoreError as error:
            log.warning("a reply at hand was not saved", exc_info=True)
            return ask.w.canned_meanwhile if isinstance(error, EditConflictError) else ask.w.not_saved
        return ""

    def _canned_tongue(self, ask: _Ask) -> ReplyLanguage:
        return reply_language(ask.text("tongue")) if ask.text("tongue") else self._customer_tongue(ask)

    def _cans(self, ask: _Ask, told: str = "", typed: Typed | None = None) -> str:
        tongue = self._canned_tongue(ask)
        return render_sheet(self._desk, "canned", ask.agent, ask.conversation, tongue, ask.w, told=told, typed=typed)

    def _save_passage(self, ask: _Ask) -> Outcome:
        text = ask.text("text", 6000)
        if not text.strip():
            # What is quoted no more is withdrawn by that name, not by an empty box.
            return self._passage(ask, ask.w.text_missing, text)
        return self._passage(ask, self._stored(ask, text), text)

    def _withdraw(self, ask: _Ask) -> Outcome:
        return self._passage(ask, self._stored(ask, None), None)

    def _stored(self, ask: _Ask, text: str | None) -> str:
        """Store a version of a passage; what went wrong, empty for nothing."""
        base, note = ask.number("base"), ask.text("note", 200)
        heading = ask.text("heading").strip()
        try:
            self._desk.save_passage(ask.text("topic"), _tongue(ask), heading, text, ask.agent, base=base, note=note)
        except StoreError as error:
            log.warning("a passage was not saved", exc_info=True)
            return ask.w.edited_meanwhile if isinstance(error, EditConflictError) else ask.w.not_saved
        return ""

    def _passage(self, ask: _Ask, told: str, text: str | None) -> Outcome:
        """The passage as it is now, beside what was typed where that was not saved."""
        topic, heading = ask.text("topic"), ask.text("heading").strip()
        typed = Typed(text, heading, topic, ask.text("note", 200)) if told and text is not None else None
        panel = render_passage(self._desk, topic, _tongue(ask), heading, ask.w, told=told, typed=typed)
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
