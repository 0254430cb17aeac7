"""Written recommendations with slots, and records to write about: read strictly, every bad line named.

Knows the two line formats, the rules a written example keeps, and how examples divide by record. Does not know how a
prompt shows a record, nor what is trained on the examples.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from assistant.catalog import parse_row
from assistant.errors import CatalogError
from assistant.generation.slots import HAN, SLOT, slots_of
from assistant.generation.writer import card_for
from assistant.labelled.lines import Lines, read_lines, text_of
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

LENGTHS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "en": {"short": (12, 22), "medium": (22, 42), "long": (42, 65)},
    "zh": {"short": (18, 35), "medium": (35, 65), "long": (65, 100)},
}
"""Words of English and characters of Chinese that a length instruction asks for, both ends included."""

_SLOT_CHARACTERS = 4
_NOT_COUNTED = re.compile(r"[\s，。、；：！？,.!?:;\"'“”‘’（）()—…·]")
_NO_FOCUS = "none"


@dataclass(frozen=True, slots=True)
class Wish:
    """A record and what a shopper asked: what a recommendation is written for."""

    id: str
    language: ReplyLanguage
    request: str
    product: Product


@dataclass(frozen=True, slots=True)
class BlurbExample:
    """A wish, the instructions a writer was given (``style``, ``length``, ``focus``), and what was written."""

    wish: Wish
    instructions: Mapping[str, str]
    blurb: str


def read_wishes(path: Path) -> Lines[Wish]:
    """The lines ``{"id","language","request","product"}`` of a file.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(path, _wish, wanted='{"id","language","request","product"}')


def read_blurbs(path: Path, lexicon: Lexicon) -> Lines[BlurbExample]:
    """The examples of a file; one that breaks a rule is left out and named.

    The rules: the language's script, no digit outside slots, every slot one that the record offers in that language,
    and the length that the instructions ask for.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(
        path, partial(_example, lexicon), wanted='{"id","language","request","instructions","product","blurb"}'
    )


def held_out(examples: Sequence[BlurbExample], share: float) -> tuple[list[BlurbExample], list[BlurbExample]]:
    """``(training, held-out)``: a record goes whole to one side, the same one whatever else the file holds."""
    sides: tuple[list[BlurbExample], list[BlurbExample]] = ([], [])
    for example in examples:
        place = int(hashlib.sha256(example.wish.product.sku.encode()).hexdigest()[:8], 16) / 0x100000000
        sides[place < share].append(example)
    return sides


def length_of(text: str, language: ReplyLanguage) -> int:
    """Words of an English text or characters of a Chinese one; a slot counts as one word or four characters."""
    if language == "en":
        return len(SLOT.sub("slot", text).split())
    return len(_NOT_COUNTED.sub("", SLOT.sub("字" * _SLOT_CHARACTERS, text)))


def _wish(record: Mapping[str, Any]) -> Wish:
    language = record.get("language")
    if language not in ("en", "zh"):
        raise ValueError(f"'language' must be en or zh, got {language!r}")
    try:
        product = parse_row(record.get("product"))
    except CatalogError as error:
        raise ValueError(f"'product': {error}") from error
    return Wish(text_of(record, "id"), language, text_of(record, "request"), product)


def _example(lexicon: Lexicon, record: Mapping[str, Any]) -> BlurbExample:
    wish = _wish(record)
    stated = record.get("instructions")
    if not isinstance(stated, dict) or set(stated) != {"style", "length", "focus"}:
        raise ValueError("'instructions' must hold style, length and focus, and nothing else")
    instructions = {k: _NO_FOCUS if k == "focus" and v is None else v for k, v in stated.items()}
    if not all(isinstance(v, str) and v.strip() and "\n" not in v for v in instructions.values()):
        raise ValueError("'instructions': wanted one line of text each, or no focus")
    bands = LENGTHS[wish.language]
    if instructions["length"] not in bands:
        raise ValueError(f"'length' must be one of {', '.join(bands)}, got {instructions['length']!r}")
    blurb = text_of(record, "blurb")
    _check(blurb, wish, bands[instructions["length"]], lexicon)
    return BlurbExample(wish, instructions, blurb)


def _check(blurb: str, wish: Wish, band: tuple[int, int], lexicon: Lexicon) -> None:
    bare = SLOT.sub("", blurb)
    if "\n" in blurb or blurb != blurb.strip():
        raise ValueError("'blurb' must be one line without white space around it")
    if re.search(r"\d", bare):
        raise ValueError("'blurb' holds a digit outside slots")
    if bool(HAN.search(bare)) != (wish.language == "zh"):
        raise ValueError(f"'blurb' is not in the language '{wish.language}'")
    slots = slots_of(card_for(wish.product, wish.language), wish.language, lexicon)
    if unknown := slots.unknown(blurb):
        raise ValueError(f"'blurb' uses {', '.join(unknown)}, which its record does not offer in {wish.language}")
    low, high = band
    if not low <= (n := length_of(blurb, wish.language)) <= high:
        raise ValueError(f"'blurb' has length {n}; its instruction asks for {low} to {high}")
