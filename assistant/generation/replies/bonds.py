"""Why a product goes with another one, in words: what the shop's own history counts, or what is generally known.

Says "often" only of what was counted, with the counts, and of types what was counted of types; claims nothing of
people, whose history it need not be. Knows no counts: they are handed in.
"""

from __future__ import annotations

from assistant.generation.slots import HAN
from assistant.lexicon import Lexicon
from assistant.types import Bond, Product

_LONGEST = 40


def bond_reason(bond: Bond, language: str, lexicon: Lexicon, *, single: bool) -> str | None:
    """One short reason; ``None`` where a type it would name has no name in the language.

    Args:
        bond: what holds.
        language: ``en`` or ``zh``.
        lexicon: names of types.
        single: whether the anchor is the only one, so that "it" says which is meant.
    """
    zh = language == "zh"
    n, of = bond.together, bond.of
    bought = bond.kind.endswith("bought")
    if bond.kind.startswith("products"):
        if zh:
            name = "它" if single else _short(bond.anchor.title_in("zh"))
            return (
                f"本店常与{name}一起买（{of}单中{n}单）" if bought else f"本店常与{name}同在一个购物车（{of}次中{n}次）"
            )
        told = " it" if single else f": {_short(bond.anchor.title_in('en'))}"
        return (
            f"often bought here with{told} ({n} of {of} orders)"
            if bought
            else f"often in one cart here with{told} ({n} of {of} carts)"
        )
    own, other = (_type_name(p, language, lexicon) for p in (bond.product, bond.anchor))
    if own is None or other is None:
        return None
    if bond.kind == "known":
        return f"{own}适合搭配{other}" if zh else f"{own} + {other}: go well together"
    if zh:
        return (
            f"本店{other}常与{own}一起买（{of}单中{n}单）"
            if bought
            else f"本店{other}常与{own}同在一个购物车（{of}次中{n}次）"
        )
    return (
        f"{other} + {own}: often bought together here ({n} of {of} orders)"
        if bought
        else f"{other} + {own}: often in one cart here ({n} of {of} carts)"
    )


def _type_name(product: Product, language: str, lexicon: Lexicon) -> str | None:
    """The name of exactly the type that is counted, the last element of the path, and of nothing broader."""
    kind = product.type
    if language == "zh":
        translated = product.translations.get("zh", {}).get("category")
        if translated:
            return str(translated)
    if bool(HAN.search(kind)) == (language == "zh"):
        return kind if language == "zh" else kind.lower() or None
    named = [concept for concept in lexicon.named(kind) if concept.kind == "product"]
    forms = (named[0].zh if language == "zh" else named[0].en) if named else ()
    return forms[0] if forms else None


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
