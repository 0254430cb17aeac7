"""Jinja2 with escaping always on, and the money and count formats of the pages. Holds no words."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined

TEMPLATES = Environment(
    loader=PackageLoader("assistant.ui", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
"""Compiled once; rendering changes nothing in it."""


def money(amount: float, currency: str, locale: str) -> str:
    """An amount in major units as people of ``locale`` write it: ``$89.00``, ``¥2,999``.

    Chinese prices drop the decimals of a whole amount, as Chinese shops do. A code Babel does not know stays a code.
    """
    exact = Decimal(str(amount))
    text = format_currency(exact, currency, locale=locale)
    if locale.startswith("zh") and exact == exact.to_integral_value():
        text = format_currency(exact, currency, format="¤#,##0", locale=locale, currency_digits=False)
    return str(text)


def number(value: float, locale: str) -> str:
    """A plain number, grouped, without needless decimals."""
    return str(format_decimal(Decimal(str(value)), locale=locale))
