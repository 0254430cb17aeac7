"""Product cards as HTML. Everything that comes from the catalogue is escaped by the template.

Knows how a card looks; does not choose, rank or price anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from assistant.generation.replies.evidence import Records
from assistant.generation.replies.stock import colors_of
from assistant.personal import PROMOTED
from assistant.types import Card, Product
from assistant.ui.pictures import Pictures
from assistant.ui.templating import TEMPLATES, money, number
from assistant.ui.texts import Words

TINTS = {
    "black": "#34363c",
    "white": "#fbfaf6",
    "grey": "#9a9ca3",
    "red": "#c8402f",
    "orange": "#e58a3c",
    "yellow": "#e9c04a",
    "green": "#5f8f5c",
    "blue": "#4a7db8",
    "purple": "#8663a8",
    "pink": "#e39bb0",
    "brown": "#8a5f43",
    "beige": "#d9c5a3",
    "gold": "#cfa54a",
    "silver": "#c3c7cd",
    "navy": "#2f4468",
}
"""Basic colours as they are drawn: softened, so that fifteen of them can stand beside each other."""

_NEUTRAL = "#b8a88f"
_FEW = 3
_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a variant or size can have; ``there`` is false where it is sold out."""

    label: str
    tint: str | None = None
    there: bool = True
    current: bool = False


def https_image(url: str | None) -> str | None:
    """The picture's address if it can be shown: absolute, https, without credentials; else ``None``."""
    if not url or len(url) > 2000:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme == "https" and parts.hostname and not parts.username else None


class CardRenderer:
    """Cards as HTML: drawings by product type, attributes named in the shopper's language. Holds tables only."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._lexicon = pictures.lexicon
        self._records = Records(pictures.lexicon)

    def render(self, cards: Sequence[Card], words: Words, *, numbered: bool, turn: int = 0) -> Markup:
        """The cards of a turn as an ordered list.

        Args:
            cards: as the turn shows them, best first.
            words: interface words in the language of the turn.
            numbered: whether positions ("the second one") refer to this list; by them a card can be put into the cart.
            turn: the number of the turn, which tells apart what opens from cards of several turns.
        """
        if not cards:
            return Markup("")
        views = [self.view(card, words) for card in cards]
        return Markup(TEMPLATES.get_template("cards.html").render(cards=views, w=words, numbered=numbered, turn=turn))

    def view(self, card: Card, words: Words, *, facts_too: bool = False) -> dict[str, Any]:
        """What a template shows of a card; the sheet of a product shows its attributes too."""
        product = card.product
        before = product.list_price if card.currency == product.currency else None
        facts = Records.shown(product).items() if facts_too else ()
        return {
            "sku": product.sku,
            "title": card.title,
            "tint": TINTS.get(self._color(product) or "", _NEUTRAL),
            "drawing": self._pictures.of(product),
            "image": https_image(product.image_url),
            "price": money(card.price, card.currency, words.locale),
            "before": money(before, card.currency, words.locale) if before and before > card.price else None,
            "rating": None if product.rating is None else f"{product.rating:.1f}",
            "share": 0 if product.rating is None else round(min(max(product.rating / 5, 0), 1) * 100),
            "rating_count": number(product.rating_count, words.locale) if product.rating_count is not None else None,
            "stock": _stock(product, words),
            "why": card.why,
            "colours": self._colours(card, words),
            "others": self._others(card, words),
            "sizes": [Choice(s, there=product.size_stock.get(s, 1) > 0) for s in product.sizes],
            "description": product.description_in(words.lang),
            "facts": [(self._records.label(k, words.lang), self._records.value(v, words.lang)) for k, v in facts],
            "available": product.in_stock is not False,
            "promoted": PROMOTED in card.parts,
        }

    def _others(self, card: Card, words: Words) -> list[Choice]:
        """How variants of the same colour differ: the values of the attributes that are not the same ("256 GB")."""
        out: list[Choice] = []
        for variant in card.variants[:_VARIANTS]:
            differs = self._differing(card.product, variant, words)
            if self._color(variant) == self._color(card.product) and differs:
                label = " · ".join(differs[:2])
                if all(choice.label != label for choice in out):
                    out.append(Choice(label, there=variant.in_stock is not False))
        return out

    def differs(self, product: Product, variant: Product, words: Words) -> str:
        """What tells a variant from a product: its colour, its sizes, the values of its attributes."""
        out = []
        if (color := self._color(variant)) and color != self._color(product):
            out.append(words.color(color))
        out += self._differing(product, variant, words)[:2]
        if variant.sizes != product.sizes and variant.sizes:
            out.append("/".join(variant.sizes))
        return " · ".join(out)

    def _differing(self, product: Product, variant: Product, words: Words) -> list[str]:
        return [
            self._records.value(value, words.lang)
            for key, value in Records.shown(variant).items()
            if value != product.attributes.get(key) and self._tells(key, value)
        ]

    def _tells(self, key: str, value: object) -> bool:
        """Whether a value could be chosen by: a bare number under a name nobody knows is a counter of the shop's."""
        return not isinstance(value, bool) and (isinstance(value, str) or key in self._lexicon.attribute_labels)

    def _color(self, product: Product) -> str | None:
        """The colour a product is of: its field, else the one its title names."""
        if product.color:
            return product.color
        named = colors_of(self._lexicon, product)
        return next(iter(named)) if len(named) == 1 else None

    def _colours(self, card: Card, words: Words) -> list[Choice]:
        """The colours the product comes in, its own first; none where there is but one."""
        own = self._color(card.product)
        seen = [own] if own else []
        choices = [Choice(words.color(own), TINTS.get(own), card.product.in_stock is not False, True)] if own else []
        for variant in card.variants[:_VARIANTS]:
            name = self._color(variant)
            if name and name not in seen:
                seen.append(name)
                choices.append(Choice(words.color(name), TINTS.get(name), variant.in_stock is not False))
        return choices if len(choices) > 1 else []


def _stock(product: Product, words: Words) -> dict[str, str]:
    if product.in_stock is None:
        return {"state": "unknown", "text": words.stock_unknown}
    if not product.in_stock:
        return {"state": "gone", "text": words.sold_out}
    if product.stock is not None and product.stock <= _FEW:
        return {"state": "few", "text": words.few_left.format(product.stock)}
    return {"state": "there", "text": words.in_stock}
