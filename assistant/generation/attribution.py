"""Whether the record says a material or colour of the part that a sentence says it of.

Knows clauses: "a steel kettle with a beech handle" has no steel handle. Decides nothing else.
"""

from __future__ import annotations

import re

from assistant.generation.evidence import PHRASE, Evidence, EvidenceReader

# Words for many materials at once contradict none of them.
_BROAD = frozenset(("wood", "metal", "fabric", "plastic", "steel"))
_COPULA = re.compile(r"\b(?:is|are|comes? in|made (?:of|from))\b|是|为|采用|由|呈")


def another_part(
    text: str,
    start: int,
    end: int,
    keys: frozenset[str],
    alike: frozenset[str],
    evidence: Evidence,
    reader: EvidenceReader,
) -> tuple[bool, str]:
    """Whether the record says it of the part that is named, and what it says of that part instead; empty for nothing.

    Args:
        text: the sentence.
        start: where the material or colour is named.
        end: where its name ends.
        keys: the concepts it can be.
        alike: all concepts of its kind.
        evidence: of the product.
        reader: tells what a phrase speaks of.
    """
    left = max((m.end() for m in PHRASE.finditer(text, 0, start)), default=0)
    right = next((m.start() for m in PHRASE.finditer(text, end)), len(text))
    # "Its handle is enamelled steel": the part stands before the verb.
    verb = _COPULA.search(text, left, start)
    right = start if verb else right
    before = text[left : verb.start()] if verb else text[left:start]
    parts = reader.about(before + " " + text[end:right]) - reader.about(text[start:end])
    product = evidence.product
    # Said of the product itself, it may hold of any of its parts.
    parts -= reader.about(" ".join((product.type, *evidence.type_concepts)))
    if not parts:
        return False, ""
    agrees, rivals = 0, frozenset[str]()
    best = 0
    for unit in evidence.units:
        if unit.about in ("type", "brand"):
            continue
        for words, concepts in unit.clauses:
            shared = len(words & parts)
            if not shared:
                continue
            if keys & concepts:
                agrees = max(agrees, shared)
            elif (other := (concepts & alike) - _BROAD) and shared > best:
                best, rivals = shared, frozenset(other)
    if best and not agrees:
        return False, ", ".join(sorted(key.removeprefix("product:") for key in rivals))
    return agrees > 0, ""
