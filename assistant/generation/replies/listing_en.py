"""The introduction of a list in English."""

from __future__ import annotations

from dataclasses import replace

from assistant.generation.replies.listing import ListWriter
from assistant.generation.replies.wording import currency_name, in_language, listed, money, plural, variant
from assistant.types import Constraints

_SORT = {
    "price_asc": "cheapest first",
    "price_desc": "most expensive first",
    "rating_desc": "best rated first",
    "newest": "newest first",
    "popularity": "most popular first",
}
_ONE = {
    "price_asc": "the cheapest",
    "price_desc": "the most expensive",
    "rating_desc": "the best rated",
    "newest": "the newest",
    "popularity": "the most popular",
}
_PREPOSITIONS = ("for ", "with ", "in ", "of ", "from ", "under ", "without ", "to ", "that ", "made ", "no ", "not ")


class EnglishList(ListWriter):
    """The sentences of a list in English."""

    language = "en"

    def noun(self, c: Constraints, count: int) -> str:
        """ "black waterproof Casio watches", as far as it is claimed."""
        before: list[str] = []
        if c.colors:
            before.append(listed(c.colors, "en", last="or"))
        short = [t for t in self.said(c.terms) if len(t.split()) <= 2 and not t.lower().startswith(_PREPOSITIONS)]
        before += short
        brands = self.said(c.brands)
        if brands:
            before.append(listed(brands, "en", last="or"))
        head = in_language(c.product, "en", self.lexicon) if c.product else None
        # "velvet" may already be part of the product as the shopper put it.
        said = set((head or "").lower().split())
        before = [b for b in before if not set(b.lower().split()) <= said]
        if head is not None:
            head = _lower(head)
        else:
            head = {"ideas": "idea", "complement": "companion"}.get(self.f.kind, "product")
        return " ".join([*before, plural(head, count)])

    def tail(self, c: Constraints, *, sort: bool = True) -> str:
        """What follows the noun: size, price, what was left out, order."""
        out = ""
        if sizes := self.said(c.sizes):
            out += f" in size {listed(sizes, 'en', last='or')}"
        if price := self.price(c):
            out += f" {price}"
        long = [t for t in self.said(c.terms) if len(t.split()) > 2 or t.lower().startswith(_PREPOSITIONS)]
        if long:
            out += f" ({', '.join(long)})"
        terms = [plural(t) if self.lexicon.product(t.lower()) else t for t in self.said(c.exclude_terms)]
        without = [*c.exclude_colors, *terms, *self.said(c.exclude_brands)]
        if without:
            out += f", leaving out {listed(without, 'en')}"
        if c.in_stock_only:
            out += ", all in stock"
        if sort and c.sort:
            out += f", {_SORT[c.sort]}"
        return out

    def price(self, c: Constraints) -> str:
        """The price bounds as a phrase."""
        low, high, cur = c.price_min, c.price_max, self.f.currency
        if low is not None and high is not None:
            return f"between {money(low, cur, 'en')} and {money(high, cur, 'en')}"
        if high is not None:
            return f"for {money(high, cur, 'en')} or less"
        return f"from {money(low, cur, 'en')} up" if low is not None else ""

    def found(self) -> str:
        """What was found, nothing loosened."""
        f, c = self.f, self.kept
        n = len(f.cards)
        if f.anchors:
            goes_with = f.anchors[0].title_in("en") if len(f.anchors) == 1 else "what you picked"
            head = self.noun(c, n) if c.product else ""
            what = f"{_count(n)} {head}" if head else f"{_count(n)} {'thing' if n == 1 else 'things'}"
            return variant(
                self.seed,
                (
                    f"To go with {goes_with}, here {'is' if n == 1 else 'are'} {what}{self.tail(c)}.",
                    f"{what.capitalize()} that would go well with {goes_with}{self.tail(c)}."
                    if n > 1
                    else f"Here is {what} to go with {goes_with}{self.tail(c)}.",
                ),
            )
        noun, tail = self.noun(c, n), self.tail(c)
        if n == 1 and c.sort and f.total > 1:
            superlative = _ONE[c.sort]
            return f"Here is {superlative} of {f.total} {self.noun(c, 2)}{self.tail(c, sort=False)}."
        if n == 1:
            only = f.total == 1 and f.kind == "search"
            return f"I found just one {noun}{tail}." if only else f"Here is one {noun}{tail}."
        if f.kind == "search" and f.total > n and c.product:
            return variant(
                self.seed,
                (
                    f"Here are {n} of {f.total} {noun}{tail}.",
                    f"I found {f.total} {noun}{tail}; these {n} fit best."
                    if not c.sort
                    else f"Here are {n} {noun}{tail}.",
                    f"{n} {noun}{tail}, picked from {f.total}.",
                ),
            )
        return variant(
            self.seed,
            (f"Here are {n} {noun}{tail}.", f"I found {n} {noun}{tail}.", f"Take a look at these {n} {noun}{tail}."),
        )

    def gave_way(self) -> str:
        """What was loosened to find these cards."""
        n = len(self.f.cards)
        wanted = f"{self.noun(self.asked, 2)}{self.tail(self.asked, sort=False)}"
        start = f", from {self.lowest()}" if {"price_max", "price_min"} & set(self.loosened) else ""
        close = "comes" if n == 1 else "come"
        this = "this one" if n == 1 else f"these {n}"
        return f"I have no {wanted}. Setting aside {listed(self.bounds(), 'en')}, {this} {close} closest{start}."

    def bounds(self) -> list[str]:
        """What was loosened, by name and value."""
        c, cur, names = self.f.ledger, self.f.currency, list(self.loosened)
        out: list[str] = []
        if c.price_max is not None and "price_max" in names:
            out.append(f"the {money(c.price_max, cur, 'en')} limit")
        if c.price_min is not None and "price_min" in names:
            out.append(f"the {money(c.price_min, cur, 'en')} minimum")
        for name, label in (("brands", "brand"), ("colors", "colour"), ("sizes", "size")):
            if name in names:
                said = self.said(getattr(c, name))
                out.append(f"the {label}{' (' + listed(said, 'en', last='or') + ')' if said else ''}")
        if "terms" in names:
            said = self.said(self.f.ledger.terms)
            out.append(f"“{listed(said, 'en')}”" if said else "the extra wish")
        if "in_stock_only" in names:
            out.append("“in stock only”")
        for name in ("exclude_terms", "exclude_colors", "exclude_brands"):
            if name in names:
                said = self.said(getattr(c, name))
                out.append(f"“no {listed(said, 'en', last='or')}”" if said else "what you ruled out")
        return out or ["one of your wishes"]

    def money(self, value: float) -> str:
        """A bound in the currency it is in."""
        return money(value, self.f.currency, "en")

    def nothing(self) -> str:
        """No cards, and what stands in the way."""
        f = self.f
        if self.unknown_type or not self.loosened:
            asked = in_language(f.ledger.product, "en", self.lexicon) if f.ledger.product else None
            what = f"nothing listed as “{asked}”" if asked else "nothing that fits"
            return f"I have {what} here, sorry. Describe it another way, or tell me what you need it for."
        bare = replace(self.asked, price_max=None, price_min=None)
        noun, tail = self.noun(bare, 2), self.tail(bare, sort=False)
        if self.loosened == ["price_max"] and f.ledger.price_max is not None:
            return f"I have no {noun} at {self.money(f.ledger.price_max)} or less{tail}, so I can't go any lower."
        if self.loosened == ["price_min"] and f.ledger.price_min is not None:
            return f"I have no {noun} at {self.money(f.ledger.price_min)} or more{tail}, so I can't go any higher."
        wanted = f"{self.noun(self.asked, 2)}{self.tail(self.asked, sort=False)}"
        way = listed(self.bounds(), "en")
        return f"I have no {wanted}. What stands in the way is {way}; change it and I will look again."

    def nearest_type(self) -> str:
        """The product type is not sold; the nearest stand in."""
        asked = in_language(self.f.ledger.product, "en", self.lexicon) if self.f.ledger.product else None
        n = len(self.f.cards)
        this = "this one is" if n == 1 else f"these {n} are"
        if asked is None:
            return f"I have nothing listed under that name; {this} the nearest I found."
        also = f", with {listed(self.bounds(), 'en')} set aside" if self.loosened else ""
        return f"I have nothing listed as “{asked}”; {this} the nearest I found{also}."

    def other_currency(self) -> str:
        """A bound was not applied, for want of prices in its currency."""
        f = self.f
        cur = f.currency_missing
        amounts = [money(v, cur, "en") for v in (f.ledger.price_min, f.ledger.price_max) if v is not None]
        own = f"in {currency_name(f.cards[0].currency, 'en')}" if f.cards else "in another currency"
        bound = listed(amounts, "en")
        return f"Prices here are {own}, so I did not apply your limit of {bound}: I don't guess exchange rates."

    def no_more(self) -> str:
        """More was wanted and there is none."""
        # The page that came before was the last: nothing here says how many there were in all.
        wanted = f"{self.noun(self.kept, 2)}{self.tail(self.kept, sort=False)}"
        return f"That was all: I have no more {wanted}. Loosen something, and I will look further."

    def back_again(self) -> str:
        """The list of an earlier topic is shown again."""
        c = self.f.ledger
        if self.f.relaxed:
            c = self.kept
        return f"Back to the {self.noun(c, 2)}{self.tail(c)}: the same list as before."

    def only_ranked(self) -> str:
        """A wish that no listing states."""
        said = self.said(self.f.soft)
        if not said:
            return "No listing states all you wished for, so I ranked by closeness."
        wish = listed([f"“{s}”" for s in said], "en", last="or")
        return f"No listing states {wish}, so I ranked by closeness to it."


# Words that keep their capital inside a sentence.
_PROPER = frozenset(
    "halloween christmas easter thanksgiving valentine valentine's bluetooth polaroid persian chinese japanese french "
    "italian mexican turkish moroccan scandinavian bohemian victorian indian korean greek spanish english german swiss "
    "american african hawaiian oxford chelsea wi-fi".split()
)


def _lower(head: str) -> str:
    """ "Fishing reels" as it stands inside a sentence; names and codes keep their capitals."""
    first = head.split()[0]
    return head[0].lower() + head[1:] if first.istitle() and first.lower() not in _PROPER else head


def _count(n: int) -> str:
    return (
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")[n] if n <= 10 else str(n)
    )
