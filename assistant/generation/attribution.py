"""Whether the record says a material or colour of the part that a sentence says it of.

Knows clauses: "a steel kettle with a beech handle" has no steel handle. Decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.generation.evidence import HAN_RUN, PHRASE, Evidence, EvidenceReader, Unit, marks

# Words for many materials at once contradict none of them.
BROAD = frozenset(("wood", "metal", "fabric", "plastic", "steel"))
_METAL = re.compile(r"steel|iron|alumin|brass|copper|bronze|zinc|titan|silver|gold|pewter|alloy|chrome|\btin\b|\bmetal")
_WOODEN = re.compile(
    r"wood|\b(?:oak|beech|birch|walnut|pine|ash|teak|maple|cherry|mahogany|ebony|cedar|acacia|bamboo|rattan|cork)\b"
)
#: Attributes that tell the material or the colour of a part.
_OF_PART = {
    "material": re.compile(r"[a-z][ _]material$|[\u3400-\u9fff]材质$", re.I),
    "color": re.compile(r"[a-z][ _]colou?r$|[\u3400-\u9fff]颜色$", re.I),
}
_NEAR = re.compile(r"[A-Za-z']+|[\u3400-\u9fff]{1,4}")
_IS = re.compile(r"\s*(?:部分)?\s*(?:is|are|:|：|是|为|采用|用的是|用|由)\s*")
_END = re.compile(r"[,;，；。！!?？]|\.(?!\d)|\band\b")
# Labels that name no part.
_NO_PART = frozenset(
    ("material", "materials", "color", "colour", "材质", "材料", "面料", "颜色", "成分", "fabric", "size", "type")
)
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
    # The nearest words name the part; what stands further away may be the product or another part.
    before = " ".join(_NEAR.findall(before)[-3:])
    behind = "" if verb else " ".join(_NEAR.findall(text[end:right])[:2])
    parts = reader.about(before + " " + behind) - reader.about(text[start:end])
    product = evidence.product
    # Said of the product itself, it may hold of any of its parts.
    parts -= reader.about(" ".join((product.type, *evidence.type_concepts)))
    parts -= reader.about("it they its has have with comes come")
    if not parts:
        return False, ""
    agrees, rivals = 0, frozenset[str]()
    best, labelled = 0, False
    of_part = _OF_PART["color" if "black" in alike else "material"]
    for unit in evidence.units:
        if unit.about in ("type", "brand"):
            continue
        for words, concepts in unit.clauses:
            shared = len(words & parts)
            if not shared:
                continue
            if keys & concepts:
                agrees = max(agrees, shared)
            elif (other := {o for o in concepts & alike if o not in BROAD or _apart(keys, o)}) and shared > best:
                best, rivals = shared, frozenset(other)
                labelled = of_part.search(unit.about) is not None
            elif of_part.search(unit.about) and not best:
                # Whatever it is made of, it is another thing: a handle of a zinc alloy is not of quartz.
                best, rivals, labelled = 1, frozenset((unit.text.split(" ; ")[0].partition(": ")[2],)), True
    if best and not agrees and (verb or (labelled and behind) or _named(keys, alike, evidence, reader)):
        return False, ", ".join(sorted(key.removeprefix("product:") for key in rivals))
    return agrees > 0, ""


def _apart(keys: frozenset[str], broad: str) -> bool:
    """Whether a word for many materials takes in none of these: what is of wood is not of aluminium."""
    kind, other = (_WOODEN, _METAL) if broad == "wood" else (_METAL, _WOODEN)
    return (
        broad in ("wood", "metal", "steel")
        and any(other.search(k) for k in keys)
        and not any(kind.search(k) for k in keys)
    )


def _named(keys: frozenset[str], alike: frozenset[str], evidence: Evidence, reader: EvidenceReader) -> bool:
    """Whether every clause of the record that has the material names a part it is of."""
    common = reader.about(" ".join((*evidence.type_concepts, evidence.product.title, *alike & evidence.concepts)))
    common |= reader.about("material materials made of in with 材质 材料 面料 成分 采用 质")
    clauses = [words for unit in evidence.units for words, concepts in unit.clauses if keys & concepts]
    return bool(clauses) and all(
        any(not mark.startswith("#") and mark not in common for mark in words) for words in clauses
    )


def _elsewhere(said: str, unit: Unit, evidence: Evidence) -> bool:
    """Whether the record has all of these words, and none of them in this attribute."""
    mine = marks(said)
    if (
        not mine
        # An attribute that measures a part leaves open what the part is like.
        or unit.amounts
        or re.search(r"\d", said)
        or bool(HAN_RUN.search(said)) != bool(HAN_RUN.search(unit.text.split(": ")[-1]))
    ):
        return False
    own = marks(unit.text)
    return not mine & own and all(mark in evidence.pairs or mark in evidence.words for mark in mine)


def misplaced(
    text: str, evidence: Evidence, reader: EvidenceReader, alike: frozenset[str]
) -> Iterator[tuple[int, int, str]]:
    """What a sentence says an attribute is, where the record has it of another one: ``(start, end, what it says)``.

    "The sole is cork" of a clog whose footbed is cork and whose sole is not.
    """
    low = text.lower()
    for unit in evidence.units:
        if unit.about in ("text", "title", "type", "brand", "color", "sizes") or not unit.text:
            continue
        for label in reader.labels(unit.about):
            if label.lower() not in low or label.lower() in _NO_PART or len(label) < 2:
                continue
            edges = (r"\b", r"s?\b") if label.isascii() else ("", "")
            for m in re.finditer(edges[0] + re.escape(label) + edges[1] + _IS.pattern, text, re.I):
                stop = _END.search(text, m.end())
                end = stop.start() if stop else len(text)
                said = text[m.end() : end]
                told = reader.concepts(said) & alike - BROAD
                own = unit.concepts & alike
                if told:
                    wrong = not told & own and not told & reader.implied(own)
                    wrong = wrong and (bool(own) or not (unit.amounts or reader.about(said) & reader.about(unit.text)))
                else:
                    wrong = _elsewhere(said, unit, evidence)
                if wrong:
                    yield m.start(), end, unit.text.split(" ; ")[0]
