"""Lengths said as a size in English: "80 cm wide", "in 5 m", "a 10 foot ladder".

Gives "80 cm", "5 m", "10 ft". Leaves out lengths that bound ("no wider than 200 cm"), that measure a person, or that
say how far a thing reaches; inches, sheets and screens belong to :mod:`assistant.understanding.parsing.sizes`.
"""

from __future__ import annotations

from assistant.understanding.parsing.draft import Draft, compiled

_UNITS = {"c": "cm", "m": "m", "f": "ft"}
_SIDE = r"(?:width|length|height|depth|diameter|size)"
_LENGTH = compiled(
    r"(?<![\w.,$€£/-])(?<!\d[ x×*])(?P<n>\d{1,3}(?:\.\d{1,2})?)\s?-?(?P<unit>cms?|centimet(?:er|re)s?|mm|millimet(?:er"
    r"|re)s?"
    r"|m|met(?:er|re)s?|ft|foot|feet)(?![\w²³'])(?!\s?[x×*/]\s?\d)"
)
_LEAD = compiled(
    rf"(?:(?:\b(?:with|in|of|has|have|needs|need|at)\s+)?(?:(?:an?|the|its)\s+)?(?:exact(?:ly)? )?\b{_SIDE}"
    r"(?:\s*(?:of|is|are|should be|must be|has to be|needs to be|be|:|=|exactly|precisely))*\s*"
    r"|\bin(?: an?)?(?: exactly)?\s+|\bexactly\s+)\Z"
)
_TRAIL = compiled(
    r"(?:\s?-?(?:in (?:width|length|height|depth|diameter|size)|wide|long|tall|high|deep|thick|across|diameter|width"
    r"|length"
    r"|height|size|version|one)\b)?"
)
# What a length before or after such words says is no size of the thing.
_BOUND_BEFORE = compiled(
    r"(?:\b(?:up to|to|than|over|under|below|above|within|from|least|most|max|maximum|min|minimum|range(?: of)?"
    r"|reach(?: of)?"
    r"|every|between|and|i'm|i am|he is|he's|she is|she's|we are|someone|person|who is|who's|drop of|distance(?: of)?"
    r"|resistant|proof|waterproof|down to|about|around|roughly|only|walk|ran|run|live|lives|is|of water|for)|[-–])\s*\Z"
)
_SAID_OF_SIDE = compiled(r"\b(?:wide|long|tall|high|deep|thick)\b")
_REACH_AFTER = compiled(
    r"\s*(?:of (?:water|range|reach|distance|depth)|range|reach|away|apart|off|under ?water|water|deep water"
    r"|from (?:the|a|my|any)|per"
    r"|lens|film"
    r"|prime|focal|waterproof|fabric|square|sprint|race|run|dash|swim|tall (?:person|man|woman|guy|boy|girl))\b"
)
_FROM_TO = compiled(r"\s*(?:to|-|–|or more|or less|and (?:over|under)|minimum|maximum|max|min)\b")


def read_lengths(draft: Draft) -> list[tuple[int, str]]:
    """Where each length stands that is the thing's size, and its plain form; strikes what it read."""
    found: list[tuple[int, str]] = []
    for match in _LENGTH.finditer(draft.left):
        before = draft.left[max(0, match.start() - 34) : match.start()]
        lead = _LEAD.search(before)
        trail = _TRAIL.match(draft.left, match.end())
        said_of_side = trail is not None and _SAID_OF_SIDE.search(trail.group()) is not None
        if match["unit"].startswith(("mm", "mil")) and not (lead or said_of_side):
            # A lens, a film or a jack has its millimetres in its name.
            continue
        if _REACH_AFTER.match(draft.left, match.end()) or _FROM_TO.match(draft.left, match.end()):
            continue
        if lead is None and _bounds(before, of_a_side=said_of_side):
            continue
        unit = "mm" if match["unit"].startswith(("mm", "mil")) else _UNITS[match["unit"][0]]
        found.append((match.start(), f"{match['n']} {unit}"))
        start = match.start() - (len(lead.group()) if lead else 0)
        draft.strike(start, trail.end() if trail else match.end(), " ")
    return found


def _bounds(before: str, *, of_a_side: bool) -> bool:
    """Whether the words before a length make it a bound, a reach or somebody's height; "is 90 cm wide" is a size."""
    said = _BOUND_BEFORE.search(before)
    if said is None:
        return False
    return not (of_a_side and said.group().strip() in ("is", "and", "about", "around", "for", "of"))
