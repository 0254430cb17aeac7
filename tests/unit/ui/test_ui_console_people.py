"""What people write, on the shopper's page: escaped, in its place, and listened for until nobody has it any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aside import run_aside
from fakes_assistant import PRODUCTS

from assistant.lexicon import Lexicon
from assistant.sessions import Heard
from assistant.store.conversations import StoredTurn
from assistant.store.desk import HumanMessage
from assistant.ui import people
from assistant.ui.cards import CardRenderer
from assistant.ui.people import by_turn, from_people, new_words, render_people
from assistant.ui.pictures import Pictures
from assistant.ui.texts import EN, ZH
from assistant.ui.turns import TurnView, stored_view

EVIL = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def message(number: int, author: str = "agent", **more: Any) -> HumanMessage:
    values = {"name": "eve", "text": f"words {number}", "after_turn": number, **more}
    return HumanMessage(id=number, conversation_id="c1", author=author, at=NOW, **values)  # type: ignore[arg-type]


def test_planted_markup_stays_text() -> None:
    html = render_people([message(1, name=EVIL, text=EVIL)], EVIL, True, EN)
    assert "alert(1)" in html
    assert "<img" not in html
    assert "<script" not in html
    assert 'data-conversation="&#34;' in html


def test_lines_of_a_list_stay_lines_and_names_are_shown() -> None:
    html = render_people([message(1, text="These:\n1. Dash\n2. Moss")], "c1", True, EN)
    assert html.count("<li>") == 2
    assert ">eve<" in html
    assert EN.colleague in render_people([message(1, name="")], "c1", True, EN)
    assert ZH.shop in render_people([message(1, "assistant")], "c1", True, ZH)


def test_what_the_shopper_wrote_is_not_told_twice() -> None:
    told = from_people([message(1), message(2, "customer"), message(3, "assistant")])
    assert [m.id for m in told] == [1, 3]
    assert {n: [m.id for m in ms] for n, ms in by_turn(told).items()} == {1: [1], 3: [3]}


class Talking:
    """Sessions of one conversation that change with every look."""

    def __init__(self, *looks: tuple[bool, tuple[HumanMessage, ...]]) -> None:
        self.looks = list(looks)
        self.asked = 0

    def silent(self, conversation: str) -> bool:
        self.asked += 1
        return self.looks[0][0]

    def people(self, conversation: str) -> tuple[HumanMessage, ...]:
        now = self.looks[0][1]
        if len(self.looks) > 1:
            self.looks.pop(0)
        return now


def heard(sessions: Talking, after: int = 0) -> list[str]:
    async def collect() -> list[str]:
        return [html async for html in new_words(sessions, "c1", after, EN)]  # type: ignore[arg-type]

    return run_aside(collect)


def test_words_are_told_when_they_come_and_until_nobody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None:
        assert seconds == people.LOOK_SECONDS

    monkeypatch.setattr(people.asyncio, "sleep", at_once)
    one, two = message(1), message(2)
    sessions = Talking((True, ()), (True, ()), (True, (one,)), (True, (one, two)), (False, (one, two)))
    told = heard(sessions)
    assert [html.count('class="theirs"') for html in told] == [0, 1, 2, 2]
    assert ['data-silent="1"' in html for html in told] == [True, True, True, False]
    # What stands above already is left out.
    assert [html.count('class="theirs"') for html in heard(Talking((False, (one, two))), after=1)] == [1]


def test_listening_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None:
        assert seconds == people.LOOK_SECONDS

    monkeypatch.setattr(people.asyncio, "sleep", at_once)
    sessions = Talking((True, ()))
    assert len(heard(sessions)) == 1
    assert sessions.asked == round(people.LISTEN_SECONDS / people.LOOK_SECONDS)


def test_a_message_a_person_has_is_shown_without_an_answer() -> None:
    renderer = CardRenderer(Pictures({}, _lexicon()))
    view = TurnView(3, "hello", "en", status="done").after(Heard(3, "eve"))
    html = view.render(renderer)
    assert "eve has your message now" in html
    assert 'data-person="1"' in html
    assert EN.colleague_reads in TurnView(3, "hello", "en").after(Heard(3, None)).render(renderer)
    trace = {"kind": "heard", "language": "zh", "reply": "", "products": []}
    again = stored_view(StoredTurn("c1", 3, "你好", trace, NOW), lambda sku: PRODUCTS[0], "c1").render(renderer)
    assert ZH.colleague_reads in again
    assert EN.colleague_reads not in TurnView(3, "hello", "en").render(renderer)


def _lexicon() -> Lexicon:
    return Lexicon.load()
