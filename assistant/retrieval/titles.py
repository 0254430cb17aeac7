"""What a row is, read from its title and its category: the types it is, the types it mentions, its shelf.

Knows one product at a time and the bilingual product types of the lexicon. Knows no row numbers, no vectors and no
queries: :mod:`assistant.retrieval.topics` asks for rows by what is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.lexicon import Lexicon, Mention, fold, words
from assistant.types import Product

UNKNOWN = "word:"
"""How the key of a head begins that no table knows."""

# What follows one of these describes the head, it is not the head: "lamp with shelf", "cover for tablet". Punctuation
# only does so once the type was named: "Phaser 6110 & 6110MFP toner" goes on.
_TAIL = re.compile(
    r"(?P<word>\s(?:with|for|in|by|from|of|on|to|featuring|inspired|made|w/)\s)|\s(?:and|&|plus|\+)\s|[,(/|–—:;]|\s-\s",
    re.I,
)
# A number with its measure: where it follows the type, the specification begins.
_SPECIFICATION = re.compile(
    r"\s\d+\s?(?:pcs?(?!\s\w)|pieces?)(?![a-z])|\s\d+(?:[.,/x]\d+)*\s?(?:mm|cm|m|inch(?:es)?|ft|ml|l|kg|g|oz|lbs?|gb|tb|mb|mah|w|va?|[kmg]?hz|dpi|pixels"
    r"|[kmg]bit|pages?|sheets|ppm|dbi?|lm|rpm|ports?|(?:ac\s)?outlets?|channels?|users?|poles?|x\s?\d+)(?![a-z])",
    re.I,
)
# Types that are measures right after a number: "output stacker 750 *sheets*", "122A Original 1 *pc*(s)".
_COUNTED = re.compile(r"\b\d+(?:[.,]\d+)*\s$")
_MEASURES = frozenset({"sheet", "sheets", "pc", "pcs", "wire", "wires"})
# Words of two senses: where the title says one of the words behind, the type is the second.
_SENSES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "notebook",
        "laptop",
        re.compile(
            r"\b(?:intel|amd|core|ryzen|celeron|pentium|xeon|i[3579]|ghz|\d+\s?[gt]b|ssd|pixels|windows)\b", re.I
        ),
    ),
    (
        f"{UNKNOWN}switch",
        "network switch",
        re.compile(r"\b(?:ports?|gigabit|ethernet|(?:un)?managed|poe|10/100(?:0|/1000)?|rj-?45|lan)\b", re.I),
    ),
    (
        f"{UNKNOWN}dock",
        "docking station",
        re.compile(r"\b(?:usb|notebook|laptop|thinkpad|displayport|thunderbolt|hdmi)\b", re.I),
    ),
)
_EDITIONS = frozenset(
    "original compatible new refurbished used genuine deluxe premium classic retro limited usb english german french "
    "spanish italian nordic uk us qwerty qwertz azerty male female indoor outdoor managed unmanaged internal external "
    "universal passive active uhd colourless colorless width length height".split()
)
# A stroke right before a name, a word or two between at most: "laptop / notebook power cord".
_STROKE = re.compile(r"/\s?(?:[\w-]+\s){0,2}$")
# A type's name is a word of three letters or more ("pen"); shorter ones are measures and codes.
_SHORTEST = 3
_DESCRIBING = ("color", "technology", "material")
# A description that tells the type does so at once: "FS-9130DN Laser Printer".
_TOLD_WITHIN = 60
_CONTAINERS = frozenset(
    "set kit bundle collection pair pack duo trio quartet assortment ensemble experience sensation essential edition "
    "piece medley combo selection box series style design".split()
)


@dataclass(frozen=True, slots=True)
class RowTypes:
    """What one row is: lexicon keys of types, or ``word:…`` where no table knows the head of its title.

    ``unread`` are the types named in front of a head that no table knows ("Canyon belt XT"); ``shelf`` are the types
    named anywhere on the category path, ``materials`` those the title names; ``phrase`` are the words of category path
    and title head, in that order.
    """

    heads: frozenset[str]
    mentions: frozenset[str]
    unread: frozenset[str]
    category: tuple[str, ...]
    shelf: frozenset[str]
    materials: frozenset[str]
    phrase: tuple[str, ...]


def _head_words(product: Product) -> tuple[str, ...]:
    """The words of category path and title head, in that order."""
    title = [t for t, _, _ in words(_english_head(fold(product.title)))]
    path = [t for name in product.category for t, _, _ in words(fold(name))]
    return tuple(path + title)


def _english_head(title: str, named: int = 0, also: int = 0) -> str:
    """The part of a title that says what the thing is; ``named`` is where its first known type ends.

    Up to ``also`` a stroke joins names instead of ending one: "DVD/Blu-ray player", "notebook / laptop bag".
    """
    for cut in _TAIL.finditer(title):
        if cut.group() == "/" and cut.end() <= also:
            continue
        # "XLR to USB cable", "all in one printer": these two words also stand inside a name.
        within_name = cut["word"] and cut["word"].strip().lower() in ("to", "in")
        if cut.start() > 0 and (cut.start() >= named or (cut["word"] and not within_name)):
            return title[: cut.start()]
    return title


def _counted(title: str, mention: Mention) -> bool:
    """Whether a type is named only as a measure of something else."""
    measured = mention.text in _MEASURES or title.startswith("(s)", mention.end)
    return measured and _COUNTED.search(title[: mention.start]) is not None


def _before_capitals(written: str, inside: list[Mention]) -> list[Mention]:
    """The types up to the last one written small, where all behind it begin with a capital and describe it.

    "screen protector *Desktop*/*Laptop* Universal", "mobile device dock station *Tablet* Gray".
    """
    small = [i for i, m in enumerate(inside) if written[m.start : m.end].islower()]
    if not small or not all(written[m.start].isupper() for m in inside[small[-1] + 1 :]):
        return inside
    return inside[: small[-1] + 1]


class TitleReader:
    """Reads rows one by one; keeps what it read of category paths, which are few."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._shelves: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._paths: dict[tuple[str, ...], frozenset[str]] = {}

    def read(self, product: Product) -> RowTypes:
        """What a product is by its titles and its category."""
        zh = str(product.translations.get("zh", {}).get("title") or "")
        heads, mentions, named = self._read_title(product.title)
        if zh:
            zh_heads, zh_mentions, zh_named = self._read_title(zh)
            heads |= zh_heads
            mentions |= zh_mentions
            named |= zh_named
        if not mentions and not product.category:
            # "KYOCERA FS-9130DN A3": the title names no type at all, and nothing else files it.
            told = self._lexicon.mentions(fold(product.description[:_TOLD_WITHIN]), ("product",))
            heads = {c.key for m in told[:1] for c in m.concepts} or heads
        if product.category not in self._shelves:
            self._shelves[product.category] = self._read_category(product)
            self._paths[product.category] = frozenset(
                c.key
                for name in product.category
                for m in self._lexicon.mentions(fold(name), ("product",))
                for c in m.concepts
            )
        category = self._shelves[product.category]
        phrase = _head_words(product)
        # The shelf decides where the title names nothing a table knows ("HP EliteBook 8460p" under notebooks), and
        # joins in where it says the same ("travel mug" under mugs).
        unread = all(k.startswith(UNKNOWN) for k in heads)
        shelf = [t for t, _, _ in words(fold(product.type))]
        if unread or any(c in heads for c in category) or (shelf and shelf[-1:] == list(phrase[-1:])):
            heads |= set(category)
        return RowTypes(
            frozenset(heads),
            frozenset(mentions),
            frozenset(named) if unread else frozenset(),
            category,
            self._paths[product.category],
            frozenset(c.key for m in self._lexicon.mentions(fold(product.title), ("material",)) for c in m.concepts),
            phrase,
        )

    def _read_title(self, written: str) -> tuple[set[str], set[str], set[str]]:
        """The types a title is, the types it mentions anywhere, and those it mentions before any "with" or "for"."""
        title = fold(written)
        every = [m for m in self._lexicon.mentions(title, ("product",)) if not _counted(title, m)]
        joined = [m.start for m in every if _STROKE.search(title[: m.start])]
        head_part = _english_head(title, every[0].end if every else 0, max(joined, default=0))
        inside = [m for m in every if m.end <= len(head_part)]
        specification = _SPECIFICATION.search(head_part, inside[0].end) if inside else None
        if specification:
            # "toner cartridge Original Black 6 pc(s)": measures after the type describe it.
            head_part = head_part[: specification.start()]
            inside = [m for m in inside if m.end <= len(head_part)]
        if len(written) == len(title):
            inside = _before_capitals(written, inside)
        last = inside[-1] if inside else None
        heads = {c.key for c in last.concepts} if last else set()
        for one, two in reversed(list(pairwise(inside))):
            # "printer/fax/scanner": it is all of them, but a "printer/scanner spare part" is a part, of both.
            if head_part[one.end : two.start].strip() != "/" or self._modified(two):
                break
            heads |= {c.key for c in one.concepts}
        named = {c.key for m in inside for c in m.concepts}
        tail = self._undescribed(head_part[last.end :]) if last else []
        if last and len(written) == len(title) and written[last.start : last.end].islower():
            # "handheld vacuum Bagless": in a title that writes its type small, what stands in capitals describes it.
            after = written[last.end : len(head_part)].split()
            tail = tail if after and after[-1][:1].islower() else []
        # A word the lexicon does not know after the last known type is itself the head ("scarf print cushionette").
        if tail and tail[-1].isascii() and tail[-1].isalpha() and tail[-1] not in _CONTAINERS:
            heads = {f"{UNKNOWN}{tail[-1]}"}
        if not heads:
            tokens = [t for t, _, _ in words(head_part) if t not in _CONTAINERS]
            heads = {f"{UNKNOWN}{tokens[-1]}"} if tokens else set()
        for word, meant, by in _SENSES:
            if word in heads and by.search(title):
                heads = (heads - {word}) | {meant}
                named = (named - {word}) | {meant}
        return heads, {c.key for m in every for c in m.concepts}, named

    def _modified(self, mention: Mention) -> bool:
        """Whether the name of a type begins with that of another one: "*scanner* spare part", "*notebook* stand"."""
        first = mention.text.split()[0]
        if first == mention.text:
            return False
        keys = {c.key for c in mention.concepts}
        return any(c.kind == "product" and c.key not in keys for c in self._lexicon.named(first))

    def _undescribed(self, text: str) -> list[str]:
        """The words of a text without what describes at its end: "cartridge *original black*", "cable *2x RCA male*".

        A maker's name in it begins a description too: "server *Intel Xeon*".
        """
        maker = next(iter(self._lexicon.mentions(text, ("brand",))), None)
        text = text[: maker.start] if maker else text
        described = self._lexicon.mentions(text, _DESCRIBING)
        tokens = words(text)
        while tokens and (
            tokens[-1][0] in _EDITIONS
            or len(tokens[-1][0]) < _SHORTEST
            or not tokens[-1][0].isalpha()
            or any(m.start <= tokens[-1][1] and tokens[-1][2] <= m.end for m in described)
        ):
            tokens.pop()
        return [t for t, _, _ in tokens]

    def _read_category(self, product: Product) -> tuple[str, ...]:
        keys: list[str] = []
        names = [product.type, str(product.translations.get("zh", {}).get("category") or "")]
        for name in names:
            found = self._lexicon.mentions(fold(name), ("product",)) if name else []
            keys += [c.key for c in found[-1].concepts] if found else []
        if not keys and product.type:
            tokens = [t for t, _, _ in words(fold(product.type))]
            keys = [f"{UNKNOWN}{tokens[-1]}"] if tokens else []
        return tuple(dict.fromkeys(keys))
