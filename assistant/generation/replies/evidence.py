"""What a record holds and what it is called: attributes, their names and values in both languages, sentences.

Knows what shoppers ask about (``aspects.tsv``). Says nothing itself, and never concludes: what it hands back is the
record's own value or sentence. Which of them answers a question is decided in ``lookup.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import rjieba

from assistant.errors import ConfigurationError
from assistant.generation.replies.terms import EN_STOP, ZH_STOP, holds, stem
from assistant.generation.replies.wording import color_name, has_han, number, sentences
from assistant.generation.slots import localise
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

# Attribute keys that say how a shop runs, not what a product is.
_PLUMBING = frozenset("visible promoted featured affinity id sku code aliases url image locale ean gtin upc".split())
#: Aspects that fit anything; asked about a part ("what is the sole made of"), the part counts first.
_GENERIC = frozenset(
    "material height length width depth dimensions diameter thickness weight count color price fragile new".split()
)
_NUMBER = re.compile(r"^\s*(?:[<>≤≥~≈]\s*)?(\d+(?:[.,]\d+)?)\s*(.*)$")
_ZH_UNITS = {
    "inch": "英寸", "min": "分钟", "h": "小时", "hours": "小时", "hour": "小时", "days": "天", "day": "天",
    "months": "个月", "month": "个月", "years": "年", "year": "年", "people": "人", "pairs": "双", "pair": "双",
    "seconds": "秒", "litres": "升", "liters": "升", "pages": "页", "pieces": "件",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that is asked about products."""

    key: str
    en: str
    zh: str
    question: re.Pattern[str]
    attributes: tuple[str, ...]
    description: re.Pattern[str] | None

    def name(self, language: str) -> str:
        """The aspect as a noun."""
        return self.zh if language == "zh" else self.en


