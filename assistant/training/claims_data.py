"""Labelled texts as what the learned claim check is trained on: sentences beside records, a label a token.

Knows the files of labelled texts and of records, and how a marked phrase becomes labels of tokens. Does not know
networks.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import TrainingError
from assistant.generation.support import Cutter
from assistant.generation.support_text import record_text
from assistant.generation.surface import reply_sentences
from assistant.labelled.claims import ClaimCase, read_claim_cases
from assistant.types import Product

IGNORED = -1
_WORD = re.compile(r"[a-z]{4,}|[\u3400-\u9fff]{2}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence as token ids with a label each: 1 unsupported, 0 not, ``IGNORED`` unknown or no part of it."""

    record: int
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    text: int
    start: int
    spans: tuple[tuple[int, int], ...]


def read_texts(path: Path, records: Mapping[str, Mapping[str, Any]]) -> list[ClaimCase]:
    """The texts of a file; a line has its ``product`` or the ``sku`` of one of ``records``.

    Raises:
        TrainingError: a line cannot be read, or names an unknown record.
    """
    read = read_claim_cases(path, records)
    if read.problems:
        raise TrainingError(f"{path}: {'; '.join(read.problems[:3])}; mend or leave out the line")
    return list(read.lines)


def units_of(
    texts: Sequence[ClaimCase], cutter: Cutter, *, others: bool = False, seed: int = 0
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
            hit = [int(any(p.start < start + e and start + s < p.end for p in one.planted)) for s, e in spans]
            labels = [IGNORED] * offset + [h if e > s else IGNORED for h, (s, e) in zip(hit, spans, strict=True)]
            units.append(Unit(row, tuple(ids), (*labels, IGNORED), i, start, tuple(spans)))
    if others:
        units += _beside_others(texts, cutter, place, random.Random(seed))
    return records, units


def _beside_others(
    texts: Sequence[ClaimCase], cutter: Cutter, place: Callable[[Product], int], rng: random.Random
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
        if one.planted or not near:
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
