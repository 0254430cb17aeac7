"""Why a product goes with another one, in words: what the shop's own history counts, or what is generally known.

Says "often" only of what was counted, with the counts; claims nothing of people, whose history need not be anybody's.
Knows no counts: they are handed in.
"""

from __future__ import annotations

from assistant.generation.slots import type_word
from assistant.lexicon import Lexicon
from assistant.types import Bond

_LONGEST = 40


def bond_reason(bond: Bond, language: str, lexicon: Lexicon, *, single: bool) -> str | None:
    """One short reason; ``None`` where the type of the anchor has no name in the language.

    Args:
        bond: what holds.
        language: ``en`` or ``zh``.
        lexicon: names of types.
        single: whether the anchor is the only one, so that "it" says which is meant.
    """
    zh = language == "zh"
    if bond.kind.startswith("products"):
        title = bond.anchor.title_in("zh" if zh else "en")
        short = title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
        name = ("它" if zh else "it") if single else short
    else:
        word = type_word(bond.anchor, "zh" if zh else "en", lexicon)
        if word is None:
            return None
        name = word
    told = " it" if name == "it" else f": {name}"
    match bond.kind:
        case "products bought" | "types bought":
            return (
                f"本店常与{name}一起买（{bond.of}单中{bond.together}单）"
                if zh
                else (f"often bought here with{told} ({bond.together} of {bond.of} orders)")
            )
        case "products carted" | "types carted":
            return (
                f"本店常与{name}放进同一购物车（{bond.of}次中{bond.together}次）"
                if zh
                else (f"often in one cart here with{told} ({bond.together} of {bond.of} carts)")
            )
        case "known":
            return f"适合搭配{name}" if zh else f"goes with: {name}"
