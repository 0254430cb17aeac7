"""Stages shown: tables and pictures of turns over a shop small enough to know the answer."""

from __future__ import annotations

import re

import pytest
from builders import engine_of, product
from fakes import HashEncoder

from assistant.dialogue import DialogueState
from assistant.generation.claim import Claim
from assistant.lexicon import Lexicon
from assistant.notebooks import stages, writing
from assistant.notebooks.journey import Draft, Journey, Search, Sentence, Text
from assistant.notebooks.showing import Html
from assistant.ranking import card_of
from assistant.retrieval import Filters, SearchEngine, explain
from assistant.retrieval.shares import search_in_shares
from assistant.types import Claims, Constraints, Timing, Turn, Understanding
from assistant.understanding.intent import IntentPrediction

SHOP = [
    product(
        "v1", "Blue ceramic vase", 25, zh="蓝色陶瓷花瓶", color="blue", category=["home", "vase"], stock=3, group_id="g"
    ),
    product(
        "v2",
        "White ceramic vase",
        45,
        zh="白色陶瓷花瓶",
        color="white",
        category=["home", "vase"],
        stock=0,
        group_id="g",
    ),
    product("v3", "Blue velvet vase", 95, zh="蓝色丝绒花瓶", color="blue", category=["home", "vase"], stock=1),
    product("s1", "Wool scarf", 30, zh="羊毛围巾", color="blue", category=["clothing", "scarf"], stock=1),
]
EVIL = "<script>alert(1)</script>"
TEXT = Text(
    prompt="blurb.en/1@abc",
    given="A rule.\nWish: a vase",
    lead=" {name}",
    slots={"name": "Blue ceramic vase", "price": "$25.00"},
    drafts=(
        Draft(
            "{name} is made of gold.",
            (Claim("slot", "\ue000", 0, 6, True), Claim("property", "gold", 18, 22, False, "the record says ceramic")),
        ),
    ),
    sentences=(Sentence(f"Blue ceramic vase. {EVIL}", "mended"), Sentence("It costs $25.00.", "added")),
    claims=Claims(2, 0, 1, 0),
    tokens=12,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("stages"), SHOP, hash_encoder, lexicon)


def journey(engine: SearchEngine, wish: Constraints, *, language: str = "en", searched: bool = True) -> Journey:
    message = "a vase, please" if language == "en" else "想买个花瓶"
    filters = Filters(wish, language=language)
    result, shares = search_in_shares(engine, "vase", filters)
    groups = tuple(engine.groups.number(engine.index.rows[c.product.sku]) for c in result.candidates)
    search = Search(result, shares, explain(engine, "vase", filters, result), groups)
    shown = [c for c in result.candidates if c.product.sku != "v2"]
    cards = tuple(card_of(c.product, language, candidate=c) for c in shown)
    understanding = Understanding("product_search", 0.9, language, wish)  # type: ignore[arg-type]
    turn = Turn(
        message, understanding, wish, "search", cards, reply=EVIL, relaxed=("price_max",), ms=Timing(5.0, 10.0, 2.0)
    )
    prediction = IntentPrediction("product_search", 0.9, {"product_search": 0.9, "browse_ideas": 0.1})
    marks = {"cards shown": 20.0, "first sentence": 21.0, "finished": 900.0}
    return Journey(
        message,
        prediction,
        turn,
        DialogueState(),
        DialogueState(),
        search if searched else None,
        TEXT if searched else None,
        marks,
    )


def cells(shown: object) -> list[list[str]]:
    assert isinstance(shown, Html)
    rows = re.findall(r"<tr>(.*?)</tr>", shown._repr_html_(), re.S)
    found = [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]
    return [row for row in found if row]


def test_letters_are_counted_by_script(engine: SearchEngine) -> None:
    both = [journey(engine, Constraints(product="vase")), journey(engine, Constraints(product="花瓶"), language="zh")]
    assert cells(stages.letters(both)) == [
        ["a vase, please", "0", "11", "0", "en"],
        ["想买个花瓶", "5", "0", "0", "zh"],
    ]


