"""What a sentence denies, and what it says comes with the product: both held against the record.

Knows negators and how a text says that a thing is, or is not, in the box. Decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set

from assistant.generation.claim import Claim
from assistant.generation.evidence import HAN_RUN, SEPARATE, Evidence, EvidenceReader, Scope
from assistant.generation.senses import Sense
from assistant.generation.vocabulary import Vocabulary, english_words, stems

_INCLUDED = re.compile(
    r"\b(?:included|supplied|provided|comes? with|in the box|part of the set|come with|bundled|throws? in)\b"
    r"|附送|附赠|随.{0,2}送|赠送|附带|自带|随附|都送|全送|已含|附赠|附(?!近|加)|内含",
    re.I,
)
# Characters that many denials share.
_LIGHT = frozenset("的了含带能可会用有是要得到在上下不")
_CLAUSE = re.compile(r"[,;.!?，。；！？]")
_GENERIC = re.compile(r"\s*(?:only|just|need|until|yet|far|far from|sure)\b", re.I)


def included_claims(
    text: str, evidence: Evidence, reader: EvidenceReader, vocabulary: Vocabulary, scopes: Sequence[Scope]
) -> Iterator[Claim]:
    """Where a sentence says that a thing comes with the product that the record says has to be got elsewhere."""
    at = 0
    for clause in _CLAUSE.split(text):
        start, at = at, at + len(clause) + 1
        m = _INCLUDED.search(clause)
        if m is None or SEPARATE.search(clause) or any(start <= s.start < at for s in scopes):
            continue
        words = {form for w, _, _ in english_words(clause) if not vocabulary.allows(w) for form in stems(w)}
        han = {clause[i : i + 2] for i in range(len(clause) - 1) if HAN_RUN.fullmatch(clause[i : i + 2])}
        rows = {r for r in reader.about(clause[: m.start()] + " " + clause[m.end() :]) if r.startswith("#")}
        gone = (words | han) & evidence.apart
        strange = rows & evidence.apart if not _same_script(clause, evidence) else set()
        if gone or strange:
            reason = "the record says it has to be got elsewhere"
            yield Claim("negation", m.group(), start + m.start(), start + m.end(), False, reason)


def _same_script(clause: str, evidence: Evidence) -> bool:
    """Whether the record speaks the language of the clause, so that rows of senses need not be asked."""
    han = bool(HAN_RUN.search(clause))
    return any(u.about == "text" and bool(HAN_RUN.search(u.text)) == han for u in evidence.units)


def denial(
    text: str,
    scope: Scope,
    evidence: Evidence,
    reader: EvidenceReader,
    vocabulary: Vocabulary,
    senses: Sequence[Sense],
    lenient: Callable[[str], bool] | None = None,
    alike: frozenset[str] = frozenset(),
) -> tuple[bool, str] | None:
    """Whether the record denies what a negator of the text denies, and why not; ``None`` where it denies nothing.

    Args:
        text: the sentence.
        scope: the negator and its reach.
        evidence: of the product.
        reader: finds concepts.
        vocabulary: the harmless words: to deny them states nothing.
        senses: the forms of the table found in the text.
        alike: all materials: a thing made of one that the record names is not made of the others.
        lenient: whether an English word names no property of things; what it says may be denied freely.
    """
    said = text[scope.end : scope.reach]
    if _GENERIC.match(text[scope.end :]) or not said.strip():
        return None
    begin = max([text.rfind(c, 0, scope.start) for c in ",;，；。"]) + 1
    ends = [i for c in ",;.，。；！" if (i := text.find(c, scope.end)) >= 0]
    clause = text[begin : min(ends, default=len(text))]
    inner = [s for s in senses if scope.start <= s.start and s.end <= scope.reach]
    if any(s.start == scope.start and (s.rows | s.follows) & evidence.rows for s in inner):
        return True, ""
    rows = {row for s in inner if s.start >= scope.end for row in s.rows}
    if SEPARATE.search(clause) and (reader.about(clause) & evidence.apart):
        return True, ""
    words = [w for w, _, _ in english_words(said) if not vocabulary.allows(w) and not vocabulary.is_situation(w)]
    concepts = reader.concepts(said)
    if words and lenient is not None and not any(stems(w) & evidence.denied_words for w in words) and lenient(words[0]):
        return None  # "without soaking the seat" denies a mishap, not a property
    if words:
        unknown = [w for w in words if not stems(w) & evidence.denied_words]
        if not unknown or concepts & evidence.denied or rows & evidence.denied_rows:
            return True, ""
    elif HAN_RUN.search(said):
        bare = "".join(HAN_RUN.findall(said))
        pairs = {bare[i : i + 2] for i in range(len(bare) - 1)}
        if vocabulary_only(bare, vocabulary):
            opposite = any(s.rows & evidence.rows for s in inner if s.start >= scope.end and s.end - s.start > 1)
            return (False, "the record says the opposite") if opposite and not rows & evidence.denied_rows else None
        if pairs & evidence.denied_pairs or concepts & evidence.denied or rows & evidence.denied_rows:
            return True, ""
        heavy = set(bare[:4]) - _LIGHT
        shared = heavy & {c for pair in evidence.denied_pairs for c in pair}
        if shared and len(shared) * 2 >= len(heavy):
            return True, ""
        if any(evidence.states(text[scope.start : scope.end + n]) for n in (2, 1) if len(bare) >= n):
            return True, ""
    else:
        return None
    if other_material(concepts, evidence, alike):
        return True, ""
    affirmed = concepts & evidence.concepts or rows & evidence.rows
    return False, "the record says the opposite" if affirmed else "the record does not say that it lacks this"


def other_material(concepts: Set[str], evidence: Evidence, alike: frozenset[str]) -> bool:
    """Whether all that is denied are materials, and the record names other materials without any of them."""
    named = {c for u in evidence.units if u.about != "title" for c in u.concepts} & alike
    return bool(concepts) and concepts <= alike and bool(named) and not concepts & evidence.concepts


def vocabulary_only(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a run of Han characters can be cut into harmless words alone."""
    ends = {0}
    for i in range(len(text)):
        if i in ends:
            ends |= {j for j in range(i + 1, min(len(text), i + 5) + 1) if text[i:j] in vocabulary.zh}
    return len(text) in ends
