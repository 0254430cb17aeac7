"""A catalogue row as the search for duplicates reads it: what its texts state about model, colour, size and measures.

Knows how titles and descriptions are written. Knows no other row: what two listings have in common is decided in
:mod:`assistant.retrieval.duplicates`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

_FILLERS = frozenset("a an the and with for of in new".split())
# A letter alone ends many a model's name (iPhone 6 S), so a size of one letter wants a sign before it.
_SIZE_AT_END = re.compile(
    r"(?:[\s,;/|(\[-]*(?:[,;/|(\[-]|\s-|\bsize)\s*(?:[2-6]?x{0,3}[sl]|m|small|medium|large|x-?large|one size)"
    r"|[\s,;/|(\[-]+(?:[2-6]?x{1,3}[sl]|[2-6]xl|均码|[小中大]码)"
    r"|[\s,;/|(\[-]+(?:size|eu|us|uk|码|尺码)\s*\d{1,2}(?:\.5)?|\s*\d{2}(?:\.5)?\s*码)[\s)\]]*$"
)
_CODE = re.compile(r"[a-z0-9]+(?:[-/._][a-z0-9]+)*")
_MEASURE = re.compile(
    r"(?<![a-z0-9.-])(\d+(?:[.,]\d+)?)[\s-]?([a-z\"%°]{1,9}|毫安|英寸|[寸升克米瓦片个支包件只])(?![a-z])"
)
# No part of a token, yet all that tells an S10+ from an S10 and a lens of +3 from one of -3.
_PLUS = re.compile(r"[\w.]*\s?\+\s?[\w.]*")
# What only one of two listings says it fits, the other may not fit.
_FITS = re.compile(r"compat|suitable|\bfits?\b|适用|兼容")
_COLOR_NAME = re.compile(r"(?:.*[ _])?(?:colou?r|颜色)(?:[ _](?:name|family))?")
_SIZE_NAMES = frozenset({"size", "sizes", "clothing_size", "shoe_size", "尺码", "尺寸"})
# The colour of a print consumable is what it is, not what it looks like: cyan and black are two products.
_PRINTS = re.compile(
    r"\b(?:toner|inks?|cartridges?|ribbons?|print_technology|page_yield|drum)\b|墨盒|墨水|硒鼓|色带|碳粉"
)
_INK_COLORS = frozenset({"cyan", "magenta", "青色", "品红"})


class Listings:
    """Reads listings for comparison. Holds word tables only, built from the lexicon once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._appearance: dict[str, bool] = {}
        self._colors: dict[tuple[str, ...], str] = {}
        for concept in lexicon.concepts:
            if concept.kind == "color":
                for form in concept.forms:
                    tokens = tuple(t for t, _, _ in words(fold(form)))
                    if tokens and form not in _INK_COLORS:
                        self._colors.setdefault(tokens, concept.key)
        self._longest_color = max((len(t) for t in self._colors), default=1)

    def key(self, product: Product) -> int:
        """What rows of one product have in common: maker and title without colour and size, as 64 bits."""
        brand = _tokens(product.brand or "")
        title = _without(self.stripped(product.title), brand)
        text = "\x1f".join((" ".join(brand), product.currency, " ".join(title)))
        return _digest(text)

    @staticmethod
    def owner(product: Product) -> int:
        """The catalogue's own group of a product as 64 bits, 0 where it names none."""
        return _digest(product.group_id) if product.group_id else 0

    def stripped(self, text: str) -> tuple[str, ...]:
        """The tokens of a text without colours, a size at its end, and words that say nothing."""
        tokens = _tokens(_SIZE_AT_END.sub("", fold(text)))
        out: list[str] = []
        i = 0
        while i < len(tokens):
            for n in range(min(self._longest_color, len(tokens) - i), 0, -1):
                if tokens[i : i + n] in self._colors:
                    i += n
                    break
            else:
                out.append(tokens[i])
                i += 1
        return tuple(t for t in out if t not in _FILLERS)

    def colors(self, text: str) -> frozenset[str]:
        """The basic colours a text names; not the "green" of green tea."""
        return frozenset(c.key for m in self._lexicon.mentions(fold(text), ("color",)) for c in m.concepts)

    def things_called_by_a_color(self, text: str) -> frozenset[str]:
        """The colour words of a text that name no colour there."""
        spans = [(m.start, m.end) for m in self._lexicon.mentions(text, ("color",))]
        return frozenset(
            token
            for token, start, end in words(text)
            if (token,) in self._colors and not any(first <= start and end <= last for first, last in spans)
        )

    def is_appearance(self, attribute: str) -> bool:
        """Whether an attribute says what colour or size of clothing a thing is of."""
        if attribute not in self._appearance:
            self._appearance[attribute] = is_color_name(attribute) or fold(attribute) in _SIZE_NAMES
        return self._appearance[attribute]

    def materials(self, text: str) -> frozenset[str]:
        """The materials a text names."""
        return frozenset(c.key for m in self._lexicon.mentions(fold(text), ("material",)) for c in m.concepts)

    def read(self, product: Product) -> Listing:
        """A listing, ready to be compared."""
        return Listing(product, self)


