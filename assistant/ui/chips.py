"""The ledger as chips: what a shopper asked for, one value each, and the ledger with one changed, refused or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from markupsafe import Markup

from assistant.types import COLORS, CartLine, Constraints
from assistant.ui.cards import TINTS
from assistant.ui.templating import TEMPLATES, money, number
from assistant.ui.texts import Words

_LISTS = ("brands", "exclude_brands", "colors", "exclude_colors", "sizes", "terms", "exclude_terms")
_SINGLE = ("price_max", "price_min", "in_stock_only", "quantity", "sort")
_OPPOSITE = {"brands": "exclude_brands", "colors": "exclude_colors", "terms": "exclude_terms"}
_REFUSED_BY = {**_OPPOSITE, **{refused: wanted for wanted, refused in _OPPOSITE.items()}}
_LONGEST = 80

Editor = Literal["amount", "count", "color", "sort", "text"]
_EDITORS: dict[str, Editor] = {
    "price_max": "amount", "price_min": "amount", "quantity": "count", "sort": "sort", "colors": "color",
    "exclude_colors": "color", "brands": "text", "exclude_brands": "text", "sizes": "text", "terms": "text",
    "exclude_terms": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish. ``value`` tells apart the values of a list field; ``missed`` ones could not be met.

    ``editor`` is how it is changed, ``None`` where it can only be taken away; ``opposite`` what it says turned round.
    """

    field: str
    value: str
    label: str
    tint: str | None = None
    missed: bool = False
    editor: Editor | None = None
    opposite: str | None = None


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
            other = _REFUSED_BY.get(name)
            opposite = _label(other, item, words, None) if other else None
            written = _plain(item) if isinstance(item, int | float) and not isinstance(item, bool) else str(item)
            out.append(Chip(name, written, label, tint, name in missed, _EDITORS.get(name), opposite))
    return tuple(out)


def without(ledger: Constraints, field: str, value: str) -> Constraints:
    """The ledger without one chip; unchanged when it holds no such value, whatever the browser sent."""
    if field in _LISTS:
        return _with(ledger, field, [v for v in getattr(ledger, field) if v != value])
    if field in _SINGLE and _holds(ledger, field, value):
        out = _with(ledger, field, None)
        # A currency without any bound would only puzzle the next search.
        return replace(out, currency=None) if out.price_max is None and out.price_min is None else out
    return ledger


def turned(ledger: Constraints, field: str, value: str) -> Constraints:
    """The ledger with one wish turned round, "blue" into "not blue" and back; unchanged where that means nothing."""
    other = _REFUSED_BY.get(field)
    if other is None or value not in getattr(ledger, field):
        return ledger
    kept = [v for v in getattr(ledger, other) if v != value]
    return _with(without(ledger, field, value), other, [*kept, value])


def changed(ledger: Constraints, field: str, value: str, to: str) -> Constraints:
    """The ledger with one value replaced; unchanged where the new one is none, whatever the browser sent."""
    new: object = _read(field, to)
    if new is None or field not in _EDITORS or not _holds(ledger, field, value):
        return ledger
    if field in _LISTS:
        items = [new if v == value else v for v in getattr(ledger, field)]
        return _with(ledger, field, list(dict.fromkeys(items)))
    return _with(ledger, field, new)


def _holds(ledger: Constraints, field: str, value: str) -> bool:
    held = getattr(ledger, field)
    if field in _LISTS:
        return value in held
    return held is not None and value in (str(held), _plain(held) if isinstance(held, int | float) else "")


def _read(field: str, text: str) -> object:
    """What was typed, as a value of the field; ``None`` where it is none."""
    text = " ".join(text.split())[:_LONGEST]
    match _EDITORS.get(field):
        case "amount" | "count" as kind:
            try:
                amount = float(text.replace(",", "").replace("，", ""))
            except ValueError:
                return None
            if not 0 < amount < 1e9 or (kind == "count" and amount != int(amount)):
                return None
            return int(amount) if kind == "count" else amount
        case "color":
            return text if text in COLORS else None
        case "sort":
            return text if text in ("price_asc", "price_desc", "rating_desc", "newest", "popularity") else None
        case "text":
            return text or None
    return None


def _plain(value: float) -> str:
    """A number without a needless point, as it stands in an input field."""
    return str(int(value)) if value == int(value) else str(value)


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
    undo: bool = False,
) -> Markup:
    """The strip above the message box: the ledger's chips and the cart.

    Args:
        ledger: what was asked for.
        cart: the cart's lines.
        total: the cart's sum and currency, where all lines share one.
        words: interface words of the shopper's language.
        currency: of the prices shown.
        missed: fields the last search had to loosen.
        undo: whether there is a change to take back.
    """
    pieces = sum(line.quantity for line in cart)
    return Markup(
        TEMPLATES.get_template("bar.html").render(
            w=words,
            product=ledger.product,
            chips=chips_of(ledger, words, currency, missed),
            pieces=pieces,
            undo=undo,
            colors=COLORS,
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
