"""Which statements of a record speak against a product: limits, faults, what is missing, what asks for care.

Knows turns of phrase in English and Chinese, from a table. Does not know the product: what is praise for one thing and
a fault in another ("thin", "soft") is told only where the words around it complain. Made for precision: a good thing
that is introduced with "note that" reads worse than a drawback told as a plain fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from assistant.errors import ConfigurationError
from assistant.lexicon.text import HAN, fold

_KINDS = ("harmless", "against", "burden", "unwanted", "fault")
_ATTRIBUTE = re.compile(r"([^:,.;，。；]+): *(?:(no|none|false|否|无|没有|不)|(yes|true|是|有))")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """What one language says: each pattern joins the rows of one kind."""

    harmless: re.Pattern[str]
    against: re.Pattern[str]
    burden: re.Pattern[str]
    unwanted: re.Pattern[str]


def is_drawback(text: str) -> bool:
    """Whether a statement about a product says something that a shopper may mind.

    Args:
        text: one clause or sentence of a description, or a phrased attribute ("charger included: no", "防水：否"),
            English or Chinese. It is read as Chinese where it has a Han character.
    """
    folded = fold(text).strip(" .!。！")
    phrases = _phrases("zh" if HAN.search(folded) else "en")
    if attribute := _ATTRIBUTE.fullmatch(folded):
        name, absent = attribute[1].replace("_", " "), attribute[2] is not None
        burden = bool(phrases.burden.search(name))
        if absent:
            return not burden and not phrases.unwanted.search(name)
        folded = name
        if burden:
            return True
    # Most statements have nothing of the kind: what only looks negative is taken out of the few that do.
    return bool(phrases.against.search(folded) and phrases.against.search(phrases.harmless.sub(" ; ", folded)))


@cache
def _phrases(language: Literal["en", "zh"]) -> _Phrases:
    rows: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    table = files("assistant.generation").joinpath("drawbacks.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(table.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != 3 or columns[0] not in ("en", "zh") or columns[1] not in _KINDS:
            raise ConfigurationError(
                f"drawbacks.tsv, line {number}: {line[:60]!r} is not a language (en, zh), "
                f"a kind ({', '.join(_KINDS)}) and a pattern"
            )
        if columns[0] == language:
            rows[columns[1]].append(columns[2])
    fault = "|".join(rows["fault"])
    edge = r"\b" if language == "en" else ""
    joined = {k: re.compile(f"{edge}(?:{'|'.join(v).replace('{fault}', fault)}){edge}") for k, v in rows.items()}
    return _Phrases(joined["harmless"], joined["against"], joined["burden"], joined["unwanted"])
