"""Turns as HTML, replies as HTML, interface words, and the colours' contrast."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from fakes_assistant import FakeAssistant

from assistant.dialogue import DialogueState
from assistant.lexicon import Lexicon
from assistant.turns import Done, Said, Shown
from assistant.ui.cards import CardRenderer
from assistant.ui.pictures import Pictures
from assistant.ui.prose import joined, render_prose
from assistant.ui.texts import EN, WISHES, ZH, words
from assistant.ui.theme import asset, head
from assistant.ui.turns import TurnView, fitting_wishes, render_header, render_welcome


@pytest.fixture(scope="module")
def cards() -> CardRenderer:
    return CardRenderer(Pictures({}, Lexicon.load()))


def test_a_turn_grows_cards_first_then_text_then_suggestions(cards: CardRenderer) -> None:
    view = TurnView(1, "running shoes under 100", "en")
    stages = []
    for event in FakeAssistant().stream(DialogueState(), view.message):
        view = view.after(event)
        stages.append((type(event), view.render(cards)))
    shown = next(html for kind, html in stages if kind is Shown)
    assert "Trundle Dash" in shown
    assert 'class="number"' in shown
    assert '<div class="reply" hidden>' in shown
    said = [html for kind, html in stages if kind is Said]
    assert "<strong>These</strong> fit." in said[0]
    assert "The first is light." not in said[0]
    assert "The first is light." in said[1]
    done = next(html for kind, html in stages if kind is Done)
    assert 'data-say="something cheaper"' in done
    assert 'data-status="done"' in done


def test_the_skeleton_stays_the_same_while_a_turn_grows(cards: CardRenderer) -> None:
    def skeleton(html: str) -> list[str]:
        parts = "mine|answer|notice|shelf|reply|waiting|failure|asks|next"
        return re.findall(rf'^<div class="({parts})"', html, re.MULTILINE)

    view = TurnView(1, "shoes", "en")
    first = skeleton(view.render(cards))
    assert len(first) >= 8
    for event in FakeAssistant().stream(DialogueState(), "shoes"):
        view = view.after(event)
        assert skeleton(view.render(cards)) == first
    assert skeleton(view.failed().render(cards)) == first


def test_the_shoppers_words_are_shown_not_run(cards: CardRenderer) -> None:
    evil = '<img src=x onerror="alert(1)"><script>alert(1)</script>'
    html = TurnView(1, evil, "en").failed().render(cards)
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_huge_message_is_cut_in_the_bubble(cards: CardRenderer) -> None:
    html = TurnView(1, "a" * 100_000, "en").render(cards)
    assert len(html) < 5_000
    assert "98800 more characters" in html


def test_relaxation_is_told_in_the_language_of_the_turn(cards: CardRenderer) -> None:
    nothing = TurnView(1, "x", "zh", relaxed=("price_max", "colors")).render(cards)
    assert "卡在：价格上限、颜色" in nothing


def test_markdown_that_replies_use() -> None:
    html = render_prose("**Price**\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- one\n- two\n\n> quoted")
    for part in ("<strong>Price</strong>", "<table>", "<td>2</td>", "<li>one</li>", "<blockquote>"):
        assert part in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[a](javascript:alert(1))",
        "![a](https://evil.example/a.png)",
        "<https://evil.example>",
        "https://evil.example",
        "| a |\n| --- |\n| <svg onload=alert(1)> |",
        "`<b>`",
        "&lt;b&gt; <b>",
    ],
)
def test_markdown_that_replies_must_not_use(text: str) -> None:
    html = render_prose(text)
    assert not re.search(r"<(?!/?(?:p|table|thead|tbody|tr|th|td|strong|em|ul|ol|li|blockquote|br|div)\b)", html)
    assert "href" not in html
    assert "src=" not in re.sub(r"&lt;.*?&gt;", "", html.replace("](", ""))


def test_sentences_are_joined_as_their_language_does() -> None:
    assert joined(["One.", "Two."], "en") == "One. Two."
    assert joined(["一。", "二。"], "zh") == "一。二。"
    assert joined(["One.\n", "- two"], "en") == "One.\n- two"


def test_both_languages_have_every_word_with_the_same_blanks() -> None:
    for f in fields(EN):
        english, chinese = getattr(EN, f.name), getattr(ZH, f.name)
        if isinstance(english, str):
            assert english
            assert chinese
            assert sorted(re.findall(r"{\w*}", english)) == sorted(re.findall(r"{\w*}", chinese))
        elif f.name != "colors":
            assert english.keys() == chinese.keys()
    assert words("zh") is ZH
    assert words("other") is EN


def test_wishes_are_offered_only_where_the_catalogue_sells_them() -> None:
    shown = fitting_wishes(["running shoes", "手机"])
    assert [w.product for w in shown] == ["running shoes", "手机"]
    assert len(fitting_wishes([w.product for w in WISHES])) == 6
    html = render_welcome(shown)
    assert html.count("data-say=") == 2
    assert "data-say" not in render_welcome(())


def test_the_page_says_that_an_ai_answers() -> None:
    assert "An AI answers" in render_header(EN)
    assert "人工智能" in render_header(ZH)


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    for text in (head(), asset("shop.js"), render_header(EN), render_welcome(WISHES)):
        assert not re.search(r"https?://|//\w+\.\w+|@import|url\(", text.replace("// ", ""))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"), ("ink", "surface"), ("ink", "sunk"), ("ink", "red-wash"),
        ("soft", "paper"), ("soft", "surface"), ("soft", "sunk"), ("red-text", "surface"), ("red-text", "paper"),
        ("red-text", "red-wash"), ("red-ink", "red"), ("leaf", "surface"), ("leaf", "sunk"), ("amber", "surface"),
        ("mine-ink", "mine"),
    ],
)  # fmt: skip
def test_contrast_is_at_least_four_and_a_half(scheme: int, text: str, ground: str) -> None:
    blocks = re.findall(r":root\s*{(.*?)}", asset("base.css"), re.DOTALL)
    light = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", blocks[0]))
    colours = {**light, **dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", blocks[scheme]))}
    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