class Records:
    """Looks questions up in products. Holds tables only."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.aspects = tuple(_load())

    # -- naming ------------------------------------------------------------

    def label(self, key: str, language: str) -> str:
        """What an attribute is called; its key in words where the lexicon has no name."""
        known = self.lexicon.attribute_labels.get(key)
        if known:
            return known[1] if language == "zh" else known[0]
        for aspect in self.aspects:
            if aspect.key == key or (language == "zh" and key in aspect.attributes[:1]):
                return aspect.name(language)
        return key.strip("_").replace("_", " ").capitalize()

    def value(self, value: Any, language: str) -> str:
        """An attribute value as text, in the reply's language as far as the words are known."""
        zh = language == "zh"
        if isinstance(value, bool):
            return ("是" if value else "否") if zh else ("yes" if value else "no")
        if isinstance(value, int | float):
            return number(float(value), language)
        text = str(value).strip()
        if not zh or has_han(text):
            return text
        if text.lower() in ("none", "no"):
            return "无"
        if text.lower() == "yes":
            return "是"
        match = re.fullmatch(r"([\d.,–x× -]+)\s*([A-Za-z]+)", text)
        if match and match[2].lower() in _ZH_UNITS:
            return match[1].strip() + _ZH_UNITS[match[2].lower()]
        if re.search(r"\d", text):
            # A word for the kind of thing (防水 for IPX7) would drop the figure.
            told = localise(text, "zh", self.lexicon)
            return told if told and re.findall(r"\d+%?", told) == re.findall(r"\d+%?", text) else text
        parts = [p.strip() for p in re.split(r",|/|\band\b|\+", text) if p.strip()]
        names = [self._chinese(p) for p in parts]
        return "、".join(n for n in names if n) if names and all(names) else text

    def _chinese(self, phrase: str) -> str | None:
        for concept in self.lexicon.named(phrase):
            if concept.kind == "color":
                return color_name(concept.key, "zh", self.lexicon)
            if concept.zh:
                return concept.zh[0]
        return None

    @staticmethod
    def shown(product: Product) -> dict[str, Any]:
        """The attributes that mean something to a shopper."""
        return {
            k: v
            for k, v in product.attributes.items()
            if v not in (None, "") and not (_PLUMBING & set(k.lower().split("_"))) and not isinstance(v, dict | list)
        }

    # -- looking up ------------------------------------------------------------

    def asked(self, text: str) -> list[Aspect]:
        """The aspects a question is about, those of a part before those that fit anything."""
        low = fold(text)
        found = [a for a in self.aspects if a.question.search(low)]
        special = [a for a in found if a.key not in _GENERIC]
        return special or found

    def field(self, product: Product, key: str) -> Any:
        """An attribute, or a field of the record itself where the key begins with ``@``."""
        match key:
            case "@brand":
                return product.brand
            case "@color":
                return product.color
            case "@created":
                return product.created_at[:10] if product.created_at else None
            case "@price" | "@rating":
                return product.price if key == "@price" else product.rating
            case _:
                return self.shown(product).get(key)

    def content(self, text: str, product: Product | None = None) -> list[str]:
        """The words of a message that carry meaning: English stems, Chinese words, and English names of what Chinese
        words mean; without the words for the product's own type."""
        low = fold(text)
        out = [stem(t) for t, _, _ in words(low) if not has_han(t) and t not in EN_STOP and not t.isdigit()]
        out += [w for w, tag in rjieba.tag(low) if has_han(w) and tag[:1] in "nvaizlb" and w not in ZH_STOP]
        if product is not None:
            own = " ".join((product.title, product.title_in("zh"), *product.category))
            types = {stem(t) for m in self.lexicon.mentions(fold(own), ("product",)) for t, _, _ in words(m.text)}
            types |= {stem(t) for part in product.category for t, _, _ in words(fold(part))}
            own_zh = product.title_in("zh")
            out = [w for w in out if w not in types and not (has_han(w) and w in own_zh)]
        return list(dict.fromkeys(out))

    def meanings(self, text: str) -> set[str]:
        """The keys of the concepts a text mentions, whatever the language."""
        return {c.key for m in self.lexicon.mentions(fold(text)) for c in m.concepts if c.kind != "brand"}

    def sentence(
        self,
        product: Product,
        text: str,
        language: str,
        content: Sequence[str],
        *,
        prefer: re.Pattern[str] | None = None,
        share: float = 0.5,
    ) -> tuple[str, str] | None:
        """The sentence of the description that answers and its telling word, or ``None``.

        A sentence qualifies by holding at least ``share`` of the question's content words (or meanings);
        without any it must match ``prefer``. The description in the reply's language is read first.
        """
        own = product.description_in("zh" if language == "zh" else "en")
        other = product.description if own != product.description else product.description_in("zh")
        types = self.meanings(" ".join((product.title, product.title_in("zh"), *product.category)))
        meant = self.meanings(text) - types
        for source in dict.fromkeys((own, other)):
            best: tuple[float, str, str] | None = None
            for piece in sentences(source):
                score = self._match(piece, content, meant)
                fits = prefer.search(fold(piece)) if prefer else None
                if content:
                    if score < share:
                        continue
                elif not fits:
                    continue
                score += 0.25 * bool(fits)
                if best is None or score > best[0]:
                    best = (score, piece, self._telling(piece, content, meant) or (fits.group() if fits else ""))
            if best:
                return best[1], best[2]
        return None

    def _telling(self, piece: str, content: Sequence[str], meant: set[str]) -> str:
        """The word of a sentence that meets the question."""
        for token, start, end in words(piece):
            if any(holds(w, {stem(token)}, token) for w in content if not has_han(w)):
                return piece[start:end]
        for mention in self.lexicon.mentions(piece):
            if meant & {c.key for c in mention.concepts}:
                return mention.text
        return ""

    def _match(self, piece: str, content: Sequence[str], meant: set[str]) -> float:
        """Which share of the question's content a sentence holds."""
        low = fold(piece)
        have = {stem(t) for t, _, _ in words(low)}
        hit = sum(1 for w in content if holds(w, have, low))
        by_word = hit / len(content) if content else 0.0
        by_meaning = len(meant & self.meanings(piece)) / len(meant) if meant else 0.0
        return max(by_word, by_meaning)


def amount(value: Any) -> tuple[float, str] | None:
    """A value as number and unit, where it is a single quantity."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value), ""
    match = _NUMBER.match(str(value))
    if not match or re.search(r"\d", match[2]):
        return None
    return float(match[1].replace(",", ".")), fold(match[2]).strip()


def _load() -> Iterator[Aspect]:
    text = files("assistant.generation.replies").joinpath("aspects.tsv").read_text(encoding="utf-8")
    for line_number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 6:
            raise ConfigurationError(f"aspects.tsv line {line_number}: wanted 6 columns, got {len(cells)}")
        key, en, zh, question, keys, description = (c.strip() for c in cells)
        try:
            yield Aspect(
                key,
                en,
                zh,
                re.compile(question, re.I),
                tuple(keys.split("|")),
                None if description == "-" else re.compile(description, re.I),
            )
        except re.error as error:
            raise ConfigurationError(f"aspects.tsv line {line_number}: {error}; mend the expression") from error
