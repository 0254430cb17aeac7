"""From which age on a product is meant, in the record and in what a sentence says.

Knows how ages are written in English and Chinese. A sentence may name any age that the record's lowest one takes in;
where the record names none, it decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.generation.evidence import Evidence, negations

_YEAR, _MONTH = 12.0, 1.0
_WORDS = {
    w: float(n) for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_WORDS |= {c: float(n) for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2.0}
_EN = rf"\d{{1,2}}|{'|'.join(list(_WORDS)[1:13])}"
_ZH = r"\d{1,2}|[一二两三四五六七八九十]"
# An age that somebody is said to have.
_SAID = re.compile(
    rf"\b(?P<n>{_EN})[\s-](?P<u>year|month)s?[\s-]olds?\b|\baged?\s+(?P<aged>{_EN})\b"
    rf"|(?P<nz>{_ZH})(?P<uz>岁(?P<half>半)?|个月(?=[大龄]|的?(?:宝宝|婴|孩|娃)|以上|起))"
    r"|(?P<birth>\bnewborns?\b|\bfrom birth\b|新生儿|初生|刚出生)",
    re.I,
)
# The lowest age of a record's text: "from 3 years", "ages 3+", 6个月以上.
_FROM = re.compile(
    r"\b(?:from|over|above|ages?|aged|min(?:imum)?\.?(?: age)?)\s+"
    r"(?P<n>\d{1,2})\s*(?P<u>years?|yrs?|months?|m\b|y\b|\+)?"
    rf"|(?P<m>\d{{1,2}})\s*(?P<v>years?|months?)\s*(?:and up|up\b|\+|plus|onwards)"
    rf"|(?P<nz>{_ZH})\s*(?P<uz>周?岁|个月)(?:以上|起|\+)",
    re.I,
)
_KEY = re.compile(r"\bage|年龄|适用人群")
_NUMBER = re.compile(r"(\d{1,2})\s*(years?|y\b|months?|m\b|周?岁|个月)?", re.I)


def too_young(text: str, evidence: Evidence) -> Iterator[tuple[int, int, str]]:
    """The ages below the lowest one of the record: ``(start, end, what the record says)``."""
    found = list(_SAID.finditer(text))
    lowest = _lowest(evidence) if found else None
    if lowest is None:
        return
    months, words = lowest
    scopes = negations(text)
    for m in found:
        age = 0.0 if m["birth"] else _months(m["n"] or m["aged"] or m["nz"], m["u"] or m["uz"] or "year")
        age += _YEAR / 2 if m["half"] else 0.0
        denied = any(s.start <= m.start() <= s.reach for s in scopes)
        if age < months and not denied:
            yield m.start(), m.end(), words


def _lowest(evidence: Evidence) -> tuple[float, str] | None:
    """The lowest age that a record names, in months, and its words."""
    ages: list[tuple[float, str]] = []
    for unit in evidence.units:
        if unit.about in ("text", "title"):
            for m in _FROM.finditer(unit.text):
                unit_word = m["u"] or m["v"] or m["uz"] or ""
                if (m["n"] and not unit_word and not m.group().lower().startswith(("age", "min"))) or unit_word in (
                    "m",
                    "y",
                ):
                    continue
                ages.append((_months(m["n"] or m["m"] or m["nz"], unit_word or "year"), m.group()))
        elif _KEY.search(unit.about.replace("_", " ")):
            value = unit.text.split(" ; ")[0].partition(": ")[2]
            every = [*_NUMBER.finditer(value)]
            if every:
                named = next((m[2] for m in every if m[2]), "month" if "month" in unit.about else "year")
                ages.append((min(_months(m[1], m[2] or named) for m in every), value))
    return min(ages, default=None)


def _months(number: str, unit: str) -> float:
    value = _WORDS.get(number.lower(), 0.0) if not number.isdigit() else float(number)
    return value * (_MONTH if unit.lower().startswith(("month", "个月", "m")) else _YEAR)
