"""Answers to a question about one or two products: quoted from the record, or an honest "the listing does not say"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.generation.replies.evidence import Evidence, Finding, Records
from assistant.generation.replies.wording import clip, has_han, listed, money, number, reads_as, sentences, variant
from assistant.lexicon import fold
from assistant.types import Card

_TELL_MORE = re.compile(
    r"\b(?:tell me (?:more|about)|more (?:info|information|details?)|details?|describe|what(?:'s| is) special)\b"
    r"|\bwhat(?:'s| is) (?:it|this|that)(?: like)?\s*\??$|\b(?:any|worth) (?:good|it)\b"
    r"|介绍|详情|详细|说说|讲讲|怎么样[?？]?$|干嘛用|是啥玩意|有什么特点",
    re.I,
)
_QUOTE = 260
_ZH_QUOTE_WORDS = 12


def answer(records: Records, language: str, cards: Sequence[Card], text: str) -> list[str]:
    """One sentence or two per product."""
    several = len(cards) > 1
    return [s for card in cards for s in _about(records, language, card, text, several=several)]


def _about(records: Records, language: str, card: Card, text: str, *, several: bool) -> list[str]:
    evidence = records.look_up(card.product, text, language)
    lead = card.title if several else ""
    wordless = evidence.asked is None and not records.content(text, card.product)
    if not evidence.findings and (wordless or _TELL_MORE.search(fold(text))):
        return [_describe(records, language, card)]
    if not evidence.findings:
        return _not_said(language, card, evidence.asked, text)
    out: list[str] = []
    if evidence.general:
        out.append(
            f"{card.title}的商品资料没有单独写这一处，只写了整体："
            if language == "zh"
            else f"The listing of {card.title} does not go into that part; for the product as a whole it gives:"
        )
    first = evidence.findings[0]
    if first.sentence:
        return [*out, _quoted(language, card, first, several=several)]
    out.append(_values(records, language, card, evidence, lead, text))
    return [" ".join(out)] if language != "zh" else ["".join(out)]


def _values(records: Records, language: str, card: Card, evidence: Evidence, lead: str, text: str) -> str:
    zh = language == "zh"
    said: list[str] = []
    named = [f for f in evidence.findings if not zh or has_han(f.label)] or list(evidence.findings[:1])
    for f in named:
        value = _value(records, language, card, f)
        said.append(f"{f.label if has_han(f.label) else '这一项'}：{value}" if zh else f"{inline(f.label)}: {value}")
    joined = "，".join(said) if zh else "; ".join(said)
    if evidence.general:
        return joined + ("。" if zh else ".")
    first = evidence.findings[0]
    flag = first.value if isinstance(first.value, bool) and first.direct and len(evidence.findings) == 1 else None
    if zh:
        who = f"{card.title}的商品资料"
        if flag is not None:
            out = f"{'是的' if flag else '不是的'}，{who}里写明“{joined}”。"
        else:
            out = variant(text, (f"{who}里写的是：{joined}。", f"查了一下{who}，{joined}。", f"{who}显示，{joined}。"))
        return (
            out
            if reads_as("zh", out, [card.title])
            else f"{who}里写了这一项，原文是英文：“{clip(joined, 40)}”，供您参考。"
        )
    who = f"the listing of {lead}" if lead else "its listing"
    if flag is not None:
        return f"{'Yes' if flag else 'No'}: {who} states “{joined}”."
    return variant(
        text,
        (
            f"According to {who}, {joined}.",
            f"I looked it up: {who} gives {joined}.",
            f"Here is what {who} states: {joined}.",
        ),
    )


def inline(label: str) -> str:
    """A label inside a sentence: "Battery life" becomes "battery life", "USB-C" stays."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _value(records: Records, language: str, card: Card, f: Finding) -> str:
    p = card.product
    if f.key == "@price":
        return money(card.price, card.currency, language)
    if f.key == "@rating" and p.rating is not None:
        count = p.rating_count
        if language == "zh":
            return f"{number(p.rating, 'zh')}分（满分5分{f'，{count}条评价' if count else ''}）"
        votes = f" from {number(count, 'en')} ratings" if count else ""
        return f"{number(p.rating, 'en')} of 5{votes}"
    return records.value(f.value, language)


