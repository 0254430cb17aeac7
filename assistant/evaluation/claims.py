"""How well the claim check tells what a record supports: labelled texts held against its verdicts, span by span.

Knows labelled cases and how a verdict is compared with a label. Does not know how claims are recognised or decided: it
is handed a checker.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from assistant import metrics
from assistant.generation.claim import Claim
from assistant.generation.evidence import Evidence
from assistant.generation.surface import reply_sentences
from assistant.labelled.claims import ClaimCase, Planted, read_claim_cases
from assistant.types import Product, ReplyLanguage

_RESAMPLES = 2000

__all__ = [
    "ClaimCase",
    "Judged",
    "Planted",
    "claim_figures",
    "claim_table",
    "measure_claims",
    "misjudged",
    "read_claim_cases",
]


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and the unsupported claims that were found in its text, at positions of the text; ``ms`` for all."""

    case: ClaimCase
    claims: tuple[Claim, ...]
    ms: float

    @property
    def found(self) -> tuple[bool, ...]:
        """For each planted error, whether a claim overlaps it."""
        return tuple(any(_overlap(p, c) for c in self.claims) for p in self.case.planted)

    @property
    def right(self) -> tuple[bool, ...]:
        """For each claim, whether it overlaps a planted error."""
        return tuple(any(_overlap(p, c) for p in self.case.planted) for c in self.claims)


class Checker(Protocol):
    """What is measured."""

    def unsupported(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Claim]:
        """The claims of one sentence that nothing supports."""
        ...


ReadRecord = Callable[[Product, ReplyLanguage], Evidence]
"""Makes the evidence of a record, as it is told in a language."""


def measure_claims(cases: Sequence[ClaimCase], read: ReadRecord, checker: Checker) -> list[Judged]:
    """Check every text once, sentence by sentence, as the writer does.

    The time of a text is that of its sentences; reading the record is not in it, as a reply reads it once.
    """
    if cases:
        # The first call fills caches of the word tables; a text of its own keeps the others cold.
        first = cases[0]
        checker.unsupported(f"{first.text} {cases[-1].text}", read(first.product, "en"), "", "en")
    judged = []
    for case in cases:
        evidence = read(case.product, case.language)
        began = time.perf_counter()
        claims = [
            _moved(claim, start)
            for start, sentence in reply_sentences(case.text)
            for claim in checker.unsupported(sentence, evidence, case.request, case.language)
        ]
        judged.append(Judged(case, tuple(claims), (time.perf_counter() - began) * 1000))
    return judged


def claim_figures(judged: Sequence[Judged], *, seed: int = 0) -> dict[str, Any]:
    """All figures of a run, ready for JSON; shares are of 1, ``None`` of nothing.

    ``recall`` is the share of planted errors that a claim overlaps, ``precision`` the share of claims that overlap a
    planted error, both with a 95 % percentile bootstrap over the cases. ``phrase_precision`` counts neighbouring claims
    of one phrase once: a long planted phrase does not weigh more than a short one. ``false_alarms`` is the share of
    wholly true texts in which something was marked.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Raises:
        ValueError: there is nothing to measure.
    """
    if not judged:
        raise ValueError("there is nothing to measure: no case was given")
    took = [one.ms for one in judged]
    kinds = sorted({p.kind for one in judged for p in one.case.planted})
    return {
        **_figures(judged, seed),
        "languages": {
            language: _figures([one for one in judged if one.case.language == language], seed)
            for language in sorted({one.case.language for one in judged})
        },
        "kinds": {kind: _of_kind(judged, kind) for kind in kinds},
        "marks": _marks(judged),
        "ms_p50": round(metrics.percentile(took, 50), 3),
        "ms_p99": round(metrics.percentile(took, 99), 3),
    }


