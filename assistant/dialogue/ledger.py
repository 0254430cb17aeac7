"""How a message changes what was asked for: later words win, exclusions add up, lifted fields go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from assistant.lexicon import Lexicon, fold, words
from assistant.types import Constraints

_REPLACING = ("sizes", "brands", "colors")
_GROWING = ("terms", "exclude_terms", "exclude_brands", "exclude_colors")
_OPPOSITE = {
    "colors": "exclude_colors",
    "brands": "exclude_brands",
    "terms": "exclude_terms",
    "exclude_colors": "colors",
    "exclude_brands": "brands",
    "exclude_terms": "terms",
}


def clear(ledger: Constraints, names: Iterable[str]) -> Constraints:
    """The ledger with these fields empty. Unknown names are a programming error and raise ``TypeError``."""
    empty = Constraints()
    return replace(ledger, **{name: getattr(empty, name) for name in names})


def merge(ledger: Constraints, said: Constraints, cleared: Iterable[str] = ()) -> Constraints:
    """The ledger after a message.

    A stated value replaces price, sort, size, brand and colour; exclusions and wanted properties add up; a thing wanted
    is no longer excluded and the other way round. A bound that contradicts the new one is dropped, and so is one in a
    currency other than that of the new one.
    """
    out = clear(ledger, (f for f in cleared if f != "product"))
    changes: dict[str, object] = {}
    for f in fields(Constraints):
        value = getattr(said, f.name)
        if f.name in ("references", "product") or value is None or value == ():
            continue
        if f.name in _GROWING:
            have = getattr(out, f.name)
            known = {fold(v) for v in have}
            value = (*have, *(v for v in value if fold(v) not in known))
        changes[f.name] = value
    for name, opposite in _OPPOSITE.items():
        if name in changes and opposite not in changes:
            gone = {fold(v) for v in getattr(said, name)}
            changes[opposite] = tuple(v for v in getattr(out, opposite) if fold(v) not in gone)
    bounded = said.price_max is not None or said.price_min is not None
    if bounded and said.currency and out.currency and said.currency != out.currency:
        changes["price_min"], changes["price_max"] = said.price_min, said.price_max
    if said.price_max is not None and said.price_min is None and (out.price_min or 0) > said.price_max:
        changes["price_min"] = None
    if (
        said.price_min is not None
        and said.price_max is None
        and out.price_max is not None
        and out.price_max < said.price_min
    ):
        changes["price_max"] = None
    return replace(out, **changes)  # type: ignore[arg-type]


def same_product(lexicon: Lexicon, old: str, new: str) -> str | None:
    """The phrase to keep when two product phrases mean one topic, else ``None``.

    Narrower wins: "masks" after "Halloween mask" keeps the latter, "hiking boots" after "boots" becomes the topic.
    """
    if fold(old) == fold(new):
        return old
    old_types, new_types = _types(lexicon, old), _types(lexicon, new)
    if old_types and new_types:
        if old_types & new_types:
            return old if len(new) <= len(old) else new
        old_below, new_below = _below(lexicon, old_types), _below(lexicon, new_types)
        if old_types & new_below:
            return old
        if new_types & old_below:
            return new
        return _tail_match(old, new)
    return _tail_match(old, new)


def _types(lexicon: Lexicon, phrase: str) -> frozenset[str]:
    mentions = lexicon.mentions(fold(phrase), ("product",))
    return frozenset(c.key for c in mentions[-1].concepts) if mentions else frozenset()


def _below(lexicon: Lexicon, keys: frozenset[str]) -> frozenset[str]:
    out: set[str] = set()
    pending = list(keys)
    while pending:
        concept = lexicon.product(pending.pop())
        for key in concept.narrower if concept else ():
            if key not in out:
                out.add(key)
                pending.append(key)
    return frozenset(out)


def _tail_match(old: str, new: str) -> str | None:
    """One phrase ends with the other, word by word ("fishing reels" / "reels", "旅行海报" / "海报")."""
    a = [t for t, _, _ in words(fold(old))]
    b = [t for t, _, _ in words(fold(new))]
    if not a or not b:
        return None
    if a[-len(b) :] == b:
        return old
    if b[-len(a) :] == a:
        return new
    return None
