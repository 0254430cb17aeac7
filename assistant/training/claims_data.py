"""Labelled texts as what the learned claim check is trained on: sentences beside records, a label a token.

Knows the files of labelled texts and of records, and how a marked phrase becomes labels of tokens. Does not know
networks.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.catalog.rows import product_from_record
from assistant.errors import TrainingError
from assistant.generation.support import Cutter
from assistant.generation.support_text import record_text
from assistant.generation.surface import reply_sentences
from assistant.types import Product, ReplyLanguage

IGNORED = -1
_WORD = re.compile(r"[a-z]{4,}|[\u3400-\u9fff]{2}")


@dataclass(frozen=True, slots=True)
class Text:
    """A labelled text: ``marked`` are the stretches ``[start, end)`` that the record does not support."""

    id: str
    writer: str
    language: ReplyLanguage
    request: str
    product: Product
    text: str
    marked: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence as token ids with a label each: 1 unsupported, 0 not, ``IGNORED`` unknown or no part of it."""

    record: int
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    text: int
    start: int
    spans: tuple[tuple[int, int], ...]


def read_texts(path: Path, records: Mapping[str, Mapping[str, Any]]) -> list[Text]:
    """The texts of a file; a line has its ``product`` or the ``sku`` of one of ``records``.

    Raises:
        TrainingError: a line cannot be read, or names an unknown record.
    """
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            product = product_from_record(row["product"] if "product" in row else records[row["sku"]])
            text = row["text"]
            marked = []
            for one in row.get("unsupported", ()):
                start = one.get("start", text.find(one["span"]))
                if text[start : start + len(one["span"])] != one["span"]:
                    raise ValueError(f"the span '{one['span']}' does not stand in the text")
                marked.append((start, start + len(one["span"])))
            language: ReplyLanguage = "zh" if row["language"] == "zh" else "en"
            writer = str(row.get("writer", path.stem))
            out.append(Text(row["id"], writer, language, row["request"], product, text, tuple(marked)))
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{path}:{number} is no labelled text ({error}); mend or leave out the line") from error
    return out


def units_of(
    texts: Sequence[Text], cutter: Cutter, *, others: bool = False, seed: int = 0
) -> tuple[list[list[int]], list[Unit]]:
    """``(records, units)``: the token ids of every record, and the sentences beside them.

    ``others`` sets true texts also beside the record of another product of the same type: what only the own record has
    is then unsupported, what both have is not, and of the rest nothing is known.
    """
    records: list[list[int]] = []
    number: dict[str, int] = {}
    units: list[Unit] = []

    def place(product: Product) -> int:
        key = record_text(product)
        if key not in number:
            number[key] = len(records)
            records.append(cutter.record(key))
        return number[key]

    for i, one in enumerate(texts):
        row = place(one.product)
        for start, sentence in reply_sentences(one.text):
            ids, offset, spans = cutter.sentence(one.request, sentence, one.language)
            hit = [int(any(a < start + e and start + s < b for a, b in one.marked)) for s, e in spans]
            labels = [IGNORED] * offset + [h if e > s else IGNORED for h, (s, e) in zip(hit, spans, strict=True)]
            units.append(Unit(row, tuple(ids), (*labels, IGNORED), i, start, tuple(spans)))
    if others:
        units += _beside_others(texts, cutter, place, random.Random(seed))
    return records, units


def _beside_others(
    texts: Sequence[Text], cutter: Cutter, place: Callable[[Product], int], rng: random.Random
) -> Iterable[Unit]:
    kinds: dict[str, list[Product]] = {}
    for one in texts:
        known = kinds.setdefault(one.product.category[0] if one.product.category else "", [])
        if all(p.sku != one.product.sku for p in known):
            known.append(one.product)
    for i, one in enumerate(texts):
        near = [
            p
            for p in kinds[one.product.category[0] if one.product.category else ""]
            if p.sku != one.product.sku and p.title != one.product.title
        ]
        if one.marked or not near:
            continue
        same = [p for p in near if p.type == one.product.type]
        other = rng.choice(same or near)
        own, its = _words(record_text(one.product)), _words(record_text(other))
        for start, sentence in reply_sentences(one.text):
            ids, offset, spans = cutter.sentence(one.request, sentence, one.language)
            label = [IGNORED] * len(sentence)
            for word, at in _found(sentence):
                if word in own:
                    label[at : at + len(word)] = [int(word not in its)] * len(word)
            got = [max(label[s:e], default=IGNORED) for s, e in spans]
            if 1 in got:
                labels = (*([IGNORED] * offset), *got, IGNORED)
                yield Unit(place(other), tuple(ids), labels, -1 - i, start, tuple(spans))


def _found(text: str) -> Iterable[tuple[str, int]]:
    low = text.lower()
    for m in re.finditer(r"[a-z]{4,}", low):
        yield m.group(), m.start()
    for i in range(len(low) - 1):
        if re.fullmatch(r"[\u3400-\u9fff]{2}", low[i : i + 2]):
            yield low[i : i + 2], i


def _words(text: str) -> set[str]:
    return {word for word, _ in _found(text)}