@dataclass(frozen=True)
class Listing:
    """One row as the comparison sees it; each part is worked out when first asked for."""

    product: Product
    reader: Listings

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The words of the title that are no maker, colour or size."""
        return _without(self.reader.stripped(self.product.title), _tokens(self.product.brand or ""))

    @cached_property
    def size(self) -> str:
        """The size its title ends in, or an empty text."""
        found = _SIZE_AT_END.search(fold(self.product.title))
        return " ".join(_tokens(found[0])) if found else ""

    @cached_property
    def named_things(self) -> frozenset[str]:
        """What is called by a colour without being of that colour: green tea, red wine."""
        text = fold(self.product.title)
        return self.reader.things_called_by_a_color(text)

    @cached_property
    def colors(self) -> frozenset[str]:
        """The colours the record says it is of: the field, else an attribute, else the title."""
        stated = self.product.color or " ".join(
            str(v) for k, v in self.product.attributes.items() if is_color_name(str(k))
        )
        found = self.reader.colors(stated) or (frozenset({fold(stated)}) if stated else frozenset())
        return found or self.reader.colors(self.product.title)

    @cached_property
    def pluses(self) -> frozenset[str]:
        """What a plus sign stands at in the title."""
        return frozenset(m.replace(" ", "") for m in _PLUS.findall(fold(self.product.title)))

    @cached_property
    def fits(self) -> frozenset[str]:
        """The attributes that say what it goes with."""
        return frozenset(name for name in self.product.attributes if _FITS.search(fold(name).replace("_", " ")))

    @cached_property
    def description(self) -> frozenset[str]:
        """The words of the description without colours and the words of the title."""
        return frozenset(self.reader.stripped(self.product.description))

    @cached_property
    def materials(self) -> frozenset[str]:
        """What title and description say it is made of."""
        return self.reader.materials(f"{self.product.title}. {self.product.description}")

    @cached_property
    def codes(self) -> frozenset[str]:
        """What looks like a model number, anywhere in the texts: letters and digits, or four digits and more."""
        text = fold(f"{self.product.title} {self.product.description}")
        found = {re.sub(r"[-/._]", "", c) for c in _CODE.findall(_MEASURE.sub(" ", text))}
        return frozenset(
            c for c in found if len(c) >= 4 and any(x.isdigit() for x in c) and not re.fullmatch(r"(?:19|20)\d\d", c)
        )

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number of the description, as written."""
        return frozenset(re.findall(r"\d+(?:[.,]\d+)?", fold(self.product.description)))

    @cached_property
    def measures(self) -> Mapping[str, frozenset[str]]:
        """Unit → the amounts that the texts state in it."""
        out: dict[str, set[str]] = {}
        for amount, unit in _MEASURE.findall(fold(f"{self.product.title} {self.product.description}")):
            out.setdefault(unit, set()).add(amount)
        return {unit: frozenset(amounts) for unit, amounts in out.items()}

    @cached_property
    def facts(self) -> Mapping[str, object]:
        """The attributes that are neither a colour nor a size of clothing."""
        return {k: v for k, v in self.product.attributes.items() if not self.reader.is_appearance(k)}

    @cached_property
    def is_print_supply(self) -> bool:
        """Whether its colour is what it prints."""
        p = self.product
        return bool(_PRINTS.search(fold(" ".join((p.title, p.description, p.type, *map(str, p.attributes))))))


def is_color_name(attribute: str) -> bool:
    """Whether an attribute says what colour a thing is of: "cable_colour", not "number_of_colours"."""
    return bool(_COLOR_NAME.fullmatch(fold(attribute)))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") or 1


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token for token, _, _ in words(fold(text)))


def _without(tokens: tuple[str, ...], brand: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens without the maker's name, wherever and however often it stands."""
    if not brand:
        return tokens
    out: list[str] = []
    i = 0
    while i < len(tokens):
        if tokens[i : i + len(brand)] == brand:
            i += len(brand)
        else:
            out.append(tokens[i])
            i += 1
    return tuple(out) or tokens