def _quoted(language: str, card: Card, f: Finding, *, several: bool) -> str:
    quote = str(f.value).rstrip()
    if language != "zh":
        if has_han(quote) and not reads_as("en", f"The listing of this product says so {quote}"):
            return "The listing covers that, but only in Chinese; a colleague can translate it, just ask for a person."
        lead = f"The listing of {card.title}" if several else "The listing"
        return f"{lead} says: “{clip(quote, _QUOTE)}”"
    if has_han(quote):
        return f"{card.title}的商品介绍里写着：“{clip(quote, _QUOTE)}”"
    # An English passage is quoted short, so that the reply stays a Chinese one.
    topic = f"关于{f.label}，" if f.label and has_han(f.label) else ""
    short = around(quote, f.focus)
    if has_han(card.product.description_in("zh")):
        return f"{topic}{card.title}的中文介绍里没有写，英文介绍里提到的是“{short}”，供您参考。"
    return f"{topic}{card.title}的商品介绍只有英文，原文里提到的是“{short}”，供您参考。"


def around(sentence: str, focus: str) -> str:
    """A dozen words of an English sentence around the one that answers."""
    tokens = sentence.split()
    if len(tokens) <= _ZH_QUOTE_WORDS:
        return sentence
    at = next((i for i, t in enumerate(tokens) if focus and focus.split()[0].lower() in t.lower()), 0)
    start = max(0, min(at - _ZH_QUOTE_WORDS // 2, len(tokens) - _ZH_QUOTE_WORDS))
    piece = " ".join(tokens[start : start + _ZH_QUOTE_WORDS]).rstrip(",;")
    return f"{'…' if start else ''}{piece}{'…' if start + _ZH_QUOTE_WORDS < len(tokens) else ''}"


def _not_said(language: str, card: Card, asked: str | None, text: str) -> list[str]:
    if language == "zh":
        what = f"{asked}" if asked and has_han(asked) else "这一点"
        return [
            variant(
                text,
                (
                    f"{card.title}的商品资料里没有写{what}，我不想乱猜。",
                    f"{what}在{card.title}的商品资料里没有提到，我不敢随便说。",
                    f"抱歉，{card.title}的商品资料没有说明{what}。",
                ),
            ),
            "需要确认的话，回复“转人工”，请客服同事帮您核实。",
        ]
    what = f"its {inline(asked)}" if asked and not asked.startswith(("what", "whom", "load")) else "that"
    return [
        variant(
            text,
            (
                f"The listing of {card.title} does not say anything about {what}, and I would rather not guess."
                if what != "that"
                else f"The listing of {card.title} does not say, and I would rather not guess.",
                f"Sorry, the listing of {card.title} does not mention {what}.",
                f"I checked: the listing of {card.title} does not say anything on {what}.",
            ),
        ),
        "If you ask for a person, a colleague can find out.",
    ]


def _describe(records: Records, language: str, card: Card) -> str:
    text = card.product.description_in("zh" if language == "zh" else "en")
    wanted = "zh" if language == "zh" else "en"
    pieces = sentences(text)[:3]
    if pieces and has_han(pieces[0]) == (wanted == "zh"):
        quote = clip(("" if wanted == "zh" else " ").join(pieces), 2 * _QUOTE)
        return f"{card.title}：“{quote}”" if wanted == "zh" else f"{card.title}, in its own words: “{quote}”"
    facts = [
        f"{label}{'：' if wanted == 'zh' else ': '}{value}"
        for key, raw in list(records.shown(card.product).items())[:5]
        if (label := records.label(key, language)) and (value := records.value(raw, language))
    ]
    price = money(card.price, card.currency, language)
    if wanted == "zh":
        facts = [x for x in facts if reads_as("zh", x)]
        more = f"，{'，'.join(facts)}" if facts else "，详细介绍目前只有英文"
        return f"{card.title}，售价{price}{more}。"
    return f"{card.title} costs {price}{'; ' + listed(facts, 'en') if facts else ''}."