def claim_table(figures: Mapping[str, Any]) -> list[str]:
    """The figures as two tables: a row a language, and a row a kind of error."""
    lines = [
        "| language | texts | recall | 95 % | precision | 95 % | false alarms on true texts |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in {**figures["languages"], "**all**": figures}.items():
        cells = [_share(row["recall"]), _interval(row["recall_95"]), _share(row["precision"])]
        cells += [_interval(row["precision_95"]), f"{row['false_alarms']} of {row['true_texts']}"]
        lines.append(f"| {name} | {row['texts']} | " + " | ".join(cells) + " |")
    lines += ["", "| kind | planted | found | recall | en | zh |", "|---|---|---|---|---|---|"]
    for kind, row in figures["kinds"].items():
        by_language = [_share(row["languages"].get(language)) for language in ("en", "zh")]
        cells = [str(row["planted"]), str(row["found"]), _share(row["recall"]), *by_language]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def misjudged(judged: Iterable[Judged]) -> Iterable[str]:
    """One line for each planted error that was not found and each claim that is none."""
    for one in judged:
        shown = f"{one.case.id} {one.case.language}"
        for planted, found in zip(one.case.planted, one.found, strict=True):
            if not found:
                span = one.case.text[planted.start : planted.end]
                yield f"{shown} missed {planted.kind}: {json.dumps(span, ensure_ascii=False)}"
        for claim, right in zip(one.claims, one.right, strict=True):
            if not right:
                told = json.dumps(claim.text, ensure_ascii=False)
                where = json.dumps(one.case.text, ensure_ascii=False)[:200]
                yield f"{shown} false {claim.kind} ({claim.reason}): {told} in {where}"


def _figures(judged: Sequence[Judged], seed: int) -> dict[str, Any]:
    planted = np.array([len(one.found) for one in judged], dtype=np.float64)
    found = np.array([sum(one.found) for one in judged], dtype=np.float64)
    marked = np.array([len(one.right) for one in judged], dtype=np.float64)
    right = np.array([sum(one.right) for one in judged], dtype=np.float64)
    phrases = [_phrases(one) for one in judged]
    true = [one for one in judged if not one.case.planted]
    alarmed = sum(bool(one.claims) for one in true)
    draws = np.random.default_rng(seed).integers(0, len(judged), (_RESAMPLES, len(judged)))
    return {
        "texts": len(judged),
        "planted": int(planted.sum()),
        "marked": int(marked.sum()),
        "recall": _ratio(found.sum(), planted.sum()),
        "recall_95": _bounds(found[draws].sum(axis=1), planted[draws].sum(axis=1)),
        "precision": _ratio(right.sum(), marked.sum()),
        "precision_95": _bounds(right[draws].sum(axis=1), marked[draws].sum(axis=1)),
        "phrase_precision": _ratio(sum(r for r, _ in phrases), sum(n for _, n in phrases)),
        "true_texts": len(true),
        "false_alarms": alarmed,
        "false_alarm_rate": _ratio(alarmed, len(true)),
    }


def _phrases(one: Judged) -> tuple[int, int]:
    """``(right, all)`` where claims on the same planted errors are one, and neighbouring claims on none are one."""
    hit = {p.start for p, found in zip(one.case.planted, one.found, strict=True) if found}
    wrong = sorted((c.start, c.end) for c, right in zip(one.claims, one.right, strict=True) if not right)
    runs, reach = 0, -1
    for start, end in wrong:
        runs += not (reach >= 0 and not one.case.text[reach:start].strip())
        reach = max(reach, end)
    return len(hit), len(hit) + runs


def _marks(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """How many claims of each kind were marked, and how many of them rightly."""
    out: dict[str, dict[str, int]] = {}
    for one in judged:
        for claim, right in zip(one.claims, one.right, strict=True):
            row = out.setdefault(claim.kind, {"marked": 0, "right": 0})
            row["marked"] += 1
            row["right"] += right
    return dict(sorted(out.items()))


def _of_kind(judged: Sequence[Judged], kind: str) -> dict[str, Any]:
    verdicts = [
        (one.case.language, found)
        for one in judged
        for planted, found in zip(one.case.planted, one.found, strict=True)
        if planted.kind == kind
    ]
    found = sum(hit for _, hit in verdicts)
    by_language = {
        language: _ratio(
            sum(hit for told, hit in verdicts if told == language), sum(told == language for told, _ in verdicts)
        )
        for language in sorted({told for told, _ in verdicts})
    }
    return {
        "planted": len(verdicts),
        "found": found,
        "recall": _ratio(found, len(verdicts)),
        "languages": by_language,
    }


def _moved(claim: Claim, by: int) -> Claim:
    """The claim at its place in the whole text."""
    return replace(claim, start=claim.start + by, end=claim.end + by)


def _overlap(planted: Planted, claim: Claim) -> bool:
    return claim.start < planted.end and planted.start < claim.end


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part) / float(whole), 4) if whole else None


def _bounds(part: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> list[float] | None:
    known = whole > 0
    if not known.any():
        return None
    low, high = np.percentile(part[known] / whole[known], [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(bounds: Sequence[float] | None) -> str:
    return "-" if bounds is None else f"{bounds[0]:.3f}–{bounds[1]:.3f}"
