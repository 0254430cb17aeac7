"""Replies that need no model: true to the records, in the shopper's language, saying what gave way."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.catalog.policies import Passage, PolicyBook
from assistant.generation.replies import ReplyWriter
from assistant.generation.replies.wording import in_language, money, number, plural, sentences
from assistant.lexicon import Lexicon
from assistant.types import Card, Constraints, Product

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("en", "zh")

DRILL = Product(
    sku="D1",
    title="Torvane Bolt 18 cordless drill",
    description="Two batteries mean you rarely wait. The metal chuck bites hard, though the case is bulky.",
    price=129.0,
    list_price=159.0,
    prices={"CNY": 899.0},
    category=("garden", "cordless drill"),
    color="green",
    stock=12,
    rating=4.6,
    rating_count=210,
    attributes={"voltage": "18 V", "weight": "1.6 kg", "brushless": True, "noise": "82 dB"},
    translations={
        "zh": {
            "title": "拓凡 18V 充电式电钻",
            "description": "装书架、打膨胀螺丝都够力。金属夹头咬得紧，箱子稍占地方。",
        }
    },
)
QUIET_DRILL = replace(
    DRILL,
    sku="D2",
    title="Torvane Hush 12 cordless drill",
    price=99.0,
    list_price=None,
    prices={"CNY": 699.0},
    rating=4.2,
    rating_count=80,
    color="blue",
    attributes={"voltage": "12 V", "weight": "1.1 kg", "brushless": False, "noise": "71 dB"},
    description="Small enough for a kitchen drawer. It drives screws into pine without complaint.",
    translations={"zh": {"title": "拓凡 12V 轻音电钻", "description": "厨房抽屉就放得下，拧松木板的螺丝很轻松。"}},
)
SHOE = Product(
    sku="S1",
    title="Kestrane Ridge trail running shoes",
    description="Lined with soft mesh. Deep lugs hold on wet rock.",
    price=84.5,
    category=("footwear", "running shoe"),
    color="black",
    sizes=("41", "42", "43"),
    size_stock={"41": 2, "42": 5, "43": 0},
    stock=7,
    group_id="ridge",
)
RED_SHOE = replace(SHOE, sku="S2", title="Kestrane Ridge trail running shoes, red", color="red", stock=0, size_stock={})
VASE = Product(
    sku="V1",
    title="Hand-Thrown Stoneware Vase",
    description="This hand-thrown vase, 24 cm tall, has a speckled glaze and pairs well with dried stems.",
    price=39.99,
    category=("homedecor", "decorative"),
    attributes={"where_visible": "UI", "promoted": True},
)


def card(product: Product, language: str = "en", variants: Sequence[Product] = ()) -> Card:
    """A card as the pipeline makes it: Chinese title and price where the record has them."""
    yuan = product.price_in("CNY") if language == "zh" else None
    price, currency = (product.price, product.currency) if yuan is None else (yuan, "CNY")
    return Card(product, product.title_in(language), price, currency, tuple(variants))


@pytest.fixture(scope="module")
def say(lexicon: Lexicon) -> ReplyWriter:
    return ReplyWriter(lexicon)


def joined(parts: Sequence[str], language: str = "en") -> str:
    return ("" if language == "zh" else " ").join(parts)


def results(say: ReplyWriter, language: str, cards: Sequence[Card], ledger: Constraints, **given: Any) -> str:
    facts: dict[str, Any] = {
        "kind": "search",
        "total": len(cards),
        "relaxed": (),
        "soft": (),
        "currency_missing": None,
        "returned": False,
        "exhausted": False,
        "anchors": (),
        **given,
    }
    return joined(say.results(language, cards=cards, ledger=ledger, **facts), language)


def is_in(language: str, reply: str, titles: Sequence[str]) -> bool:
    """The rule of the product: titles and codes aside, Chinese has as many characters as Latin words, English four
    words a character."""
    low = reply.lower()
    for title in sorted(titles, key=len, reverse=True):
        low = low.replace(title.lower(), " ")
    low = re.sub(r"[a-z0-9-]*\d[a-z0-9-]*", " ", low)
    han, latin = len(re.findall(r"[\u3400-\u9fff]", low)), len(re.findall(r"[a-z]+", low))
    return han > 0 and han >= latin if language == "zh" else 4 * han <= latin and latin > 0


# -- wording ------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        (1299.5, "USD", "en", "$1,299.50"),
        (80, "USD", "en", "$80"),
        (150, "EUR", "en", "€150"),
        (2999, "CNY", "zh", "2,999元"),
        (39.99, "USD", "zh", "39.99美元"),
        (30, "USD", "zh", "30美元"),
        (12.5, None, "en", "12.5"),
    ],
)
def test_money(amount: float, currency: str | None, language: str, written: str) -> None:
    assert money(amount, currency, language) == written


@pytest.mark.parametrize(
    ("phrase", "many", "one"),
    [
        ("kettle", "kettles", "kettle"),
        ("djembe drums", "djembe drums", "djembe drum"),
        ("winter scarf", "winter scarves", "winter scarf"),
        ("green tea", "green tea picks", "green tea pick"),
        ("jeans", "jeans", "jeans"),
        ("case for my phone", "cases for my phone", "case for my phone"),
        ("toothbrush", "toothbrushes", "toothbrush"),
    ],
)
def test_plural(phrase: str, many: str, one: str) -> None:
    assert plural(phrase) == many
    assert plural(phrase, 1) == one


def test_sentences_split_both_languages() -> None:
    assert sentences("It is 1.6 kg. Two batteries! Fine?") == ["It is 1.6 kg.", "Two batteries!", "Fine?"]
    assert sentences("咬得紧。箱子大；不沉！") == ["咬得紧。", "箱子大；", "不沉！"]


def test_a_phrase_of_the_other_language_is_translated_or_left_out(lexicon: Lexicon) -> None:
    assert in_language("手机", "en", lexicon) == "phone"
    assert in_language("vase", "zh", lexicon) == "花瓶"
    assert in_language("某种没有名字的玩意", "en", lexicon) is None


# -- lists ------------------------------------------------------------


def test_a_list_names_product_and_constraints(say: ReplyWriter) -> None:
    ledger = Constraints(product="drills", price_min=90, price_max=150, colors=("green",), exclude_terms=("hammer",))
    reply = results(say, "en", [card(DRILL), card(QUIET_DRILL)], ledger)
    assert "2 green drills" in reply
    assert "between $90 and $150" in reply
    assert "leaving out hammers" in reply


def test_a_chinese_list_names_product_and_constraints(say: ReplyWriter) -> None:
    ledger = Constraints(product="电钻", price_max=900, colors=("green",), exclude_terms=("锤子",), sort="price_asc")
    reply = results(say, "zh", [card(DRILL, "zh"), card(QUIET_DRILL, "zh")], ledger)
    for part in ("900元以内", "绿色", "电钻", "不含锤子", "2款", "价格从低到高"):
        assert part in reply


@pytest.mark.parametrize(
    ("relaxed", "ledger", "en", "zh"),
    [
        (("price_max",), {"price_max": 5.0, "currency": "USD"}, "$5 limit", "5美元的价格上限"),
        (("price_min",), {"price_min": 900.0, "currency": "USD"}, "$900 minimum", "900美元的价格下限"),
        (("brands",), {"brands": ("Casio",)}, "Casio", "品牌“"),
        (("sizes",), {"sizes": ("47",)}, "size (47)", "尺码“47”"),
        (("colors", "terms"), {"colors": ("pink",), "terms": ("velvet",)}, "velvet", "粉色"),
        (("in_stock_only",), {"in_stock_only": True}, "in stock only", "只看有货"),
    ],
)
def test_what_was_loosened_is_told(
    say: ReplyWriter, relaxed: tuple[str, ...], ledger: dict[str, Any], en: str, zh: str
) -> None:
    for language, product, wanted in (("en", "vase", en), ("zh", "花瓶", zh)):
        c = Constraints(product=product, **ledger)
        reply = results(say, language, [card(VASE, language)], c, relaxed=relaxed)
        assert wanted in reply
        assert is_in(language, reply, [VASE.title])


def test_what_was_loosened_is_not_claimed(say: ReplyWriter) -> None:
    reply = results(say, "en", [card(VASE)], Constraints(product="vase", colors=("pink",)), relaxed=("colors",))
    assert re.search(r"no pink vases", reply)
    assert not re.search(r"(?:here|found)[^.]*pink", reply, re.I)


def test_a_wish_that_no_listing_states_is_said_to_only_rank(say: ReplyWriter) -> None:
    c = Constraints(product="blender", terms=("quiet",))
    reply = results(say, "en", [card(DRILL)] * 2, c, soft=("quiet",))
    assert "No listing states “quiet”" in reply
    assert "quiet blender" not in reply


def test_nothing_cheaper(say: ReplyWriter) -> None:
    c = Constraints(product="trumpet", price_max=749.98, currency="USD")
    assert "$749.98" in results(say, "en", [], c, relaxed=("price_max",))
    assert "749.98美元以内" in results(say, "zh", [], replace(c, product="小号"), relaxed=("price_max",))


def test_a_bound_in_a_foreign_currency_is_said_not_to_apply(say: ReplyWriter) -> None:
    c = Constraints(product="vase", price_max=150, currency="EUR")
    reply = results(say, "en", [card(VASE)], c, relaxed=("price_max",), currency_missing="EUR")
    assert "US dollars" in reply
    assert "€150" in reply
    assert "did not apply" in reply
    assert "Setting aside" not in reply


def test_an_unknown_product_type_is_admitted(say: ReplyWriter) -> None:
    reply = results(say, "en", [card(VASE)], Constraints(product="hoverboards"), relaxed=("product",))
    assert "nothing listed as “hoverboards”" in reply
    assert "hoverboards" in results(say, "en", [], Constraints(product="hoverboards"), relaxed=("product",))


def test_return_and_exhaustion(say: ReplyWriter) -> None:
    c = Constraints(product="vases", price_max=60)
    assert "Back to the vases" in results(say, "en", [card(VASE)], c, returned=True)
    assert "no more vases" in results(say, "en", [], c, exhausted=True)
    assert "没有更多" in results(say, "zh", [], replace(c, product="花瓶"), exhausted=True)


def test_complements_name_what_they_go_with(say: ReplyWriter) -> None:
    reply = results(say, "en", [card(VASE), card(SHOE)], Constraints(), kind="complement", anchors=[DRILL])
    assert DRILL.title in reply
    zh = results(say, "zh", [card(VASE, "zh")], Constraints(), kind="complement", anchors=[DRILL])
    assert DRILL.title_in("zh") in zh


# -- product questions ------------------------------------------------------------


def ask(say: ReplyWriter, language: str, product: Product, text: str, intent: str = "product_question") -> str:
    return joined(say.answer(language, [card(product, language)], text, intent, Constraints()), language)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("how heavy is it", "1.6 kg"),
        ("第一把多重", "1.6 kg"),
        ("what is the voltage", "18 V"),
        ("电压多少", "18 V"),
        ("how loud is it", "82 dB"),
        ("噪音大吗", "82 dB"),
        ("how much is it", "129"),
        ("什么颜色的", "绿色"),
    ],
)
def test_attributes_answer(say: ReplyWriter, text: str, wanted: str) -> None:
    language = "zh" if re.search(r"[\u3400-\u9fff]", text) else "en"
    assert wanted in ask(say, language, DRILL, text)


def test_a_flag_asked_for_by_name_is_answered_with_yes_or_no(say: ReplyWriter) -> None:
    assert ask(say, "en", DRILL, "is it brushless?").startswith("Yes")
    assert ask(say, "en", QUIET_DRILL, "is it brushless?").startswith("No")


@pytest.mark.parametrize(
    ("product", "text", "wanted"),
    [
        (SHOE, "what is it lined with?", "Lined with soft mesh."),
        (DRILL, "what is the chuck made of", "The metal chuck bites hard"),
        (VASE, "how tall is the first one", "24 cm tall"),
        (QUIET_DRILL, "does it fit in a kitchen drawer", "kitchen drawer"),
    ],
)
def test_a_sentence_of_the_description_is_quoted(say: ReplyWriter, product: Product, text: str, wanted: str) -> None:
    reply = ask(say, "en", product, text)
    assert "“" in reply
    assert wanted in reply
    quote = reply.split("“")[1].split("”")[0]
    assert quote in product.description


def test_a_chinese_reply_quotes_english_briefly(say: ReplyWriter) -> None:
    reply = ask(say, "zh", VASE, "第一个有多高")
    assert "24 cm" in reply
    assert is_in("zh", reply, [VASE.title])


@pytest.mark.parametrize("text", ["is it dishwasher safe?", "does it come with a laser", "can I use it under water"])
def test_what_no_record_says_is_not_guessed(say: ReplyWriter, text: str) -> None:
    reply = ask(say, "en", VASE, text)
    assert re.search(r"does not (?:say|mention)", reply)
    assert "person" in reply
    assert not re.match(r"yes|no\b", reply, re.I)


def test_a_part_is_not_answered_by_the_whole(say: ReplyWriter) -> None:
    boot = Product(sku="B", title="Field boot", price=1.0, category=("boots", "boot"), attributes={"material": "suede"})
    reply = ask(say, "en", boot, "what is the tongue made of")
    assert "suede" in reply
    assert "does not go into that part" in reply


def test_shop_plumbing_is_never_shown(say: ReplyWriter) -> None:
    for language in LANGUAGES:
        told = joined(say.compare(language, [card(VASE, language), card(replace(VASE, sku="V2"), language)], "compare"))
        assert "visible" not in told
        assert "romoted" not in told
    assert not say.why(card(VASE), Constraints(), "en")


# -- stock and price ------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "in stock, 7 pieces, in 41 and 42"),
        ({"sizes": ("42",)}, "in stock in 42, 5 left"),
        ({"sizes": ("43",)}, "sold out in 43; in stock are 41 and 42"),
        ({"sizes": ("48",)}, "does not come in 48; it comes in 41, 42 and 43"),
        ({"colors": ("red",)}, "sold out"),
        ({"colors": ("black",)}, "comes in black"),
        ({"colors": ("pink",)}, "only in black and red"),
        ({"quantity": 20}, "Only 7"),
    ],
)
def test_availability(say: ReplyWriter, given: dict[str, Any], wanted: str) -> None:
    shown = card(SHOE, variants=[RED_SHOE])
    reply = joined(say.answer("en", [shown], "do you have it", "check_availability", Constraints(**given)))
    assert wanted in reply


def test_which_colours_there_are_is_answered_from_the_variants(say: ReplyWriter) -> None:
    shown = card(SHOE, variants=[RED_SHOE])
    reply = joined(say.answer("en", [shown], "which colours are there?", "check_availability", Constraints()))
    assert "comes in black and red; red is sold out" in reply


def test_unknown_stock_and_restock_date_are_admitted(say: ReplyWriter) -> None:
    assert "no stock figure" in ask(say, "en", VASE, "in stock?", "check_availability")
    assert "库存信息" in ask(say, "zh", VASE, "有货吗", "check_availability")
    gone = ask(say, "en", RED_SHOE, "when is it back in stock", "check_availability")
    assert "sold out" in gone
    assert "no restock date" in gone


def test_promotion(say: ReplyWriter) -> None:
    assert "from $159 to $129, 19 % off" in ask(say, "en", DRILL, "any money off?", "check_promotion")
    assert "8.1折" in ask(say, "zh", DRILL, "打几折", "check_promotion")
    haggled = ask(say, "en", QUIET_DRILL, "will you take 50 for it", "check_promotion")
    assert "% off" not in haggled
    assert "can't bargain" in haggled


# -- comparison ------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_comparison_shows_a_table_of_the_records(say: ReplyWriter, language: str) -> None:
    cards = [card(DRILL, language), card(QUIET_DRILL, language)]
    table, advice = say.compare(language, cards, "compare them")
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {3}
    assert "1.6 kg" in table
    assert "71 dB" in table
    assert table.endswith("\n\n")
    assert cards[1].title in advice
    assert is_in(language, table + advice, [c.title for c in cards])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("which one makes less noise", "Torvane Hush 12 cordless drill has the lower figure: 71 dB against 82 dB"),
        ("which is lighter?", "Torvane Hush 12 cordless drill has the lower figure: 1.1 kg"),
        ("which is cheaper", "take Torvane Hush 12 cordless drill: it costs $30 less"),
        ("which is better rated", "Torvane Bolt 18 cordless drill is ahead with 4.6"),
        ("which one for screws into pine", "drives screws into pine"),
    ],
)
def test_advice_follows_the_wish(say: ReplyWriter, text: str, wanted: str) -> None:
    assert wanted in say.compare("en", [card(DRILL), card(QUIET_DRILL)], text)[-1]


def test_a_tie_is_called_a_tie(say: ReplyWriter) -> None:
    twin = replace(DRILL, sku="D3", title="Torvane Bolt 18 drill, grey", price=135.0)
    third = replace(QUIET_DRILL, attributes={"weight": "1.1 kg"})
    assert "alike (1.6 kg)" in say.compare("en", [card(DRILL), card(twin)], "which is heavier")[-1]
    advice = say.compare("en", [card(DRILL), card(twin), card(third)], "which is heavier")[-1]
    assert "1.6 kg against 1.6 kg" not in advice


# -- policies ------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return PolicyBook.read(ROOT / "catalog" / "policies")


@pytest.mark.parametrize(
    ("language", "topic", "intent", "text", "heading"),
    [
        ("en", "returns", "return_refund", "when will I see my refund", "When do I get my money?"),
        ("en", "returns", "return_refund", "you sent me the wrong colour", "I got the wrong or a damaged item"),
        ("en", "shipping", "shipping_delivery", "do you ship to Canada", "Where do you deliver?"),
        ("en", "shipping", "shipping_delivery", "can the courier carry it to the third floor", "carry it upstairs"),
        ("en", "payment", "payment_invoice", "do you take amex", "Which payment methods"),
        ("en", "payment", "check_promotion", "any vouchers going", "coupon"),
        ("en", "warranty", "warranty_repair", "my hairdryer smells of burning", "How do I make a claim?"),
        ("en", "privacy", "account_privacy", "I forgot my password", "password"),
        ("zh", "returns", "return_refund", "退回去的邮费谁出", "退货运费谁出"),
        ("zh", "shipping", "shipping_delivery", "满多少免邮", "包邮"),
        ("zh", "payment", "payment_invoice", "能不能分六期", "可以分期吗"),
        ("zh", "warranty", "warranty_repair", "滤芯能单独买吗", "能单买配件吗"),
        ("zh", "privacy", "account_privacy", "浏览记录怎么清掉", "怎么删除浏览记录"),
    ],
)
def test_the_passage_that_answers_is_quoted(
    say: ReplyWriter, book: PolicyBook, language: str, topic: str, intent: str, text: str, heading: str
) -> None:
    passages = book.about(topic, language)
    reply = joined(say.policy(language, intent, passages, text), language)
    quoted = [p for p in passages if p.text in reply]
    assert len(quoted) == 1
    assert heading in quoted[0].heading
    assert quoted[0].heading in reply
    assert is_in(language, reply, [])


@pytest.mark.parametrize("intent", ["order_status", "modify_cancel_order"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_order_turns_say_that_no_order_system_is_there(
    say: ReplyWriter, book: PolicyBook, language: str, intent: str
) -> None:
    reply = joined(say.policy(language, intent, book.about("contact", language), "5512-B"), language)
    assert ("no order system" if language == "en" else "订单系统") in reply.lower()
    assert ("person" if language == "en" else "转人工") in reply
    assert any(p.text in reply for p in book.about("contact", language))


def test_policies_may_be_missing_or_in_english_only(say: ReplyWriter) -> None:
    assert "no policy text" in joined(say.policy("en", "return_refund", (), "can I return it"))
    english = Passage("returns", "en", "How long?", "You have thirty days from the day the parcel reaches you. " * 4)
    assert is_in("zh", joined(say.policy("zh", "return_refund", (english,), "能退吗"), "zh"), [])


# -- cart, talk, chips ------------------------------------------------------------


def test_cart_names_changes_contents_and_total(say: ReplyWriter) -> None:
    reply = joined(say.cart("en", "add", [(DRILL, 2), (SHOE, 1)], [SHOE]))
    assert SHOE.title in reply
    assert f"{DRILL.title} × 2" in reply
    assert "$342.50" in reply
    yuan = joined(say.cart("zh", "set", [(DRILL, 2)], [DRILL]), "zh")
    assert "1,798元" in yuan
    mixed = joined(say.cart("zh", "view", [(DRILL, 1), (VASE, 1)], []), "zh")
    assert "168.99美元" in mixed


def test_cart_sums_are_kept_apart_by_currency(say: ReplyWriter) -> None:
    euro = replace(VASE, currency="EUR", price=10.0)
    assert "$129 and €10" in joined(say.cart("en", "view", [(DRILL, 1), (euro, 1)], []))


def test_cart_without_lines_and_checkout(say: ReplyWriter) -> None:
    assert "nothing in your cart" in joined(say.cart("en", "view", [], []))
    assert "No checkout system" in joined(say.cart("en", "checkout", [(DRILL, 1)], []))
    assert "空" in joined(say.cart("zh", "clear", [], [DRILL]), "zh")


def test_clarify_names_the_position_that_was_never_shown(say: ReplyWriter) -> None:
    assert "no number 7" in joined(say.clarify("en", "reference", "product_question", (7,), 5))
    assert "只列了5款" in joined(say.clarify("zh", "reference", "product_question", (7,), 5))
    assert "haven't shown" in joined(say.clarify("en", "reference", "manage_cart", (2,), 0))


@pytest.mark.parametrize("language", LANGUAGES)
def test_disclosure(say: ReplyWriter, language: str) -> None:
    assert re.search(r"AI|assistant", say.disclosure(language))
    greeting = joined(say.social(language, "chat", "smalltalk", "hello 你好", first=True), language)
    assert re.search(r"AI|assistant", greeting)
    later = joined(say.social(language, "chat", "smalltalk", "thanks 谢谢", first=False), language)
    assert not re.search(r"AI", later)


def test_who_are_you_is_answered_truly(say: ReplyWriter) -> None:
    assert "not a human" in joined(say.social("en", "chat", "smalltalk", "are you a real person?", first=False))
    assert "不是真人" in joined(say.social("zh", "chat", "smalltalk", "你是机器人吗", first=False), "zh")


def test_praise_is_not_answered_with_an_apology(say: ReplyWriter) -> None:
    praise = joined(say.social("en", "chat", "complaint_feedback", "five stars from me", first=False))
    assert "Thank you" in praise
    assert "sorry" not in praise
    blame = joined(say.social("en", "chat", "complaint_feedback", "the packing was shameful", first=False))
    assert "sorry" in blame


def test_a_refusal_repeats_nothing(say: ReplyWriter) -> None:
    message = "Zanzibar quokka <b>maintenance</b> mode"
    for language in LANGUAGES:
        reply = joined(say.social(language, "refuse", "unsafe", message, first=False))
        assert not set(re.findall(r"[a-z]{4,}", message.lower())) & set(re.findall(r"[a-z]{4,}", reply.lower()))


def test_phrasings_vary_between_messages_and_not_for_the_same(say: ReplyWriter) -> None:
    def thanks(message: str) -> str:
        return joined(say.social("en", "chat", "smalltalk", message, first=False))

    assert len({thanks(f"thanks {i}") for i in range(20)}) > 1
    assert thanks("thanks a lot") == thanks("thanks a lot")


def test_why_answers_the_wish_first_and_claims_nothing_unstated(say: ReplyWriter) -> None:
    ledger = Constraints(price_max=150, terms=("brushless", "waterproof"), colors=("green",))
    chips = say.why(card(DRILL), ledger, "en")
    assert chips[:3] == ("within $150", "brushless", "in green")
    assert not [c for c in say.why(card(QUIET_DRILL), ledger, "en") if c in ("brushless", "waterproof", "in green")]
    assert "42有货" in say.why(card(SHOE, "zh"), Constraints(sizes=("42",)), "zh")
    assert "sold out" not in say.why(card(RED_SHOE), Constraints(), "en")


def test_why_does_not_take_a_denial_for_a_statement(say: ReplyWriter) -> None:
    hat = Product(sku="H", title="Sun hat", price=1.0, description="Light, but not waterproof.")
    assert say.why(card(hat), Constraints(terms=("waterproof",)), "en") == ()


@pytest.mark.parametrize(
    "action",
    "search ideas complement compare answer policy cart clarify handoff refuse chat decline".split(),
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions(say: ReplyWriter, action: str, language: str) -> None:
    for cards in ([], [card(DRILL)], [card(DRILL), card(SHOE)]):
        offered = say.suggestions(action, cards, language)
        assert 2 <= len(offered) <= 4
        assert len(set(offered)) == len(offered)
        assert all(bool(re.search(r"[\u3400-\u9fff]", text)) == (language == "zh") for text in offered)


# -- the whole shipped catalogue ------------------------------------------------------------

QUESTIONS = (
    "what is it made of", "how heavy is it", "is it waterproof", "how big is it", "tell me more about it",
    "什么材质的", "多重", "防水吗", "尺寸多大", "介绍一下", "能机洗吗", "续航怎么样",
)  # fmt: skip


def shipped() -> list[Product]:
    rows = (ROOT / "catalog" / "products.jsonl").read_text(encoding="utf-8").splitlines()
    known = Product.__dataclass_fields__
    out = []
    for row in rows[::9]:
        data = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(row).items() if k in known}
        out.append(Product(**{k: v for k, v in data.items() if v is not None}))
    return out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bilingual", [True, False])
def test_every_reply_about_shipped_products_is_in_the_shoppers_language(
    say: ReplyWriter, language: str, bilingual: bool
) -> None:
    products = [p if bilingual else replace(p, translations={}, prices={}) for p in shipped()]
    wrong = []
    for number_, product in enumerate(products):
        other = products[number_ - 1]
        cards = [card(product, language), card(other, language)]
        titles = [c.title for c in cards]
        asked = [q for q in QUESTIONS if bool(re.search(r"[\u3400-\u9fff]", q)) == (language == "zh")]
        replies = [
            joined(say.answer(language, cards[:1], q, "product_question", Constraints()), language) for q in asked
        ]
        replies.append(joined(say.compare(language, cards, asked[0]), language))
        replies += [ask(say, language, product, asked[0], i) for i in ("check_availability", "check_promotion")]
        replies += [text for text in say.why(cards[0], Constraints(), language) if language == "zh"]
        wrong += [r for r in replies if not is_in(language, r, titles) and not re.fullmatch(r"[\d.]+折", r)]
    assert not wrong


def test_numbers_of_an_answer_come_from_the_record(say: ReplyWriter) -> None:
    for product in shipped():
        for question in QUESTIONS[:4]:
            shown = card(product)
            reply = joined(say.answer("en", [shown], question, "product_question", Constraints()))
            record = json.dumps(product.to_dict(), ensure_ascii=False) + number(shown.price, "en")
            unknown = set(re.findall(r"\d+(?:\.\d+)?", reply)) - set(re.findall(r"\d+(?:\.\d+)?", record))
            assert not unknown, reply
