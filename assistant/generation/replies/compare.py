"""Two or more products side by side: a small table from their records, then what the records decide, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.generation.replies.answers import around, inline
from assistant.generation.replies.evidence import Aspect, Records, amount
from assistant.generation.replies.wording import clip, has_han, listed, money, number, reads_as
from assistant.lexicon import fold
from assistant.types import Card

_ROWS = 6
_PRICE = re.compile(
    r"\bcheap\w*|\bprice\w*|\bcosts?\b|\bbudget\b|\bvalue\b|\bworth\b|\bmoney\b|\baffordable\b|便宜|价格|贵|划算|性价比|预算|省钱|值",
    re.I,
)
_RATING = re.compile(
    r"\brat(?:ed|ing)\w*|\breview\w*|\bpopular\b|\bstars?\b|\brecommend\w*|评分|评价|口碑|好评|人气|热门|受欢迎", re.I
)
_LESS = re.compile(
    r"\b(?:light\w*|less|lower|quiet\w*|small\w*|short\w*|thin\w*|silent\w*|compact)\b|轻|少|低|安静|静音|小|短|薄",
    re.I,
)
# Words of choosing, which say nothing about what for.
_CHOOSING = frozenset(
    "compar better best differenc difference choos choose pick prefer "
    "recommend versus vs v stuck between decid decide buy side weigh "
    "contrast either should favourit winner win differ worth 比较 对比 区别 不同 "
    "哪个好 选 推荐 买 好 差别 纠结 犹豫 挑 更好 值得 建议 觉得 合适 划算 适合 喜欢".split()
)
_SHARE = 0.3


def compare(records: Records, language: str, cards: Sequence[Card], text: str) -> list[str]:
    """A table and one piece of advice."""
    if len(cards) < 2:
        return []
    zh = language == "zh"
    asked = [a for a in records.asked(text) if a.key not in ("price", "rating", "brand", "color")]
    table = _table(records, language, cards, asked)
    lead = "把它们放在一起看：" if zh else "Here they are side by side:"
    return [f"{lead}\n\n{table}\n\n", _advice(records, language, cards, text, asked)]


# -- the table --------------------------------------------------------------------------------------------------------


def _table(records: Records, language: str, cards: Sequence[Card], asked: Sequence[Aspect]) -> str:
    zh = language == "zh"
    rows: list[tuple[str, list[str]]] = [
        ("价格" if zh else "Price", [money(c.price, c.currency, language) for c in cards])
    ]
    if any(c.product.rating is not None for c in cards):
        rows.append(("评分" if zh else "Rating", [_rating(c, language) for c in cards]))
    if any(c.product.in_stock is not None for c in cards):
        rows.append(("库存" if zh else "Stock", [_stock(c, language) for c in cards]))
    for key in _keys(records, cards, asked):
        values = [records.shown(c.product).get(key) for c in cards]
        cells = ["—" if v is None else clip(records.value(v, language), 40) for v in values]
        row = (records.label(key, language), cells)
        if not zh or (has_han(row[0]) and reads_as("zh", row[0] + "".join(cells))):
            rows.append(row)
    head = ["　" if zh else " ", *(_cell(c.title) for c in cards)]
    lines = [head, ["---"] * len(head), *([_cell(name), *map(_cell, cells)] for name, cells in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _keys(records: Records, cards: Sequence[Card], asked: Sequence[Aspect]) -> list[str]:
    """Attributes worth a row: those asked about, then those that differ, then those that are shared."""
    held = [records.shown(c.product) for c in cards]
    every = dict.fromkeys(k for h in held for k in h)
    wanted = [k for a in asked for k in a.attributes if k in every]
    both = [k for k in every if sum(k in h for h in held) >= 2]
    differing = [k for k in both if len({str(h.get(k)) for h in held}) > 1]
    shared = [k for k in both if k not in differing]
    return list(dict.fromkeys([*wanted, *differing, *shared]))[:_ROWS]


def _cell(text: str) -> str:
    """A value as a table cell: a bar would end it, a line break the row."""
    return " ".join(text.split()).replace("|", "\\|")


def _rating(card: Card, language: str) -> str:
    p = card.product
    if p.rating is None:
        return "—"
    count = f"（{p.rating_count}）" if language == "zh" else f" ({p.rating_count})"
    return f"{number(p.rating, language)}{count if p.rating_count else ''}"


def _stock(card: Card, language: str) -> str:
    there = card.product.in_stock
    if there is None:
        return "—"
    if language == "zh":
        return "有货" if there else "售罄"
    return "in stock" if there else "sold out"


# -- the advice -------------------------------------------------------------------------------------------------------


def _advice(records: Records, language: str, cards: Sequence[Card], text: str, asked: Sequence[Aspect]) -> str:
    """What decides, from the record: the aspect asked about, words of the wish in a listing, price and rating."""
    low = fold(text)
    for aspect in asked:
        if said := _on_aspect(records, language, cards, aspect, low):
            return said
    if _PRICE.search(low):
        return _on_price(language, cards)
    if _RATING.search(low) and (said := _on_rating(language, cards)):
        return said
    if said := _on_words(records, language, cards, text, asked):
        return said
    zh = language == "zh"
    if asked:
        name = asked[0].name(language)
        lead = f"关于{name}，几款的商品资料都没有写。" if zh else f"None of the listings states the {name}. "
    elif any(w not in _CHOOSING for c in cards for w in records.content(text, c.product)):
        lead = "商品资料里没有直接写到您说的这点。" if zh else "The listings do not speak to that directly. "
    else:
        lead = ""
    return lead + _on_price(language, cards)


def _on_aspect(records: Records, language: str, cards: Sequence[Card], aspect: Aspect, text: str) -> str:
    zh = language == "zh"
    for key in aspect.attributes:
        values = [records.field(c.product, key) for c in cards]
        if all(v is None for v in values):
            continue
        label = inline(aspect.name(language) if key.startswith("@") else records.label(key, language))
        stated = [(c, v) for c, v in zip(cards, values, strict=True) if v is not None]
        if len(stated) < len(cards):
            lacking = [c.title for c, v in zip(cards, values, strict=True) if v is None]
            facts = [_is(records, language, c, v) for c, v in stated]
            return (
                f"{label}方面，{'，'.join(facts)}；{'、'.join(lacking)}的资料没有写。"
                if zh
                else f"On {label}: {listed(facts, 'en')}; the listing of {listed(lacking, 'en')} does not say."
            )
        numbers = [amount(v) for _, v in stated]
        if all(numbers) and len({n[1] for n in numbers if n}) == 1 and len({n[0] for n in numbers if n}) > 1:
            less = bool(_LESS.search(text)) or key.startswith("noise")
            order = sorted(range(len(cards)), key=lambda i: numbers[i][0] * (1 if less else -1))  # type: ignore[index]
            top = numbers[order[0]][0]  # type: ignore[index]
            ahead = [i for i in order if numbers[i][0] == top]  # type: ignore[index]
            first = listed([cards[i].title for i in ahead], language)
            mine = records.value(values[order[0]], language)
            others = listed([records.value(values[i], language) for i in order if i not in ahead], language)
            if zh:
                return f"看{label}的话，{first}的数值{'更低' if less else '更高'}：{mine}，对比{others}。"
            have = "have" if len(ahead) > 1 else "has"
            return f"On {label}, {first} {have} the {'lower' if less else 'higher'} figure: {mine} against {others}."
        if len({str(v) for v in values}) == 1:
            same = records.value(values[0], language)
            tail = _on_price(language, cards)
            return (
                f"{label}都是{same}，这一点分不出高下。{tail}" if zh else f"On {label} they are alike ({same}). {tail}"
            )
        flags = [v for v in values if isinstance(v, bool)]
        if len(flags) == len(values):
            yes = [c.title for c, v in stated if v]
            return (
                f"只有{'、'.join(yes)}标明了{label}。"
                if zh
                else f"Only {listed(yes, 'en')} is listed with “{label}: yes”."
            )
        facts = [_is(records, language, c, v) for c, v in stated]
        out = f"{label}方面，{'；'.join(facts)}。" if zh else f"On {label}: {listed(facts, 'en')}."
        if not zh or reads_as("zh", out, [c.title for c in cards]):
            return out
    return ""


def _is(records: Records, language: str, card: Card, value: object) -> str:
    shown = clip(records.value(value, language), 40)
    return f"{card.title}是{shown}" if language == "zh" else f"{card.title} states {shown}"


def _on_price(language: str, cards: Sequence[Card]) -> str:
    """The cheaper one and by how much; the better rated one, where the records tell."""
    zh = language == "zh"
    if len({c.currency for c in cards}) > 1:
        return (
            "价格用的货币不同，不好直接比。"
            if zh
            else "Their prices are in different currencies, so I won't rank them by price."
        )
    by_price = sorted(cards, key=lambda c: c.price)
    low, high = by_price[0], by_price[-1]
    if high.price - low.price < 0.01:
        first = (
            f"价格一样，都是{money(low.price, low.currency, language)}"
            if zh
            else f"They cost the same, {money(low.price, low.currency, language)}"
        )
    else:
        gap = money(high.price - low.price, low.currency, language)
        if len(cards) == 2:
            first = (
                f"看价格选{low.title}，便宜{gap}" if zh else f"If price decides, take {low.title}: it costs {gap} less"
            )
        else:
            price = money(low.price, low.currency, language)
            first = (
                f"看价格选{low.title}，只要{price}"
                if zh
                else f"If price decides, {low.title} is the cheapest at {price}"
            )
    rated = [c for c in cards if c.product.rating is not None]
    if len(rated) == len(cards):
        best = max(rated, key=lambda c: c.product.rating or 0.0)
        others = [c.product.rating for c in rated if c is not best]
        if best.product.rating and all(best.product.rating > (r or 0) for r in others):
            score = number(best.product.rating, language)
            if best is low:
                return (
                    f"{first}，评分也更高（{score}分）。" if zh else f"{first}, and it is better rated too ({score})."
                )
            return (
                f"{first}；看评分选{best.title}（{score}分）。"
                if zh
                else f"{first}; {best.title} is the better rated ({score})."
            )
    sold_out = [c.title for c in cards if c.product.in_stock is False]
    if sold_out:
        return (
            f"{first}；{'、'.join(sold_out)}目前售罄。"
            if zh
            else f"{first}; {listed(sold_out, 'en')} is sold out at the moment."
        )
    return first + ("。" if zh else ".")


def _on_rating(language: str, cards: Sequence[Card]) -> str:
    rated = [c for c in cards if c.product.rating is not None]
    if len(rated) < 2:
        return ""
    best = max(rated, key=lambda c: (c.product.rating or 0.0, c.product.rating_count or 0))
    score, count = number(best.product.rating or 0.0, language), best.product.rating_count
    if language == "zh":
        return f"按评分看是{best.title}更高：{score}分{f'（{count}条评价）' if count else ''}。"
    return f"By rating, {best.title} is ahead with {score}{f' from {count} ratings' if count else ''}."


def _on_words(records: Records, language: str, cards: Sequence[Card], text: str, asked: Sequence[Aspect]) -> str:
    """The listing that speaks of what the shopper wants it for, quoted; only where it sets the products apart."""
    zh = language == "zh"
    hits: list[tuple[Card, str, str]] = []
    for card in cards:
        content = [w for w in records.content(text, card.product) if w not in _CHOOSING]
        prefer = asked[0].description if asked else None
        if not content and prefer is None:
            continue
        if found := records.sentence(card.product, text, language, content, prefer=prefer, share=_SHARE):
            hits.append((card, *found))
    if not hits or len(hits) == len(cards):
        return ""
    card, sentence, focus = hits[0]
    if has_han(sentence) != zh:
        if not zh:
            return ""
        sentence = around(sentence, focus)
        return f"就您说的用途，只有{card.title}的商品介绍里提到相关的内容（英文原文）：“{sentence}”"
    if zh:
        return f"就您说的用途，{card.title}的商品介绍里提到：“{clip(sentence, 120)}”"
    return f"For what you have in mind, the listing of {card.title} speaks to it: “{clip(sentence, 240)}”"
