"""The parts of the agent console as HTML: words in both languages, escaping, what stands out, what an act leads to."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from fakes_assistant import PRODUCTS

from assistant.desk import FoundOrder, Order, OrderItem
from assistant.desk.records import Canned, Case, Line, PolicyPassage, Row, Source, Style, Suggestion
from assistant.errors import EditConflictError, StoreError, TooLongError
from assistant.lexicon import Lexicon
from assistant.ranking import card_of
from assistant.store.desk import Note
from assistant.store.policies import PassageVersion
from assistant.store.queue import VIEWS
from assistant.types import Claims, Constraints
from assistant.ui.cards import CardRenderer
from assistant.ui.console import PARTS, Console, Here
from assistant.ui.console_acts import Acts
from assistant.ui.console_sheets import CLOSED, render_passage, render_policies, render_sheet
from assistant.ui.console_side import render_side
from assistant.ui.console_view import (
    Staff,
    ago,
    console_words,
    mark_of,
    render_draft,
    render_head,
    render_hints,
    render_queue,
    render_reply,
    render_talk,
    share,
)
from assistant.ui.pictures import Pictures
from assistant.ui.theme import asset
from assistant.ui.words_console import ConsoleWords

EVIL = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EN, ZH = console_words("en"), console_words("zh")


def row(**more: Any) -> Row:
    plain = Row(
        "c1", "Ann", "web", "waiting", None, "hello", "customer", "en", NOW - timedelta(minutes=3), NOW,
        "order_status", 0.93, False, False, False,
    )  # fmt: skip
    return replace(plain, **more)


def line(**more: Any) -> Line:
    plain = Line("c1", "customer", "hello", NOW, turn=1, intent="order_status", confidence=0.93)
    return replace(plain, **more)


def draft(**more: Any) -> Suggestion:
    plain = Suggestion(
        7, "open", "It is here.", None, "", "standard", "en", "hello", "order@ab", (), Claims(2, 0, 1, 0), NOW
    )
    return replace(plain, **more)


def case(**more: Any) -> Case:
    plain = Case(
        "c1", row(status="taken", assignee="eve"), True, "en", (line(),), Constraints(), (), (), (), None, (), "", (),
        False, False, "1",
    )  # fmt: skip
    return replace(plain, **more)


def no_markup(html: str) -> None:
    """Nothing that was planted is an element or ends an attribute."""
    assert "alert(1)" in html
    assert "<img" not in html
    assert "<script" not in html
    assert not re.search(r"<[^>]*\bonerror\s*=", re.sub(r'"[^"]*"', '""', html))


@pytest.mark.parametrize("w", [EN, ZH])
def test_every_word_is_there_and_every_label_has_one(w: ConsoleWords) -> None:
    for field in fields(w):
        value = getattr(w, field.name)
        assert value, field.name
        if not isinstance(value, str):
            assert set(value) == set(getattr(EN, field.name)), field.name
            assert all(value.values()), field.name
    assert set(w.views) == set(w.empty) == set(VIEWS)
    assert set(w.styles) == set(get_args(Style))
    assert len(w.intents) == 21


def test_words_hold_the_same_places_to_fill_in() -> None:
    for field in fields(EN):
        one, other = getattr(EN, field.name), getattr(ZH, field.name)
        if isinstance(one, str):
            assert sorted(re.findall(r"{\w*}", one)) == sorted(re.findall(r"{\w*}", other)), field.name


@pytest.mark.parametrize("w", [EN, ZH])
def test_planted_markup_stays_text_everywhere(w: ConsoleWords) -> None:
    evil_order = Order(
        EVIL, "delayed", EVIL, EVIL, EVIL, EVIL, EVIL, "en", NOW, "USD",
        (OrderItem(EVIL, EVIL, EVIL, 1, 2.0, ((EVIL, EVIL),)),), 2.0, carrier=EVIL, tracking=EVIL, eta=EVIL,
        payment=EVIL, payment_state=EVIL,
    )  # fmt: skip
    ledger = Constraints(product=EVIL, terms=(EVIL,), brands=(EVIL,))
    evil = case(
        row=row(customer=EVIL, last_line=EVIL, assignee=EVIL, channel=EVIL, intent=EVIL, conversation=EVIL),
        lines=(
            line(text=EVIL, gist=EVIL, intent=EVIL, low_confidence=True, key=EVIL),
            line(author="agent", text=EVIL, name=EVIL, key="m1"),
            line(author="assistant", text=EVIL, key="a1"),
        ),
        language="zh" if w is EN else "en",
        ledger=ledger,
        orders=(FoundOrder(evil_order, "name"),),
        notes=(Note(1, "c1", EVIL, EVIL, NOW),),
        gist=EVIL,
        next_questions=(EVIL,),
        draft=draft(
            text=EVIL,
            gist=EVIL,
            answers=EVIL,
            prompt=EVIL,
            sources=(Source("order", EVIL, EVIL, EVIL, ((EVIL, EVIL),), "name"),),
        ),
    )  # fmt: skip
    card = card_of(replace(PRODUCTS[0], title=EVIL, translations={}), "en")
    renderer = CardRenderer(Pictures({}, Lexicon.load()))
    for html in (
        render_head(Staff(EVIL, manager=True), w),
        render_queue([evil.row], {"waiting": 1}, "handed_off", EVIL, w, NOW),
        render_talk(evil, False, w),
        render_hints(evil, w),
        render_draft(evil, w, outdated=True),
    ):
        no_markup(html)
    side = render_side(evil, [(card, EVIL)], None, EVIL, renderer, w)
    no_markup(re.sub(r"<svg.*?</svg>", "", side, flags=re.DOTALL))


def test_what_is_unsure_is_said_in_words() -> None:
    html = render_queue([row(low_confidence=True, confidence=0.41)], {"waiting": 1}, "waiting", "", EN, NOW)
    assert "Unsure: Where is my order 41%" in re.sub(r"\s+", " ", html)
    assert "waits 3 min" in html
    assert "Unsure" not in render_queue([row()], {"waiting": 1}, "waiting", "", EN, NOW)
    assert "拿不准" in render_talk(case(lines=(line(low_confidence=True),)), False, ZH)


def test_a_tab_without_conversations_says_so() -> None:
    for view in VIEWS:
        assert EN.empty[view] in render_queue([], {}, view, "", EN, NOW)
    assert EN.nothing_open in render_talk(None, False, EN)
    assert EN.gone in render_talk(None, True, EN)


def test_a_draft_is_wished_for_only_where_one_is_missing() -> None:
    def wants(of: Case) -> str:
        return re.findall(r'data-wants="([^"]*)"', render_talk(of, False, EN))[0]

    assert wants(case()) == "c1"
    assert wants(case(mine=False)) == ""
    assert wants(case(automatic=True)) == ""
    assert wants(case(draft=draft())) == ""
    assert wants(case(lines=(line(), line(author="agent", key="m1")))) == ""


def test_the_reply_box_is_the_same_in_every_state_and_shut_until_taken() -> None:
    def skeleton(html: str) -> list[str]:
        return re.findall(r"<(\w+)", html)

    shut, ready = render_reply(case(mine=False), EN), render_reply(case(), EN)
    assert skeleton(shut) == skeleton(ready) == skeleton(render_reply(None, EN)) == skeleton(render_reply(case(), ZH))
    assert re.search(r'id="reply-text"[^>]*disabled', shut)
    assert not re.search(r'id="reply-text"[^>]*disabled', ready)


def test_the_sense_is_told_where_the_languages_differ() -> None:
    chinese = case(language="zh", gist="Wants shoes")
    assert "Wants shoes" in render_hints(chinese, EN)
    assert "Wants shoes" not in render_hints(chinese, ZH)


def test_an_order_found_by_name_wants_a_second_look() -> None:
    order = Order("A-1", "shipped", "C", "Ann", "", "", "", "en", None, "USD", (), None)
    renderer = CardRenderer(Pictures({}, Lexicon.load()))
    for how, warned in (("name", True), ("number", False)):
        html = render_side(case(orders=(FoundOrder(order, how),)), [], None, "", renderer, EN)
        assert (EN.found_by_name in html) is warned
        assert "On its way" in html


def test_the_lab_is_linked_for_managers_only() -> None:
    assert 'href="/lab"' not in render_head(Staff("eve"), EN)
    assert 'href="/lab"' in render_head(Staff("mia", manager=True), EN)


def test_marks_tell_parts_apart() -> None:
    one, other = render_head(Staff("eve"), EN), render_head(Staff("bob"), EN)
    assert mark_of(one) == mark_of(render_head(Staff("eve"), EN)) != mark_of(other)
    assert len(mark_of(one)) == 16
    assert mark_of(render_draft(case(draft=draft(text="a")), EN, outdated=False)) != mark_of(
        render_draft(case(draft=draft(text="b")), EN, outdated=False)
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, EN.now), (61, "1 min"), (3599, "59 min"), (7300, "2 h"), (200_000, "2 days"), (-9, EN.now)],
)
def test_how_long_ago(seconds: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW, EN) == said


def test_a_share_is_a_percentage() -> None:
    assert (share(0.414), share(None), share(1.0)) == ("41%", "", "100%")


def test_what_the_page_says_of_itself_is_not_trusted() -> None:
    assert Here.read({"here": "x"}) == Here()
    here = Here.read({"here": {"language": "fr", "view": "all", "conversation": 5 * "x" * 30, "marks": [1]}})
    assert (here.language, here.view, len(here.conversation), here.marks) == ("en", "waiting", 64, {})


class Scripted:
    """A desk that remembers its calls and answers as told."""

    def __init__(self, found: Case | None = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.found = found
        self.answer: Any = True
        self.fails: Exception | None = None
        self.moment = "1"

    def case(self, conversation: str, agent: str, language: str = "en") -> Case:
        if self.found is None:
            raise StoreError("not there")
        return self.found

    def queue(self, view: str, agent: str, *, limit: int) -> tuple[Row, ...]:
        return (row(),)

    def counts(self, agent: str) -> dict[str, int]:
        return {"waiting": 1}

    def orders_of(self, query: str) -> tuple[FoundOrder, ...]:
        return ()

    def queue_version(self) -> str:
        return self.moment

    def version(self, conversation: str) -> str:
        return self.moment

    def matching_products(self, conversation: str, k: int = 5) -> tuple[Any, ...]:
        return ()

    def canned(self, language: str) -> tuple[Canned, ...]:
        return (Canned(EVIL, EVIL, "en", 1),)

    def policies(self, language: str) -> tuple[PolicyPassage, ...]:
        return (PolicyPassage("returns", "en", EVIL, EVIL, 2, EVIL, "as shipped"),)

    def passage_history(self, topic: str, language: str, heading: str) -> tuple[PassageVersion, ...]:
        return (PassageVersion(topic, language, heading, 1, EVIL, EVIL, EVIL, NOW),)

    def colleagues(self, agent: str) -> tuple[str, ...]:
        return (EVIL,)

    def summary(self, conversation: str, language: str) -> str:
        return EVIL

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            self.calls.append((name, *given, *named.items()))
            if self.fails is not None:
                raise self.fails
            return self.answer

        return call


def act(desk: Scripted, name: str, **data: Any) -> Any:
    return Acts(desk).do(name, data, "eve", "c1", EN)  # type: ignore[arg-type]


def test_planted_markup_stays_text_in_every_sheet() -> None:
    desk: Any = Scripted()
    for html in (
        *(render_sheet(desk, name, "eve", "c1", "en", EN, told=EVIL) for name in ("transfer", "summary", "canned")),
        render_policies(desk, "en", EN),
        render_passage(desk, "returns", "en", EVIL, EN),
    ):
        no_markup(html)
    assert render_sheet(desk, "nonsense", "eve", "c1", "en", EN) == CLOSED
    assert render_sheet(desk, "summary", "eve", "", "en", EN) == CLOSED


def test_acts_call_the_desk_as_the_signed_in_agent() -> None:
    for name, data, call in (
        ("take", {}, ("take", "c1", "eve")),
        ("release", {}, ("release", "c1", "eve")),
        ("close", {}, ("close", "c1", "eve")),
        ("reopen", {}, ("reopen", "c1", "eve")),
        ("transfer", {"to": "bob"}, ("transfer", "c1", "eve", "bob")),
        ("transfer", {"to": ""}, ("transfer", "c1", "eve", None)),
        ("automatic", {"on": "1"}, ("let_bot", "c1", "eve", True, ("automatic", True))),
        ("automatic", {"on": "0"}, ("let_bot", "c1", "eve", False, ("automatic", False))),
        ("send", {"text": " hi ", "draft": ""}, ("write", "c1", "eve", "hi")),
        ("send", {"text": "hi", "draft": "7"}, ("use", 7, "eve", "hi", ("conversation", "c1"))),
        ("note", {"text": "mind"}, ("note", "c1", "eve", "mind")),
        ("name", {"customer": " Ann "}, ("name_customer", "c1", "eve", "Ann")),
        ("dismiss", {"draft": "7"}, ("dismiss", 7, "eve", ("conversation", "c1"))),
        ("intent", {"turn": "2", "intent": "smalltalk"}, ("correct_intent", "c1", 2, "smalltalk", "eve")),
        ("customer", {"text": "hm"}, ("customer_writes", "c1", "eve", "hm")),
    ):
        desk = Scripted()
        # Whoever the page claims to be, the desk hears who is signed in.
        act(desk, name, **data, agent="mallory")
        assert desk.calls[0] == call


def test_what_did_not_work_is_said() -> None:
    desk = Scripted()
    desk.answer = False
    assert act(desk, "take").told == EN.not_taken
    assert act(desk, "send", text="hi", draft="7") == replace(act(desk, "send", text="hi", draft="7"), told=EN.not_sent)
    assert act(desk, "send", text="hi", draft="7").kind == "refused"
    assert act(desk, "close").kind == "refused"
    assert act(desk, "send", text="   ").told == ""
    for name, data, why in (
        ("intent", {"turn": "1", "intent": "nonsense"}, "no intent"),
        ("save_passage", {"tongue": "fr"}, "no language"),
        ("dismiss", {"draft": "x"}, "invalid literal"),
    ):
        with pytest.raises(ValueError, match=why):
            act(desk, name, **data)


def test_a_chip_changes_what_the_last_line_asks_for() -> None:
    desk = Scripted()
    act(desk, "chip", field="price_max", value="80", to="60")
    act(desk, "chip", field="colors", value="red", turned=True)
    act(desk, "chip", field="colors", value="red")
    # The desk applies the change to the wishes as they are when its turn comes, not as the page showed them.
    ledger = Constraints(price_max=80, colors=("red",))
    after = [call[3](ledger) for call in desk.calls]
    assert [call[:3] for call in desk.calls] == [("change_constraints", "c1", "eve")] * 3
    assert (after[0].price_max, after[1].exclude_colors, after[2].colors) == (60, ("red",), ())
    desk.answer = False
    assert act(desk, "chip", field="colors", value="blue").kind == "refused"


class Event:
    def __init__(self, **data: Any) -> None:
        self._data = data


def test_only_what_differs_is_sent_again() -> None:
    console = Console(Scripted(case()), Pictures({}, Lexicon.load()), lambda request: Staff("eve"))  # type: ignore[arg-type]
    first = dict(zip(PARTS, console.act(Event(here={"conversation": "c1"}), None), strict=True))  # type: ignore[arg-type]
    marks = {name: mark_of(html) for name, html in first.items() if isinstance(html, str)}
    assert {"head", "queue", "talk", "reply", "draft", "side"} <= set(marks)
    marks.pop("queue")
    again = dict(
        zip(PARTS, console.act(Event(here={"conversation": "c1", "marks": marks}), None), strict=True)  # type: ignore[arg-type]
    )
    assert [name for name, html in again.items() if isinstance(html, str)] == ["queue", "beat"]


def test_nothing_is_read_again_while_nothing_changed() -> None:
    desk = Scripted(case())
    console = Console(desk, Pictures({}, Lexicon.load()), lambda request: Staff("eve"))  # type: ignore[arg-type]

    def look(state: str, **more: Any) -> tuple[list[str], str]:
        out = console.act(Event(here={"conversation": "c1", "state": state, **more}), None)  # type: ignore[arg-type]
        sent = [name for name, html in zip(PARTS, out, strict=True) if isinstance(html, str)]
        return sent, re.findall(r'data-state="(\w+)"', out[-1])[0]

    everything, state = look("")
    assert "talk" in everything
    assert look(state) == (["beat"], state)
    for more in ({"language": "zh"}, {"view": "mine"}, {"draft": "7"}, {"query": "A-1"}):
        assert "queue" in look(state, **more)[0]
    desk.moment = "2"
    sent, newer = look(state)
    assert "talk" in sent
    assert newer != state


def test_a_draft_that_vanished_is_outdated_unless_the_agent_did_it() -> None:
    def shown(act_name: str, **data: Any) -> str:
        desk = Scripted(case())
        console = Console(desk, Pictures({}, Lexicon.load()), lambda request: Staff("eve"))  # type: ignore[arg-type]
        here = {"conversation": "c1", "draft": "7"}
        out = console.act(Event(act=act_name, here=here, **data), None)  # type: ignore[arg-type]
        html: str = dict(zip(PARTS, out, strict=True))["draft"]
        return re.findall(r'data-outdated="(\w*)"', html)[0]

    assert shown("look") == "1"
    assert shown("dismiss", draft="7") == ""
    assert shown("send", text="x", draft="7") == ""


def test_a_failure_leaves_the_page_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    desk = Scripted(case())
    desk.counts = lambda agent: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    console = Console(desk, Pictures({}, Lexicon.load()), lambda request: Staff("eve"))  # type: ignore[arg-type]
    *kept, told, beat = console.act(Event(here={"conversation": "c1"}), None)  # type: ignore[arg-type]
    assert not any(isinstance(part, str) for part in kept)
    assert EN.broken in told
    assert mark_of(beat)
    assert "ZeroDivisionError" in caplog.text


def test_nothing_is_fetched_from_elsewhere() -> None:
    for name in ("console.css", "console.js"):
        text = asset(name)
        assert "http://" not in text
        assert "https://" not in text
        assert "innerHTML" not in text
        assert "@import" not in text


def test_what_was_typed_stands_beside_the_version_that_came_first(caplog: pytest.LogCaptureFixture) -> None:
    desk = Scripted()
    typed = {"tongue": "en", "topic": "returns", "heading": EVIL, "text": "my <b>words</b>", "note": "why", "base": "1"}
    desk.fails = EditConflictError("edited meanwhile")
    html = act(desk, "save_passage", **typed).panel
    assert EN.edited_meanwhile in html
    assert "data-theirs" in html
    assert re.search(r"<textarea[^>]*>my &lt;b&gt;words&lt;/b&gt;</textarea>", html)
    assert 'name="note" maxlength="200" value="why"' in html
    # The next save is made from the version that is shown.
    assert 'name="base" value="2"' in html
    no_markup(html)
    assert "a passage was not saved" in caplog.text
    desk.fails = StoreError("no such topic")
    html = act(desk, "save_passage", **typed).panel
    assert EN.not_saved in html
    assert EN.edited_meanwhile not in html
    assert "my &lt;b&gt;words" in html
    html = act(desk, "save_passage", **{**typed, "heading": "new", "topic": "shipping"}).panel
    assert "<details open>" in html
    assert 'value="shipping" selected' in html


def test_only_the_withdraw_act_withdraws_and_blanks_are_refused() -> None:
    passage = {"tongue": "en", "topic": "returns", "heading": "x", "base": "1"}
    for name, data in (
        ("save_passage", {**passage, "text": " \n "}),
        ("can", {"title": "Hi", "text": "  ", "tongue": "en"}),
    ):
        desk = Scripted()
        assert EN.text_missing in act(desk, name, **data).panel
        assert desk.calls == []
    desk = Scripted()
    act(desk, "withdraw", **passage)
    assert desk.calls[0][:5] == ("save_passage", "returns", "en", "x", None)
    act(desk, "uncan", title="Hi", tongue="en", base="3")
    assert desk.calls[1][:4] == ("save_canned", "en", "Hi", None)


def test_a_reply_at_hand_that_was_not_saved_stays_in_the_sheet() -> None:
    desk = Scripted()
    for fails, told in ((EditConflictError("there"), EN.canned_meanwhile), (StoreError("no"), EN.not_saved)):
        desk.fails = fails
        html = act(desk, "can", title="Hi", text="my words", tongue="en").panel
        assert told in html
        assert ">my words</textarea>" in html


def test_a_form_that_is_pressed_twice_does_its_work_once() -> None:
    desk = Scripted()
    desk.answer = "c9"
    acts = Acts(desk)  # type: ignore[arg-type]
    for _ in range(2):
        outcome = acts.do("paste", {"text": "Customer: hi", "once": "f1"}, "eve", "", EN)
        assert (outcome.conversation, outcome.view) == ("c9", "mine")
        acts.do("customer", {"text": "hello?", "once": "f2"}, "eve", "c1", EN)
    assert [call[0] for call in desk.calls] == ["paste", "customer_writes"]
    # The next sheet has a form of its own, and so has another agent.
    acts.do("customer", {"text": "hello?", "once": "f3"}, "eve", "c1", EN)
    acts.do("customer", {"text": "hello?", "once": "f2"}, "bob", "c1", EN)
    assert len(desk.calls) == 4


def test_what_failed_can_be_pressed_again() -> None:
    desk = Scripted()
    acts = Acts(desk)  # type: ignore[arg-type]
    desk.fails = StoreError("busy")
    with pytest.raises(StoreError):
        acts.do("customer", {"text": "hi", "once": "f"}, "eve", "c1", EN)
    desk.fails = None
    assert acts.do("customer", {"text": "hi", "once": "f"}, "eve", "c1", EN).told == EN.saved
    desk.answer = False
    assert act(desk, "customer", text="hi").told == EN.saved_unanswered


def test_a_thread_that_is_too_long_is_told_and_stays_in_the_sheet() -> None:
    desk = Scripted()
    for fails, told in ((TooLongError("long"), "the newest 120 messages"), (StoreError("empty"), EN.paste_empty)):
        desk.fails = fails
        outcome = act(desk, "paste", text="Customer: hi", customer="Ann")
        assert told in outcome.panel
        assert ">Customer: hi</textarea>" in outcome.panel
        assert outcome.conversation is None


def test_an_act_for_a_conversation_that_was_left_is_done_there_and_leaves_the_page() -> None:
    desk = Scripted(case(conversation="c2"))
    console = Console(desk, Pictures({}, Lexicon.load()), lambda request: Staff("eve"))  # type: ignore[arg-type]
    event = Event(act="send", of="c1", text="hi", draft="7", here={"conversation": "c2", "draft": "9"})
    parts = dict(zip(PARTS, console.act(event, None), strict=True))  # type: ignore[arg-type]
    assert desk.calls[0] == ("use", 7, "eve", "hi", ("conversation", "c1"))
    assert 'data-conversation="c2"' in parts["talk"]
    assert 'data-conversation="c1"' in parts["told"]
    assert 'data-kind="sent"' in parts["told"]
    # The draft of the open conversation is gone for another reason.
    assert 'data-outdated="1"' in parts["draft"]
    event = Event(act="release", of="c1", here={"conversation": "c2", "view": "mine"})
    parts = dict(zip(PARTS, console.act(event, None), strict=True))  # type: ignore[arg-type]
    assert desk.calls[-1] == ("release", "c1", "eve")
    assert 'data-view="mine"' in parts["queue"]


def test_a_line_is_put_right_by_who_has_the_conversation() -> None:
    for mine in (True, False):
        assert ("data-intent-of" in render_talk(case(mine=mine), False, EN)) is mine
