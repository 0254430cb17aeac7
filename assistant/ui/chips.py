"""The ledger as chips: what a shopper asked for, one value each, and the ledger without one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from markupsafe import Markup

from assistant.types import CartLine, Constraints
from assistant.ui.cards import TINTS
from assistant.ui.templating import TEMPLATES, money, number
from assistant.ui.texts import Words

_LISTS = ("brands", "exclude_brands", "colors", "exclude_colors", "sizes", "terms", "exclude_terms")
_SINGLE = ("price_max", "price_min", "in_stock_only", "quantity", "sort")


@dataclass(frozen=True, slots=True)
class Chip:
    """One removable wish. ``value`` tells apart the values of a list field; ``missed`` ones could not be met."""

    field: str
    value: str
    label: str
    tint: str | None = None
    missed: bool = False


def chips_of(ledger: Constraints, words: Words, currency: str | None, missed: Sequence[str] = ()) -> tuple[Chip, ...]:
    """The chips of a ledger, without the product itself.

    Args:
        ledger: what was asked for.
        words: interface words of the shopper's language.
        currency: of the prices shown, for a budget that names none.
        missed: fields the last search had to loosen.
    """
    out: list[Chip] = []
    for name in (*_SINGLE, *_LISTS):
        value = getattr(ledger, name)
        if value is None or value == () or value is False:
            continue
        for item in value if isinstance(value, tuple) else (value,):
            label = _label(name, item, words, ledger.currency or currency)
            tint = TINTS.get(item) if name == "colors" else None
            out.append(Chip(name, str(item), label, tint, name in missed))
    return tuple(out)


def without(ledger: Constraints, field: str, value: str) -> Constraints:
    """The ledger without one chip; unchanged when it holds no such value, whatever the browser sent."""
    if field in _LISTS:
        return _with(ledger, field, [v for v in getattr(ledger, field) if v != value])
    if field in _SINGLE and str(getattr(ledger, field)) == value:
        out = _with(ledger, field, None)
        # A currency without any bound would only puzzle the next search.
        return replace(out, currency=None) if out.price_max is None and out.price_min is None else out
    return ledger


def _with(ledger: Constraints, field: str, value: object) -> Constraints:
    return Constraints.from_dict({**ledger.to_dict(), field: value})


def is_empty(ledger: Constraints) -> bool:
    """Whether nothing is asked for."""
    return all(getattr(ledger, f.name) in (None, ()) for f in fields(ledger) if f.name != "references")


def render_bar(
    ledger: Constraints,
    cart: Sequence[CartLine],
    total: tuple[float, str] | None,
    words: Words,
    *,
    currency: str | None = None,
    missed: Sequence[str] = (),
) -> Markup:
    """The strip above the message box: the ledger's chips and the cart.

    Args:
        ledger: what was asked for.
        cart: the cart's lines.
        total: the cart's sum and currency, where all lines share one.
        words: interface words of the shopper's language.
        currency: of the prices shown.
        missed: fields the last search had to loosen.
    """
    pieces = sum(line.quantity for line in cart)
    return Markup(
        TEMPLATES.get_template("bar.html").render(
            w=words,
            product=ledger.product,
            chips=chips_of(ledger, words, currency, missed),
            pieces=pieces,
            total=money(*total, words.locale) if total and pieces else None,
        )
    )


def _label(name: str, value: object, words: Words, currency: str | None) -> str:
    if name in ("price_max", "price_min"):
        assert isinstance(value, int | float)
        amount = money(value, currency, words.locale) if currency else number(value, words.locale)
        if value == int(value) and words.lang == "en":
            amount = amount.removesuffix(".00")
        return (words.under if name == "price_max" else words.over).format(amount)
    if name == "in_stock_only":
        return words.only_in_stock
    if name == "quantity":
        return words.quantity.format(value)
    if name == "sort":
        return words.sorts.get(str(value), str(value))
    text = words.color(str(value)) if name.endswith("colors") else str(value)
    return words.without.format(text) if name.startswith("exclude_") else text
