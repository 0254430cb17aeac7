"""How well generators write recommendations: truth before the check, what the check had to do, language, speed.

Knows records with requests, and what a finished recommendation says of itself. Does not know which models there are,
nor how one is loaded.

What is measured is the model's own text, before the check and with slots open, except length, which is that of the
text as shown. "Addressed" is a simple measure: of the requests that name something beside a product type (a property,
a use, a person, a place), the share whose text takes up at least one of those, by concept in either language or by
word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import rjieba

from assistant.generation.slots import HAN, SLOT
from assistant.generation.vocabulary import Vocabulary, english_words, stems
from assistant.generation.writer import BlurbWriter, card_for
from assistant.labelled.blurbs import Wish, length_of
from assistant.types import Claims
from assistant.weights import Progress

BANDS: Mapping[str, tuple[int, int]] = {"en": (20, 60), "zh": (30, 90)}
"""Words or characters that a recommendation as shown should have."""

_DRAWS = 1000
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")

# What is quoted.
_QUOTATION = re.compile(r"“[^“”]*”")


@dataclass(frozen=True, slots=True)
class Written:
    """One recommendation and what can be said of it. ``raw`` are the model's sentences; times are milliseconds."""

    wish: Wish
    text: str
    raw: tuple[str, ...]
    claims: Claims
    unsupported: int
    addressed: bool | None
    tokens: int
    first_token: float | None
    ms: float

    @property
    def said(self) -> str:
        """The model's text as one."""
        return ("" if self.wish.language == "zh" else " ").join(self.raw)

    @property
    def replaced(self) -> bool:
        """Whether nothing of the model's is left."""
        return self.claims.replaced >= len(self.raw)

    @property
    def right_language(self) -> bool:
        """Whether the model kept to the language: English without Han, Chinese with more Han than Latin letters.

        What a reply marks as a quotation of the listing may be in the listing's own language.
        """
        bare = _QUOTATION.sub("", SLOT.sub("", self.said)).lower()
        han = len(HAN.findall(bare))
        return han == 0 if self.wish.language == "en" else han > sum(c in _LATIN for c in bare)

    def to_dict(self) -> dict[str, Any]:
        """One line for whoever reads the texts."""
        return {
            "id": self.wish.id,
            "language": self.wish.language,
            "request": self.wish.request,
            "raw": list(self.raw),
            "text": self.text,
            "unsupported": self.unsupported,
            "repaired": self.claims.repaired,
            "replaced": self.claims.replaced,
            "addressed": self.addressed,
            "ms": round(self.ms, 1),
        }


class Wants:
    """Decides whether a text takes up what a request names."""

    def __init__(self, writer: BlurbWriter) -> None:
        self._reader = writer.checker.reader
        self._vocabulary = Vocabulary.load()

    def addressed(self, wish: Wish, text: str, type_words: frozenset[str]) -> bool | None:
        """``None`` where the request names nothing but a product type."""
        concepts = {c for c in self._reader.concepts(wish.request) if not c.startswith("product:")}
        words = self._words(wish.request) - type_words
        segments = {s for s in self._segments(wish.request) if s not in wish.product.title}
        if not concepts and not words and not segments:
            return None
        return bool(
            concepts & self._reader.concepts(text) or words & self._words(text) or any(s in text for s in segments)
        )

    def _words(self, text: str) -> set[str]:
        found = [w for w, _, _ in english_words(SLOT.sub(" ", text)) if len(w) > 2 and not self._vocabulary.allows(w)]
        return {form for word in found for form in stems(word)}

    def _segments(self, text: str) -> set[str]:
        cut = [s for s in rjieba.cut(text) if len(s) > 1 and HAN.match(s)]
        return {s for s in cut if s not in self._vocabulary.zh}


def write_all(
    writer: BlurbWriter, wishes: Sequence[Wish], *, what: str, progress: Progress, at_once: int = 1
) -> list[Written]:
    """A recommendation for every wish, as the shop would write it.

    ``at_once`` are written together; only one by one do their times tell how long a reader would wait.

    Raises:
        GenerationError: the model failed.
    """
    wants = Wants(writer)
    writer.warm()
    out: list[Written] = []
    with ThreadPoolExecutor(at_once) as pool:
        waiting = [pool.submit(_write, writer, wants, wish) for wish in wishes]
        try:
            for number, made in enumerate(waiting):
                progress(what, number / len(wishes))
                out.append(made.result())
        finally:
            for made in waiting:
                made.cancel()
    progress(what, 1.0)
    return out


def _write(writer: BlurbWriter, wants: Wants, wish: Wish) -> Written:
    language = wish.language
    card = card_for(wish.product, language)
    evidence = writer.evidence(card, language)
    began = perf_counter()
    with writer.begin(card, wish.request, language) as run:
        shown = list(run)
    took = (perf_counter() - began) * 1000
    space = "" if language == "zh" else " "
    false = [writer.checker.unsupported(s, evidence, wish.request, language) for s in run.raw]
    return Written(
        wish,
        space.join(shown),
        run.raw,
        run.claims,
        sum(len(found) for found in false),
        wants.addressed(wish, space.join(run.raw), evidence.type_words),
        run.tokens,
        run.first_token_ms,
        took,
    )


