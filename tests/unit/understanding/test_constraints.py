"""The constraint parser on whole messages: our own set, the public examples, and hostile input."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.lexicon import Lexicon
from assistant.types import INTENTS, Constraints
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.language import detect_language

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[3] / "shared"
FIELDS = [name for name in Constraints().to_dict() if name != "terms"]
SILENT = (
    "order_status modify_cancel_order account_privacy complaint_feedback speak_to_human smalltalk unsafe out_of_scope"
).split()


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture(scope="module")
def parser(lexicon: Lexicon) -> ConstraintParser:
    return ConstraintParser(lexicon)


def examples(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(item).strip().casefold() for item in value) or None
    return value.strip().casefold() if isinstance(value, str) else value


def mistakes(parser: ConstraintParser, example: dict[str, Any]) -> dict[str, Any]:
    """The fields read wrong: each must be as stated, or empty where not stated; stated terms must be found."""
    got = parser.parse(example["text"], intent=example["intent"]).to_dict()
    wanted = example["constraints"]
    out = {name: got[name] for name in FIELDS if plain(got[name]) != plain(wanted.get(name))}
    have = ["".join(term.split()).casefold() for term in got["terms"]]
    if not all(any("".join(term.split()).casefold() in h for h in have) for term in wanted.get("terms", ())):
        out["terms"] = got["terms"]
    return out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reads_our_own_messages(parser: ConstraintParser, language: str) -> None:
    chosen = [e for e in examples(HERE / "data" / "messages.jsonl") if e["lang"] == language]
    wrong = {e["text"]: found for e in chosen if (found := mistakes(parser, e))}
    assert len(chosen) > 250
    assert len(wrong) <= 0.01 * len(chosen), wrong


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the development data is not beside the repository")
def test_reads_the_public_examples(parser: ConstraintParser) -> None:
    chosen = examples(SHARED / "accept" / "understand.jsonl")
    wrong = {e["text"]: found for e in chosen if (found := mistakes(parser, e))}
    assert len(wrong) <= 0.03 * len(chosen), wrong


def test_works_without_product_names(lexicon: Lexicon) -> None:
    """Grammar alone finds most products: an unknown thing is read too."""
    bare = ConstraintParser(Lexicon(c for c in lexicon.concepts if c.kind != "product"))
    chosen = [
        e
        for e in examples(HERE / "data" / "messages.jsonl")
        if e["intent"] == "product_search" and "product" in e["constraints"]
    ]
    right = sum("product" not in mistakes(bare, e) for e in chosen)
    assert right >= 0.85 * len(chosen)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("do you sell any zorbulators under 50?", "zorbulators"),
        ("a waterproof flimwhistle for my dog", "flimwhistle"),
        ("想买个能静音的咕噜仪，两百以内", "咕噜仪"),
        ("有没有蓝色的哗啦棒", "哗啦棒"),
    ],
)
def test_reads_products_no_table_holds(parser: ConstraintParser, text: str, product: str) -> None:
    assert parser.parse(text, intent="product_search").product == product


@pytest.mark.parametrize("intent", SILENT)
@pytest.mark.parametrize(
    "text", ["where's order 90-1177", "sell me two red Nike shoes under $5", "第二个两百块以内的红色鞋子"]
)
def test_intents_that_name_no_constraint(parser: ConstraintParser, intent: str, text: str) -> None:
    assert parser.parse(text, intent=intent) == Constraints()


def test_brands_of_an_index(lexicon: Lexicon) -> None:
    parser = ConstraintParser(lexicon, brands=["Brackwater", "Lamp", "云栖谷"])
    assert parser.parse("brackwater kettles", intent="product_search").brands == ("brackwater",)
    assert parser.parse("云栖谷的茶壶", intent="product_search").brands == ("云栖谷",)
    # A brand that is also a product's name is one only where it is said like one.
    assert parser.parse("a lamp under 40", intent="product_search").brands == ()
    assert parser.parse("chairs by Lamp", intent="product_search").brands == ("Lamp",)


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("three apples and a mango", ()),
        ("an Apple charger", ("Apple",)),
        ("买三斤苹果", ()),
        ("苹果耳机", ("苹果",)),
        ("煮粥用的小米", ()),
        ("小米手环", ("小米",)),
        ("精美的花瓶", ()),
        ("要美的牌子的风扇", ("美的",)),
    ],
)
def test_ordinary_words_that_are_brands(parser: ConstraintParser, text: str, brands: tuple[str, ...]) -> None:
    assert parser.parse(text, intent="product_search").brands == brands


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Forget the price", {"price_min", "price_max"}),
        ("no lower limit", {"price_min"}),
        ("25 max, no minimum", {"price_min"}),
        ("Ignore the lower limit.", {"price_min"}),
        ("money is no object", {"price_min", "price_max"}),
        ("any brand is fine", {"brands", "exclude_brands"}),
        ("colour doesn't matter", {"colors", "exclude_colors"}),
        ("任意品牌都行", {"brands", "exclude_brands"}),
        ("下限不用管", {"price_min"}),
        ("算了不看预算了", {"price_min", "price_max"}),
        ("颜色无所谓", {"colors", "exclude_colors"}),
        ("尺码不限", {"sizes"}),
        ("cheaper ones please", set()),
        ("red or blue", set()),
        ("除了白色都可以", set()),
        ("预算加到五百", set()),
    ],
)
def test_cleared_fields(parser: ConstraintParser, text: str, fields: set[str]) -> None:
    assert parser.cleared_fields(text) == fields


@pytest.mark.parametrize(
    "text", ["start over", "let's start from scratch", "clear all filters", "重新开始", "清空条件"]
)
def test_start_over_clears_everything(parser: ConstraintParser, text: str) -> None:
    assert {"product", "price_max", "brands", "exclude_terms", "sort"} <= parser.cleared_fields(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("something cheaper please", "cheaper"),
        ("that's too expensive", "cheaper"),
        ("再便宜点", "cheaper"),
        ("有没有比第二把便宜的", "cheaper"),
        ("太贵了", "cheaper"),
        ("a pricier one", "dearer"),
        ("贵一点也行", "dearer"),
        ("the cheapest one", None),
        ("cheaper than 50", None),
        ("从便宜到贵排", None),
        ("show me red ones", None),
    ],
)
def test_relative_price(parser: ConstraintParser, text: str, wanted: str | None) -> None:
    assert parser.mentions_relative_price(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["show more", "Show me a few more", "next page", "what else do you have?", "换一批看看", "还有别的吗", "再来几款"],
)
def test_wants_more(parser: ConstraintParser, text: str) -> None:
    assert parser.wants_more(text)


@pytest.mark.parametrize(
    "text", ["more expensive ones", "tell me more about it", "running shoes", "这张仓库里还有吗", "跑步鞋"]
)
def test_wants_no_more(parser: ConstraintParser, text: str) -> None:
    assert not parser.wants_more(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Only that one.", 1),
        ("show me three", 3),
        ("list five options", 5),
        ("推荐两款", 2),
        ("只要一个", 1),
        ("red shoes", None),
    ],
)
def test_result_count(parser: ConstraintParser, text: str, count: int | None) -> None:
    assert parser.result_count(text) == count
    assert parser.wants_only_one(text) == (count == 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sandels", "sandals"),
        ("hedphones", "headphones"),
        ("充电先", "充电线"),
        ("sandals", "sandals"),
        ("zorbulator", "zorbulator"),
    ],
)
def test_corrects_product_names(parser: ConstraintParser, written: str, meant: str) -> None:
    assert parser.correct(written) == meant


HOSTILE = [
    "",
    " ",
    "\x00\x01\x1e\x1f",
    "\ud800\udfff",
    "🧦👟",
    "a" * 100_000,
    "0" * 100_000,
    "一" * 100_000,
    "不要" * 50_000,
    "第" * 100_000,
    "no " * 33_000,
    "under " * 16_000,
    "a-" * 50_000,
    " " * 100_000,
    "1 " * 50_000,
    "买" * 100_000,
    "the first " * 10_000,
    "$" * 100_000,
    "not a " * 16_000,
    "1-" * 50_000,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "\u202eunder 50",
    "１２３" * 1000,
    "想要" * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_survives_hostile_messages(parser: ConstraintParser, text: str) -> None:
    start = time.process_time()
    for intent in ("product_search", "refine_results", "manage_cart"):
        parser.parse(text, intent=intent)
    parser.cleared_fields(text)
    parser.wants_more(text)
    parser.mentions_relative_price(text)
    parser.result_count(text)
    detect_language(text)
    assert time.process_time() - start < 3.0


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the development data is not beside the repository")
def test_survives_naughty_strings(parser: ConstraintParser) -> None:
    for text in json.loads((SHARED / "data" / "blns" / "blns.json").read_text(encoding="utf-8")):
        for intent in (None, *INTENTS):
            assert isinstance(parser.parse(text, intent=intent), Constraints)
        detect_language(text)


def test_is_fast(parser: ConstraintParser) -> None:
    chosen = examples(HERE / "data" / "messages.jsonl")
    start = time.process_time()
    for example in chosen:
        parser.parse(example["text"], intent=example["intent"])
    assert (time.process_time() - start) / len(chosen) < 0.003
