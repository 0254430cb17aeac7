"""The learned side of the claim check: which words a small network doubts, and what follows for the rules.

Knows how a sentence is put before the compiled network, and how its doubts and the claims of the rules become one list.
Does not know how the network was trained, nor what the rules are.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.encoder.sentence import clean_text
from assistant.errors import WeightsError
from assistant.generation.claim import Claim
from assistant.generation.evidence import Evidence
from assistant.generation.support_text import (
    RECORD_TOKENS,
    SENTENCE_TOKENS,
    WISH_TOKENS,
    filled,
    record_text,
    wish_text,
)
from assistant.types import ReplyLanguage

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from assistant.generation.support_compiled import CompiledSupport

Floats = npt.NDArray[np.float32]
Spans = list[tuple[int, int]]

CARD, FORMAT = "support.json", 1
_RECORDS = 64
# A stretch goes on as far as tokens are doubted this much of what begins one.
_WEAKER = 0.4
#: What the rules decide by looking a value up; a network that paraphrases has nothing to add.
EXACT = frozenset(("slot", "number", "promise", "superlative", "comparative", "brand", "color", "language"))
_REASON = "read beside the record, nothing in it says this"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of a sentence and how likely it is that the record does not support it."""

    start: int
    end: int
    chance: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a doubt decides: below ``keep`` a claim of the rules falls, from ``add`` on it is a claim by itself."""

    keep: float
    add: float


class Support(Protocol):
    """Who reads a sentence beside its record."""

    @property
    def bounds(self) -> Bounds:
        """Where its doubts decide."""
        ...

    def doubts(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Doubt]:
        """One entry a token of the sentence, from left to right; none of filled slots."""
        ...


def combined(claims: Sequence[Claim], doubts: Sequence[Doubt], sentence: str, bounds: Bounds) -> list[Claim]:
    """The claims of rules and network together: see :class:`Bounds`; what the rules decide exactly stays as it is."""
    out = []
    for claim in claims:
        hit = max((d.chance for d in doubts if d.start < claim.end and claim.start < d.end), default=1.0)
        if claim.supported or claim.kind in EXACT or hit >= bounds.keep:
            out.append(claim)
    ruled = [c for c in out if not c.supported]
    for start, end in runs(doubts, sentence, bounds.add):
        if not any(c.start < end and start < c.end for c in ruled):
            out.append(Claim("word", sentence[start:end], start, end, False, _REASON))
    return out


def runs(doubts: Sequence[Doubt], sentence: str, add: float) -> Spans:
    """Stretches that hold a doubt of ``add`` or more, with the weaker doubts right beside it."""
    out: list[list[Doubt]] = []
    for one in doubts:
        if one.chance < add * _WEAKER:
            continue
        if out and not sentence[out[-1][-1].end : one.start].strip():
            out[-1].append(one)
        else:
            out.append([one])
    return [(run[0].start, run[-1].end) for run in out if max(d.chance for d in run) >= add]


class Cutter:
    """Texts and records into token ids."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        framed = tokenizer.encode("x").ids
        self._first, self._last = framed[0], framed[-1]

    @classmethod
    def load(cls, folder: Path) -> Cutter:
        """Read the tokenizer of an encoder's folder.

        Raises:
            WeightsError: it has none of the fast kind, or a damaged one.
        """
        from tokenizers import Tokenizer

        try:
            return cls(Tokenizer.from_file(str(folder / "tokenizer.json")))
        except Exception as error:  # the library raises bare exceptions for every kind of damage
            raise WeightsError(f"the tokenizer in {folder} does not serve the learned claim check: {error}") from error

    def record(self, text: str) -> list[int]:
        """The token ids of a :func:`~assistant.generation.support_text.record_text`."""
        told = clean_text("passage: " + text, RECORD_TOKENS * 16)
        ids = self._tokenizer.encode(told, add_special_tokens=False).ids[: RECORD_TOKENS - 2]
        return [self._first, *ids, self._last]

    def sentence(self, request: str, sentence: str, language: ReplyLanguage) -> tuple[list[int], int, Spans]:
        """``(ids, offset, spans)``: from ``offset`` on, each id stands for one of ``spans`` of the sentence."""
        wish = self._tokenizer.encode(
            clean_text("query: " + wish_text(request, language), 400), add_special_tokens=False
        )
        ahead = [self._first, *wish.ids[:WISH_TOKENS], self._last]
        # Character for character, so that places in it are places in the sentence.
        clean = re.sub(r"[\ud800-\udfff]", "?", sentence)
        found = self._tokenizer.encode(clean, add_special_tokens=False)
        spans = [_tight(clean, *span) for span in found.offsets[:SENTENCE_TOKENS]]
        return [*ahead, *found.ids[:SENTENCE_TOKENS], self._last], len(ahead), spans


def _tight(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the spaces that a piece begins with."""
    while start < end and text[start].isspace():
        start += 1
    return start, end


class SupportReader:
    """A :class:`Support` over a compiled network; safe to share between threads."""

    def __init__(self, graph: CompiledSupport, cutter: Cutter, bounds: Bounds) -> None:
        self._graph = graph
        self._cutter = cutter
        self._bounds = bounds
        self._records: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def bounds(self) -> Bounds:
        """Where its doubts decide."""
        return self._bounds

    def doubts(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Doubt]:
        """One entry a token of the sentence, from left to right; none of filled slots."""
        text, places = filled(sentence, evidence.slots.values)
        ids, offset, spans = self._cutter.sentence(request, text, language)
        told = self._told(record_text(evidence.product))
        found = self._graph.sentence(ids, told)[offset : offset + len(spans)]
        chances = 1.0 / (1.0 + np.exp(-found))
        out = []
        for (start, end), chance in zip(spans, chances, strict=True):
            own = [places[i] for i in range(start, end) if places[i] >= 0]
            if own:
                out.append(Doubt(own[0], own[-1] + 1, float(chance)))
        return out

    def _told(self, text: str) -> Floats:
        """Of a record: remembered, for several sentences are written about each."""
        with self._lock:
            if text in self._records:
                self._records.move_to_end(text)
                return self._records[text]
        made = self._graph.record(self._cutter.record(text))
        with self._lock:
            self._records[text] = made
            while len(self._records) > _RECORDS:
                self._records.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class SupportCard:
    """What must be known besides the tensors; ``probe`` is what the encoder makes of fixed sentences."""

    encoder: str
    hidden: int
    lower: int
    probe: tuple[tuple[float, ...], ...]
    bounds: Bounds

    def to_json(self) -> str:
        """The text of ``support.json``."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def read_support_card(folder: Path) -> SupportCard:
    """The card of a trained folder.

    Raises:
        WeightsError: it holds none that this version reads.
    """
    path = folder / CARD
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        bounds = Bounds(float(data["bounds"]["keep"]), float(data["bounds"]["add"]))
        if data["format"] != FORMAT or not 0 <= bounds.keep <= bounds.add <= 1 or not int(data["lower"]) > 0:
            raise ValueError("format, layers or bounds are not those of this version")
        probe = tuple(tuple(float(v) for v in row) for row in data["probe"])
        return SupportCard(str(data["encoder"]), int(data["hidden"]), int(data["lower"]), probe, bounds)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} does not describe a learned claim check ({error}); make one with `assistant train claims`"
        ) from error