def blurb_figures(written: Sequence[Written], *, seed: int = 13) -> dict[str, Any]:
    """The figures of one generator over a set; shares are of 1, times milliseconds, rates tokens a second."""
    sentences = sum(len(w.raw) for w in written)
    counted = [w.addressed for w in written if w.addressed is not None]
    waits = [w.first_token for w in written if w.first_token is not None]
    busy = sum(w.ms - (w.first_token or 0.0) for w in written) / 1000
    figures: dict[str, Any] = {
        "blurbs": len(written),
        "unsupported_per_100": round(100 * _mean([w.unsupported for w in written]), 1),
        "unsupported_per_100_interval": _interval([100.0 * w.unsupported for w in written], seed),
        "true_as_written": _mean([w.unsupported == 0 for w in written]),
        "sentences_repaired": round(sum(w.claims.repaired for w in written) / max(1, sentences), 4),
        "sentences_replaced": round(sum(w.claims.replaced for w in written) / max(1, sentences), 4),
        "blurbs_replaced": _mean([w.replaced for w in written]),
        "unsupported_as_shown": sum(w.claims.unsupported for w in written),
        "right_language": _mean([w.right_language for w in written]),
        "request_addressed": _mean(counted),
        "request_addressed_interval": _interval([float(a) for a in counted], seed),
        "requests_counted": len(counted),
        "in_length": _mean([_in_length(w) for w in written]),
        "tokens": _mean([w.tokens for w in written]),
        "first_token_p50": _percentile(waits, 50),
        "ms_p50": _percentile([w.ms for w in written], 50),
        "ms_p95": _percentile([w.ms for w in written], 95),
        "tokens_per_second": round(sum(w.tokens for w in written) / busy, 1) if busy > 0 else 0.0,
    }
    for language in ("en", "zh"):
        texts = [w.said for w in written if w.wish.language == language]
        lengths = [length_of(w.text, w.wish.language) for w in written if w.wish.language == language]
        figures[f"distinct_{language}"] = [distinct(texts, language, n) for n in (1, 2)]
        figures[f"length_{language}"] = _mean(lengths)
    return figures


def by_language(written: Sequence[Written]) -> dict[str, dict[str, Any]]:
    """The figures of each language that occurs."""
    found = {w.wish.language for w in written}
    return {one: blurb_figures([w for w in written if w.wish.language == one]) for one in sorted(found)}


def distinct(texts: Iterable[str], language: str, n: int) -> float:
    """Different runs of ``n`` words among all of a set's; slots count as words, punctuation does not.

    Source: Li et al., A Diversity-Promoting Objective Function (NAACL 2016), distinct-n.
    """
    seen: set[tuple[str, ...]] = set()
    count = 0
    for text in texts:
        words = [w for w in rjieba.cut(text) if w.strip() and (w[0].isalnum())] if language == "zh" else (
            [w for w in (part.strip(".,;:!?'\"()").lower() for part in text.split()) if w]
        )  # fmt: skip
        runs = list(zip(*(words[i:] for i in range(n)), strict=False))
        seen.update(runs)
        count += len(runs)
    return round(len(seen) / count, 3) if count else 0.0


def blurb_table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A Markdown table, one line a generator."""
    out = [
        "| generator | unsupported per 100, before the check | sentences repaired | replaced | blurbs replaced | "
        "right language | request addressed | distinct-1/2 en | zh | words en | characters zh | in length | "
        "first token ms | ms p50 | p95 | tokens/s |",
        "|---|" + "---|" * 15,
    ]
    for name, f in rows.items():
        low, high = f["unsupported_per_100_interval"]
        cells = [
            name,
            f"{f['unsupported_per_100']:.0f} ({low:.0f}–{high:.0f})",
            *(f"{100 * f[k]:.1f} %" for k in ("sentences_repaired", "sentences_replaced", "blurbs_replaced")),
            *(f"{100 * f[k]:.1f} %" for k in ("right_language", "request_addressed")),
            *("/".join(f"{v:.2f}" for v in f[f"distinct_{language}"]) for language in ("en", "zh")),
            *(f"{f[f'length_{language}']:.0f}" for language in ("en", "zh")),
            f"{100 * f['in_length']:.1f} %",
            *(f"{f[k]:.0f}" for k in ("first_token_p50", "ms_p50", "ms_p95")),
            f"{f['tokens_per_second']:.0f}",
        ]
        out.append("| " + " | ".join(cells) + " |")
    return out


def text_lines(name: str, written: Sequence[Written]) -> list[str]:
    """JSON lines of the texts, for reading them one by one."""
    return [json.dumps({"generator": name, **w.to_dict()}, ensure_ascii=False) for w in written]


def _in_length(written: Written) -> bool:
    low, high = BANDS[written.wish.language]
    return low <= length_of(written.text, written.wish.language) <= high


def _mean(values: Sequence[float | int | bool]) -> float:
    return round(float(np.mean([float(v) for v in values])), 4) if values else 0.0


def _percentile(values: Sequence[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 1) if values else 0.0


def _interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """A 95 % interval of the mean by resampling."""
    if not values:
        return 0.0, 0.0
    table = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(table), size=(_DRAWS, len(table)))
    low, high = np.percentile(table[draws].mean(axis=1), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
