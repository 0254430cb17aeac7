"""What people write, on the shopper's page: escaped, in its place, and told once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fakes_assistant import PRODUCTS

from assistant.lexicon import Lexicon
from assistant.sessions import Heard
from assistant.store.conversations import StoredTurn
from assistant.store.desk import HumanMessage
from assistant.ui.cards import CardRenderer
from assistant.ui.people import by_turn, from_people, render_people, words_of
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
    """What is stored of one conversation."""

    def __init__(self, silent: bool, *messages: HumanMessage) -> None:
        self._silent = silent
        self._messages = messages

    def silent(self, conversation: str) -> bool:
        return self._silent

    def people(self, conversation: str) -> tuple[HumanMessage, ...]:
        return self._messages


def test_the_part_holds_what_stands_not_above_it_already() -> None:
    one, two, own = message(1), message(2), message(3, "customer")
    html, silent = words_of(Talking(True, one, two, own), "c1", 1, EN)  # type: ignore[arg-type]
    assert silent
    assert html.count('class="theirs"') == 1
    assert "words 2" in html
    # From there on the page asks for more, as long as a person has the conversation.
    assert 'data-after="1"' in html
    assert 'data-silent="1"' in html
    html, silent = words_of(Talking(False), "c1", 0, EN)  # type: ignore[arg-type]
    assert not silent
    assert 'data-silent=""' in html


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
