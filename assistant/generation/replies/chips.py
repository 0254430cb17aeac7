"""The short reasons on a card and the messages offered for a click."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.generation.replies.evidence import Records, amount
from assistant.generation.replies.stock import colors_of, discount, same_size
from assistant.generation.replies.wording import color_name, in_language, money, number, reads_as
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Card, Constraints

_CHIPS = 3
_CHIP_LENGTH = 28
_WELL_RATED = 4.5
_FEW = 3


def why(lexicon: Lexicon, records: Records, card: Card, ledger: Constraints, language: str) -> tuple[str, ...]:
    """At most three reasons, those that answer the shopper's own words first."""
    zh = language == "zh"
    p = card.product
    chips: list[str] = []
    cur = ledger.currency
    within = cur is None or cur == card.currency
    if within and ledger.price_max is not None and card.price <= ledger.price_max:
        bound = money(ledger.price_max, card.currency, language)
        chips.append(f"{bound}以内" if zh else f"within {bound}")
    sizes = p.sizes or tuple(p.size_stock)
    for size in ledger.sizes:
        mine = same_size(sizes, size)
        if mine and p.size_stock.get(mine, 0) > 0:
            chips.append(f"{mine}有货" if zh else f"in stock, size {mine}")
    for term in ledger.terms:
        if chip := _states(lexicon, records, card, term, language):
            chips.append(chip)
    asked_colors = colors_of(lexicon, p) & set(ledger.colors)
    chips += [color_name(c, language, lexicon) if zh else f"in {c}" for c in sorted(asked_colors)]
    if p.brand and fold(p.brand) in {fold(b) for b in ledger.brands}:
        chips.append(p.brand)
    if cut := discount(p):
        chips.append(f"{number((100 - cut) / 10, 'zh')}折" if zh else f"{cut} % off")
    if p.rating is not None and (p.rating >= _WELL_RATED or ledger.sort == "rating_desc"):
        chips.append(f"评分{number(p.rating, 'zh')}" if zh else f"rated {number(p.rating, 'en')}")
    # That it is sold out stands on the card already, and is no reason to choose it.
    if p.in_stock and p.stock is not None and p.stock <= _FEW:
        chips.append(f"仅剩{p.stock}件" if zh else f"only {p.stock} left")
    elif p.in_stock and ledger.in_stock_only:
        chips.append("有现货" if zh else "in stock")
    if len(card.variants) > 1:
        chips.append(f"同款{len(card.variants) + 1}种可选" if zh else f"{len(card.variants) + 1} versions")
    if not chips:
        chips += _strong_points(records, card, language)
    fitting = [c for c in dict.fromkeys(chips) if len(c) <= _CHIP_LENGTH]
    return tuple(fitting[:_CHIPS])


def _states(lexicon: Lexicon, records: Records, card: Card, term: str, language: str) -> str | None:
    """The wished term, where this very record states it: in an attribute, the title or the description."""
    p = card.product
    shown = in_language(term, language, lexicon)
    if shown is None:
        return None
    wanted = [fold(f) for c in lexicon.named(term) for f in c.forms] or [fold(term)]
    for key, value in records.shown(p).items():
        label = " ".join(lexicon.attribute_labels.get(key, (key.replace("_", " "), "")))
        if value is True and any(_within(w, fold(label)) for w in wanted):
            return shown
        if isinstance(value, str) and any(_within(w, fold(value)) for w in wanted):
            return shown
    prose = fold(" ".join((p.title, p.description, p.title_in("zh"), p.description_in("zh"))))
    return shown if any(_within(w, prose) and not _denied(w, prose) for w in wanted) else None


def _within(phrase: str, text: str) -> bool:
    """Whether the words of the phrase stand together in the text."""
    need = [t for t, _, _ in words(phrase)]
    have = [t for t, _, _ in words(text)]
    n = len(need)
    return bool(need) and any(have[i : i + n] == need for i in range(len(have) - n + 1))


def _denied(phrase: str, text: str) -> bool:
    """Whether the text says it is *not* so: "not waterproof", 不防水."""
    return any(
        f"{no}{phrase}" in text for no in ("not ", "no ", "non-", "isn't ", "without ", "不", "非", "没有", "无")
    )


def _strong_points(records: Records, card: Card, language: str) -> list[str]:
    """Yes-attributes and telling figures, when nothing was asked for that could be answered."""
    out: list[str] = []
    for key, value in records.shown(card.product).items():
        label = records.label(key, language)
        if value is True:
            text = label
        elif amount(value) and isinstance(value, str):
            text = f"{label}{records.value(value, language)}" if language == "zh" else f"{label} {value}"
        else:
            continue
        if language != "zh" or reads_as("zh", text):
            out.append(text)
    return out[:2]


def suggestions(action: str, cards: Sequence[Card], language: str) -> tuple[str, ...]:
    """Two to four messages that make sense next."""
    zh = language == "zh"
    n = len(cards)
    if action in ("search", "ideas", "complement"):
        if not n:
            return ("不看预算了", "随便看看有什么推荐") if zh else ("Forget the price", "Show me some gift ideas")
        out = ["便宜一点的"] if zh else ["Cheaper, please"]
        if n > 1:
            out.append("比较1和2" if zh else "Compare 1 and 2")
            out.append("换一批" if zh else "Show more")
        out.append("把第一个加入购物车" if zh else "Add the first one to my cart")
        return tuple(out)
    if action == "compare":
        return (
            ("把第一个加入购物车", "把第二个加入购物车", "有什么可以搭配的")
            if zh
            else ("Add the first one to my cart", "Add the second one to my cart", "What goes well with it?")
        )
    if action == "answer":
        return (
            ("加入购物车", "有什么可以搭配的", "便宜一点的")
            if zh
            else ("Add it to my cart", "What goes well with it?", "Something cheaper, please")
        )
    if action == "cart":
        return (
            ("看看购物车", "有什么可以搭配的", "运费多少")
            if zh
            else ("Show my cart", "What else goes with it?", "How much is delivery?")
        )
    if action == "policy":
        return ("转人工", "随便看看有什么推荐") if zh else ("Talk to a person", "Show me some gift ideas")
    if action == "handoff":
        return ("随便看看有什么推荐", "怎么退货") if zh else ("Show me some gift ideas", "How do I return something?")
    if action == "clarify":
        return ("第一个", "第二个") if zh else ("The first one", "The second one")
    return (
        ("想买一部新手机", "送朋友什么礼物好", "包邮吗")
        if zh
        else ("I'm looking for a new phone", "A gift for a friend", "Is delivery free?")
    )