def test_only_what_was_wished_for_is_listed_in_plain_numbers(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="vase", price_max=50.0, exclude_colors=("white", "red")))
    assert [row[0] for row in cells(stages.wishes([one]))] == ["product", "price_max", "exclude_colors"]
    assert [row[2] for row in cells(stages.ledgers([one]))] == ["vase", "50", "white, red"]


def test_filters_say_what_each_leaves_and_all_together(engine: SearchEngine) -> None:
    told = stages.filters([journey(engine, Constraints(product="vase", colors=("blue",), terms=("bamboo",)))])
    assert not isinstance(told, Html)
    for words in (
        "the whole catalogue 4",
        "the kind of product: vase 3",
        "blue 3",
        "bamboo: only ranks) 0",
        "together 2",
    ):
        assert words in told.alt


def test_rows_become_cards_and_what_is_sold_out_goes_last(engine: SearchEngine) -> None:
    rows = cells(stages.ranking(journey(engine, Constraints(product="vase"))))
    assert {row[1]: row[2] for row in rows} == {
        "Blue ceramic vase": next(row[2] for row in rows if row[1] == "Blue ceramic vase"),
        "White ceramic vase": "a version on " + next(row[2] for row in rows if row[1] == "Blue ceramic vase"),
        "Blue velvet vase": next(row[2] for row in rows if row[1] == "Blue velvet vase"),
    }
    assert rows[-1][1] == "White ceramic vase"
    assert rows[-1][4].endswith("sold out: goes last")
    assert rows[-1][3] == "45.00 USD"


def test_scores_and_intents_are_said_in_words_too(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="花瓶"), language="zh")
    told = stages.scores([one])
    assert not isinstance(told, Html)
    assert "蓝色丝绒花瓶" in told.alt
    assert "'想买个花瓶': product_search 90.0" in stages.intents([(one.message, one.prediction)]).alt


def test_a_message_without_a_search_is_shown_as_such(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(), searched=False)
    for shown in (stages.filters([one]), stages.scores([one]), stages.ranking(one)):
        assert str(shown) == "These messages needed no search."
    for shown in (writing.prompt(one), writing.writing(one)):
        assert "No recommendation was written" in str(shown)
    assert cells(writing.claims([one])) == []
    assert "write and check 883 ms" in writing.timeline([one]).alt


def test_where_nothing_is_left_what_was_loosened_is_named(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="vase", price_max=1.0))
    assert "loosened: price_max" in str(stages.ranking(one))
    assert not isinstance(stages.scores([one]), Html)


def test_the_text_is_shown_with_its_claims_and_where_it_comes_from(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="vase"))
    told = writing.writing(one)
    rows = cells(told)
    assert rows[0][1] == "{name} is made of gold."
    assert rows[0][2].startswith("✓ slot: {name}✗ property: gold (the record says ceramic)")
    assert [row[1] for row in rows[1:]] == [
        "the model&#39;s, without what nothing supports",
        "added from the record: the text was short, or lacked the price",
    ]
    assert cells(writing.claims([one])) == [["a vase, please", "12", "2", "1", "0", "0"]]
    assert "Wish: a vase {name}" in str(writing.prompt(one))
    assert [row[1] for row in cells(writing.prompt(one))] == ["Blue ceramic vase", "$25.00"]


def test_nothing_that_is_told_is_markup(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="vase"))
    for shown in (stages.told([one]), writing.writing(one), writing.trace(one)):
        assert EVIL not in shown._repr_html_()
        assert "alert(1)" in shown._repr_html_()


def test_times_are_those_of_the_turn(engine: SearchEngine) -> None:
    one = journey(engine, Constraints(product="vase"))
    assert cells(writing.times([one])) == [["a vase, please", "5", "10", "2", "20", "21", "–", "900"]]
    assert "understand 5 ms" in writing.timeline([one]).alt
    assert len(writing.trace(one)._repr_html_().splitlines()) < 30
