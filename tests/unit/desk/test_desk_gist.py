"""What a conversation is about in the agent's language, the summary, and what may be asked next."""

from __future__ import annotations

import pytest
from conftest import Office  # type: ignore[import-not-found]
from fakes_assistant import PRODUCTS

from assistant.desk.gist import Gist
from assistant.desk.questions import Situation, next_questions
from assistant.desk.styles import STYLES, offered, styled_prompt
from assistant.desk.wording import CHINESE, ENGLISH
from assistant.generation.prompts import PromptBook
from assistant.generation.replies.wording import has_han
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.types import INTENTS, Constraints


@pytest.mark.parametrize(
    ("ledger", "en", "zh"),
    [
        (Constraints(), "", ""),
        (
            Constraints(product="跑鞋", price_max=500.0, currency="CNY", exclude_colors=("red",)),
            "running shoes, up to CN¥500, no red",
            "跑鞋，500元以内，不要红色",
        ),
        (
            Constraints(product="phone", price_min=100.0, price_max=200.0, currency="USD", brands=("Aurel",)),
            "phone, $100 to $200, Aurel",
            "手机，100美元到200美元，Aurel",
        ),
        (
            Constraints(terms=("waterproof",), exclude_terms=("leather",), sizes=("42",), in_stock_only=True),
            "size 42, waterproof, no leather, in stock only",
            "尺码 42，防水，不要真皮，只要有货的",
        ),
        (
            Constraints(price_min=5.0, sort="price_asc", quantity=2),
            "from 5, 2 pieces, cheapest first",
            "5以上，2 件，从便宜到贵",
        ),
    ],
)  # fmt: skip
def test_a_wish_in_either_language(lexicon: Lexicon, ledger: Constraints, en: str, zh: str) -> None:
    gist = Gist(lexicon, lambda sku: None)
    assert gist.wish(ledger, "zh") == zh
    assert gist.wish(ledger, "en") == en


def test_a_word_without_a_known_name_stays_in_quotes(lexicon: Lexicon) -> None:
    gist = Gist(lexicon, lambda sku: None)
    assert gist.wish(Constraints(product="嘎嘎嘎乐"), "en") == "“嘎嘎嘎乐”"


@pytest.mark.parametrize(
    ("intent", "text", "told"),
    [
        ("shipping_delivery", "do you ship to me", "询问配送"),
        ("return_refund", "can I return the lamp", "询问退换货或退款：灯"),
        ("product_question", "is it waterproof", "询问商品情况：防水"),
        ("order_status", "where is my parcel", "询问订单到哪了"),
    ],
)
def test_a_line_says_what_it_names(lexicon: Lexicon, intent: str, text: str, told: str) -> None:
    assert Gist(lexicon, lambda sku: None).line(text, {"intent": intent}, Constraints(), "zh").startswith(told)


def test_every_intent_and_action_has_words_in_both_languages() -> None:
    for words in (ENGLISH, CHINESE):
        assert set(words.intents) == set(INTENTS)
    assert set(ENGLISH.actions) == set(CHINESE.actions)
    assert all(has_han(text) for text in CHINESE.intents.values())
    assert not any(has_han(text) for text in ENGLISH.intents.values())


