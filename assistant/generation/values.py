"""Words of a record in the other language: a table first, then what the lexicon holds for one word and one sense.

Knows the table beside this file. Does not know numbers, units or sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from assistant.errors import ConfigurationError
from assistant.lexicon import Concept, Lexicon
from assistant.types import ReplyLanguage

# Kinds whose words mean one thing wherever they stand. "Top", "pump" and "cable" are products, or something else.
_PLAIN = frozenset(
    "animal audience certification diet feature fit flavour gemstone material occasion pattern place power room season "
    "shape skin style taste technology wood".split()
)
# Where something is tasted, smelt or contained, the word for a fruit is that fruit.
_FOODS = frozenset(
    "aliases base_notes contains fillings flavor flavour flavours fragrance fruit ingredients key_ingredient "
    "main_protein may_contain mix notes nuts protein_source scent sweetener top_notes".split()
)


def translated(
    text: str,
    language: ReplyLanguage,
    lexicon: Lexicon,
    *,
    key: str = "",
    kind: str | None = None,
    broadly: bool = False,
) -> str | None:
    """A word or phrase in a language, or ``None`` where it has no equal there.

    Args:
        text: in the other language.
        language: to be put into.
        lexicon: words of both languages.
        key: the attribute it is the value of, without its unit.
        kind: only as a word of this kind: of the table's ``color`` and ``category``, or of the lexicon's.
        broadly: also by the first word of what it is a kind of.
    """
    if (said := _said(text, language, kind or key, anywhere=kind is None)) is not None:
        return said or None
    for concept in lexicon.named(text):
        forms = concept.zh if language == "zh" else concept.en
        if not forms or concept.kind == "brand" or kind not in (None, concept.kind):
            continue
        if broadly or _equal(text, concept, language, key):
            return forms[0]
    return None


def is_name(text: str, concept: Concept, language: ReplyLanguage) -> bool:
    """Whether a text, to be put into ``language``, names a concept: by its first form; others may be kinds of it."""
    own = concept.en if language == "zh" else concept.zh
    return own[:1] == (text.lower() if language == "zh" else text,)


def _equal(text: str, concept: Concept, language: ReplyLanguage, key: str) -> bool:
    if concept.kind not in _PLAIN and not (concept.kind == "product" and key in _FOODS):
        return False
    return is_name(text, concept, language)


def _said(text: str, language: ReplyLanguage, key: str, *, anywhere: bool) -> str | None:
    rows = _table().get((language, text.strip().lower()), {})
    return rows.get(key, rows.get("*") if anywhere else None)


@cache
def _table() -> Mapping[tuple[str, str], Mapping[str, str]]:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    text = files("assistant.generation").joinpath("values.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in ("en", "zh") or not all(cells):
            raise ConfigurationError(
                f"values.tsv, line {number}: {line[:60]!r} is not a language (en, zh), attributes (* for any), a "
                "word and what is said (- for nothing)"
            )
        for key in cells[1].split(","):
            row = rows.setdefault((cells[0], cells[2].lower()), {})
            if key in row:
                raise ConfigurationError(f"values.tsv, line {number}: {cells[2]!r} is there twice for {key!r}")
            row[key] = "" if cells[3] == "-" else cells[3]
    return MappingProxyType(rows)
