"""Answers to a question about one or two products: quoted from the record, or an honest "the listing does not say".

Yes or no is said where the record affirms or denies what is asked, and the place is quoted; what only comes near is
told as that. Knows how a finding is worded. Does not know how one is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.generation.replies.caution import figures
from assistant.generation.replies.evidence import Records
from assistant.generation.replies.findings import Found, Looked
from assistant.generation.replies.lookup import Lookup
from assistant.generation.replies.polarity import pieces
from assistant.generation.replies.wording import clip, has_han, listed, money, number, reads_as, sentences, variant
from assistant.generation.slots import localise
from assistant.lexicon import Lexicon, fold
from assistant.types import Card

_TELL_MORE = re.compile(
    r"\b(?:tell me (?:more|about)|more (?:info|information|details?)|details?|describe|summar\w+|what(?:'s"
    r"| is) special)\b"
    r"|\bwhat(?:'s| is) (?:it|this|that)(?: like)?\s*\??$|\b(?:any|worth) (?:good|it)\b"
    r"|介绍|详情|详细|说说|讲讲|总结|怎么样[?？]?$|干嘛用|是啥玩意|有什么特点",
    re.I,
)
# Who asks for one thing is not told everything.
_WH = re.compile(
    r"\b(?:how|when|where|who|whom|whose|why|which)\b|\bwhat(?!'s (?:it|this|that)\b)|多少|几|什么|哪|怎|谁|何"
)
_QUOTE = 260
_ZH_QUOTE_WORDS = 12
# Chinese answers yes with the verb that was asked; the first that the question holds.
_ZH_VERBS = (
    ("需要", "需要", "不需要"), ("支持", "支持", "不支持"), ("适合", "适合", "不适合"), ("可以", "可以", "不可以"),
    ("含", "含", "不含"), ("会", "会", "不会"), ("能", "能", "不能"), ("可", "可以", "不可以"),
    ("是", "是的", "不是"), ("带", "带", "不带"), ("送", "送", "不送"), ("附", "附", "不附带"), ("有", "有", "没有"),
)  # fmt: skip
_HAVING = re.compile(r"\b(?:come|included|have|has)\b|[有带送附配]")
_MEASURE = re.compile(r"\d[\d.,~～至–-]*\s*[\u3400-\u9fffA-Za-z°%]{1,3}")


def answer(records: Records, lookup: Lookup, language: str, cards: Sequence[Card], text: str) -> list[str]:
    """One sentence or two per product."""
    said = [s for card in cards for s in _Answer(records, lookup, language, card, text, len(cards) > 1).sentences()]
    return list(dict.fromkeys(said))


class _Answer:
    """The answer about one product."""

    def __init__(self, records: Records, lookup: Lookup, language: str, card: Card, text: str, several: bool) -> None:
        self._records = records
        self._lookup = lookup
        self._lexicon: Lexicon = records.lexicon
        self._language = language
        self._zh = language == "zh"
        self._card = card
        self._text = text
        self._several = several

    def sentences(self) -> list[str]:
        product = self._card.product
        looked = self._lookup.look_up(product, self._text, self._language)
        told = [one for one in looked if any(not f.near for f in one.findings)]
        if not told and _TELL_MORE.search(fold(self._text)):
            return [_describe(self._records, self._language, self._card)]
        if not any(one.findings for one in looked):
            wordless = not _WH.search(fold(self._text)) and all(
                one.asked is None and not self._lookup.terms(product, one.query) for one in looked
            )
            asks_for = any(one.query.measure or _HAVING.search(one.query.text) for one in looked)
            # "Is the other end USB-A" names the product's own kind only, and yet asks more than to be told of it.
            narrow = any(one.query.polar or one.query.choice for one in looked) or any(figures(fold(self._text)))
            if wordless and not asks_for and not narrow:
                return [_describe(self._records, self._language, self._card)]
            return _not_said(self._language, self._card, looked[0].asked if len(looked) == 1 else None, self._text)
        if not told:
            near = next(one for one in looked if one.findings)
            return [self._near(near, near.findings[0])]
        out = [self._said(one) for one in told]
        if len(told) < len(looked):
            out.append(
                "其他问到的，商品资料没有直接写。"
                if self._zh
                else "On the rest of your question the listing does not say anything."
            )
        return out

    # -- findings -----------------------------------------------------------------------------------------------------

    def _said(self, looked: Looked) -> str:
        found = [f for f in looked.findings if not f.near]
        first = found[0]
        if len(found) > 1 and not first.plain:
            return self._divided(found)
        if first.verdict is not None:
            return self._verdict(looked, first)
        return self._quoted(first) if first.sentence else self._values(found)

    def _verdict(self, looked: Looked, first: Found) -> str:
        """Yes or no, and where the record says so."""
        yes = bool(first.verdict)
        if self._zh:
            word = next(
                (no if not yes else ye for verb, ye, no in _ZH_VERBS if verb in looked.query.text),
                "是的" if yes else "不是",
            )
            if first.sentence:
                return f"{word}，{self._quoted(first)}"
            return f"{word}，{self._card.title}的商品资料里写明“{self._pair(first)}”。"
        head = "Yes" if yes else "No"
        who = f"the listing of {self._card.title}" if self._several else "its listing"
        if not first.sentence:
            pair = self._pair(first)
            return (
                f"{head}: {who}, which is in Chinese, states that."
                if has_han(pair)
                else f"{head}: {who} states “{pair}”."
            )
        quote = str(first.value)
        if has_han(quote) and not reads_as("en", quote):
            return f"{head}: {who}, which is in Chinese, states that."
        return f"{head}: {who} says “{clip(quote, _QUOTE)}”"

    def _pair(self, f: Found) -> str:
        """An attribute with its value; in Chinese English words only where they have no other."""
        value = self._value(f)
        if self._zh:
            return f"{f.label}：{value}" if has_han(f.label) else value if has_han(value) else f"{f.label}: {f.value}"
        return f"{inline(f.label)}: {value}"

    def _divided(self, found: Sequence[Found]) -> str:
        """Two places of a record that do not agree, both as they stand."""
        shown = [clip(str(f.value), 120) if f.sentence else self._pair(f) for f in found]
        if self._zh:
            kept = [s for s in shown if has_han(s)]
            tail = "，写的有：" + "；".join(f"“{s}”" for s in kept) if kept else ""
            return f"{self._card.title}的商品资料没有明确写{tail}。"
        kept = [s for s in shown if not has_han(s)]
        tail = f"; it has {listed([f'“{s}”' for s in kept], 'en')}" if kept else ""
        return f"The listing of {self._card.title} does not state it plainly{tail}."

    def _values(self, found: Sequence[Found]) -> str:
        card, text = self._card, self._text
        if self._zh:
            named = [f for f in found if has_han(f.label)] or list(found[:1])
            joined = "，".join(f"{f.label if has_han(f.label) else '这一项'}：{self._value(f)}" for f in named)
            who = f"{card.title}的商品资料"
            out = variant(text, (f"{who}里写的是：{joined}。", f"查了一下{who}，{joined}。", f"{who}显示，{joined}。"))
            if reads_as("zh", out, [card.title]):
                return out
            return f"{who}里写了这一项，原文是英文：“{clip(joined, 40)}”，供您参考。"
        who = f"the listing of {card.title}" if self._several else "its listing"
        pairs = []
        for f in found:
            value = self._value(f)
            if has_han(value):
                continue
            pairs.append(value if has_han(f.label) else f"{inline(f.label)}: {value}")
        if not pairs:
            return _only_chinese(card)
        joined = "; ".join(pairs)
        return variant(
            text,
            (
                f"According to {who}, {joined}.",
                f"I looked it up: {who} gives {joined}.",
                f"Here is what {who} states: {joined}.",
            ),
        )

    def _value(self, f: Found) -> str:
        p, language = self._card.product, self._language
        if f.key == "@price":
            return money(self._card.price, self._card.currency, language)
        if f.key == "@rating" and p.rating is not None:
            count = p.rating_count
            if language == "zh":
                return f"{number(p.rating, 'zh')}分（满分5分{f'，{count}条评价' if count else ''}）"
            votes = f" from {number(count, 'en')} ratings" if count else ""
            return f"{number(p.rating, 'en')} of 5{votes}"
        value = self._records.value(f.value, language)
        if has_han(value) != self._zh and isinstance(f.value, str):
            told = localise(f.value, "zh" if self._zh else "en", self._lexicon)
            # A translation that drops a figure is none.
            return told if told and _figures(told) == _figures(f.value) else value
        return value

    def _quoted(self, f: Found) -> str:
        card, quote = self._card, str(f.value).rstrip()
        if not self._zh:
            if has_han(quote) and not reads_as("en", f"The listing of this product says so {quote}"):
                return self._measured(f, quote) or _only_chinese(card)
            lead = f"The listing of {card.title}" if self._several else "The listing"
            return f"{lead} says: “{clip(quote, _QUOTE)}”"
        if has_han(quote):
            return f"{card.title}的商品介绍里写着：“{clip(quote, _QUOTE)}”"
        # An English passage is quoted short, so that the reply stays a Chinese one.
        short = around(quote, f.focus)
        if has_han(card.product.description_in("zh")):
            return f"{card.title}的中文介绍里没有写，英文介绍里提到的是“{short}”，供您参考。"
        return f"{card.title}的商品介绍只有英文，原文里提到的是“{short}”，供您参考。"

    def _measured(self, f: Found, quote: str) -> str | None:
        """The figure of a Chinese clause in English, where the clause that answers holds one."""
        piece = next((p.text for p in pieces(fold(quote)) if f.focus in p.text), "")
        figures = [m.group().strip() for m in _MEASURE.finditer(piece)]
        told = [t for x in figures if (t := localise(x, "en", self._lexicon)) and not has_han(t)]
        if len(told) != 1:
            return None
        return f"Its listing, which is in Chinese, gives this figure: {told[0]}."

    def _near(self, looked: Looked, f: Found) -> str:
        """What comes nearest, told as no answer."""
        card, listing = self._card, f"listing of {self._card.title}"
        shown = self._nearest_sentence(f) if f.sentence else self._nearest_pair(f)
        if shown is None:
            return ("" if self._zh else " ").join(_not_said(self._language, card, None, self._text))
        if looked.query.polar:
            # Whether it says so, a reader may see better than we do.
            if self._zh:
                return f"这一点我不能确定，{card.title}的商品资料里最接近的是：{shown}"
            nearest = f"the nearest the {listing} {'comes' if f.sentence else 'gives'} is"
            return f"I can't say that for certain; {nearest} {shown}"
        if f.doubtful:
            if self._zh:
                return f"{card.title}的商品资料没有直接写明您问的这一点，最接近的是：{shown}"
            return (
                f"The {listing} does not say it in those words; the nearest it {'comes' if f.sentence else 'gives'}"
                f" is {shown}"
            )
        if f.sentence:
            if self._zh:
                return f"{card.title}的商品资料没有直接写这一点，相关的只提到：{shown}"
            return f"The {listing} does not say that; the nearest it comes is {shown}"
        if self._zh:
            return f"{card.title}的商品资料没有单独写这一处，只写了：{shown}"
        if looked.part:
            return f"The {listing} does not go into that part; for the product as a whole it gives {shown}"
        return f"The {listing} does not say that; the nearest it gives is {shown}"

    def _nearest_sentence(self, f: Found) -> str | None:
        """A sentence in quotation marks; ``None`` where it cannot be read in this language."""
        quote = str(f.value).rstrip()
        if self._zh:
            return f"“{clip(quote, _QUOTE) if has_han(quote) else around(quote, f.focus)}”"
        return None if has_han(quote) else f"“{clip(quote, _QUOTE)}”"

    def _nearest_pair(self, f: Found) -> str | None:
        """An attribute with its value; ``None`` where it cannot be read in this language."""
        pair = self._pair(f)
        if self._zh:
            return f"{pair}。" if reads_as("zh", f"商品资料没有单独写这一处{pair}", [self._card.title]) else None
        return None if has_han(pair) else f"{pair}."


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)*%?", text)


def _only_chinese(card: Card) -> str:
    return (
        f"The listing of {card.title} speaks of that only in Chinese, and I can't say it in English without guessing; "
        "a colleague can translate it, just ask for a person."
    )


def inline(label: str) -> str:
    """A label inside a sentence: "Battery life" becomes "battery life", "USB-C" stays."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label


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