def test_an_english_agent_understands_a_chinese_customer(office: Office) -> None:
    conversation = office.taken("想买跑鞋，低于 80")
    office.shop(conversation, "包裹 A-20003 到哪了")
    case = office.desk.case(conversation, "eve", "en")
    lines = [line for line in case.lines if line.author == "customer"]
    assert lines[0].gist.startswith("Looks for: ")
    assert "up to 80" in lines[0].gist
    assert lines[2].gist == "Asks where their order is: order A-20003"
    assert case.gist.startswith("Asks where their order is: order A-20003.")
    assert not has_han("".join(line.gist for line in lines).replace("“", ""))
    assert case.language == "zh"
    assert all(has_han(q) for q in case.next_questions)
    # An agent who reads Chinese needs none.
    chinese = [line for line in office.desk.case(conversation, "eve", "zh").lines if line.language == "zh"]
    assert {line.gist for line in chinese} == {""}
    assert has_han(office.desk.gist(conversation, "zh"))


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("Wants: ", "up to 80", "Shown: Trundle Dash running shoe", "A-20001 (delayed)", "Notes: patient",
                "Open: Wants to talk to a person; Asks where their order is: order A-20001")),
        ("zh", ("想要：", "80以内", "已展示：Trundle 疾风跑鞋", "A-20001 (延误)", "备注：patient",
                "待处理：想找人工客服；询问订单到哪了：订单 A-20001")),
    ],
)  # fmt: skip
def test_the_summary_says_what_was_wanted_shown_asked_and_is_open(
    office: Office, language: str, parts: tuple[str, ...]
) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "where is A-20001?")
    office.desk.note(conversation, "eve", "patient")
    text = office.desk.summary(conversation, language)  # type: ignore[arg-type]
    for part in parts:
        assert part in text
    office.desk.write(conversation, "eve", "It is delayed.")
    last = office.desk.summary(conversation, "en").splitlines()[-1]
    assert last == "Open: nothing, the last word is ours"


def test_three_likely_questions_follow_what_was_shown(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    questions = office.desk.next_questions(conversation)
    assert len(set(questions)) == 3
    assert any("first one" in q for q in questions)
    assert len(office.desk.next_questions(conversation, "zh")) == 3


def test_questions_refer_to_what_the_open_draft_shows(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "shoes under 65")
    office.draft(conversation)
    assert any("first one" in q for q in office.desk.next_questions(conversation))


def test_an_answer_prepared_ahead_leaves_the_list_as_it_is(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    before = office.sessions.state(conversation).listed
    office.draft(conversation, question="hello")
    draft = office.draft(conversation, question="add 2")
    assert draft.text == "Added TST-SHOE-02."
    assert office.desk.use(draft.id, "eve")
    assert office.sessions.state(conversation).listed == before


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("action", ["search", "answer", "policy", None])
def test_there_are_always_three_different_questions(lexicon: Lexicon, language: str, action: str | None) -> None:
    for listed in ((), PRODUCTS[:1], PRODUCTS):
        situation = Situation(tuple(listed), Constraints(sizes=("41",)), action, frozenset(("order_status",)), "")
        questions = next_questions(situation, language, lexicon)
        assert len(set(questions)) == 3
        assert all(has_han(q) == (language == "zh") for q in questions)


def test_what_was_asked_is_not_suggested_again(lexicon: Lexicon) -> None:
    asked = frozenset(("check_availability", "compare_products", "shipping_delivery"))
    situation = Situation(PRODUCTS, Constraints(), "search", asked, "What is the material of the first one?")
    questions = " ".join(next_questions(situation, "en", lexicon))
    for gone in ("material", "in stock", "difference", "delivery"):
        assert gone not in questions


def test_styles_speak_through_the_prompts_own_variables() -> None:
    book = PromptBook.load(default_folder("prompts"))
    for task in ("blurb.en", "blurb.zh"):
        plain = book.get(task, usual="2")
        styled = {style: styled_prompt(plain, style) for style in STYLES}
        values = {"facts": "f", "request": "r"}
        assert styled["standard"].render(values) == plain.render(values)
        assert len({p.render(values) for p in styled.values()}) == len(STYLES)
        assert styled["shorter"].decoding.sentences == 1
        # It is still the same prompt, for whoever reads the trace.
        assert {p.identity for p in styled.values()} == {plain.identity}


def test_only_styles_that_make_a_difference_are_offered() -> None:
    book = PromptBook.load(default_folder("prompts"))
    assert offered(book.get("blurb.en", usual="1")) == ("standard", "shorter")
    assert offered(book.get("blurb.en", usual="2")) == STYLES
