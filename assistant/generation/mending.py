"""Repair of sentences that state too much, by leaving words out; nothing is ever put in their place.

Knows which parts of a sentence can go without breaking it, and what a whole sentence looks like. The claim check
decides whether a repair was enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from assistant.generation.evidence import Evidence
from assistant.generation.grounding import Claim, ClaimChecker
from assistant.generation.phrasing import PLURAL_VERBS, plural_name
from assistant.generation.slots import SLOT
from assistant.types import ReplyLanguage

_END = re.compile(r"[.!?。！？]['\"”’)]*$")
_EN_BREAK = re.compile(r"(?=, |; | and | but | with | so | which | that | while | because | for | thanks to )")
_SUBORDINATE = re.compile(r"^(?:,\s*)?\s*(?:with|which|that|while|because|for|thanks to)\b")
_MODIFIABLE = frozenset(("word", "property", "color", "superlative", "attribution"))
_EMPTY = frozenset(("type", "product"))
_FUNCTION = frozenset(
    "a an the and or but with for of to in on at by from is are was it its that this which so as than if when while "
    "not no".split()
)
_DANGLING = frozenset(
    "and or but the a an with for of to in on at by from it its that this which so as is are very".split()
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|may|does|do|keeps?|holds?|gives?|makes?|made|fits?|suits?|works?|"
    r"brings?|lets?|helps?|offers?|takes?|uses?|weighs?|runs?|goes|stays?|needs?|lasts?|comes?|costs?|covers?|includes?|adds?|"
    r"leaves?|looks?|feels?|sits?|stands?|folds?|turns?|opens?|closes?|carries|charges?|shows?|plays?|reads?|cooks?|cleans?|"
    r"means?|meets?|matches|serves?|answers?|says|provides?|features?|goes|protects?|dries|washes|supports?|wears?|suited)\b"
    r"|(?:\{name\}|\bit|\bthat|\bwhich)\s+[a-z]+s\b",
    re.I,
)
_ZH_PREDICATE = re.compile(r"[是有能可会带让给适合用穿吃喝放装看听洗开防配支采做写售护贴省免耐不]")
_IT = re.compile(r"\b(It|it) ([a-z]+s)\b(?<!ss)")
_SINGULAR_VERB = re.compile(rf"(\{{name\}}|\b(?:[Tt]hey|and)) ({'|'.join(PLURAL_VERBS)})\b")
_BEING_ONE = re.compile(r"(\{name\}|\b[Tt]hey) are an? ")
_ZH_BROKEN = re.compile(r"[，、；和与的在]\s*[。！？]$|适合(?:想|我|你要|要|在?[。，])|的的|是是")
_SPLICE = re.compile(r"as you asked, (?:it|they|this)\b|\b(?:a|an|the) (?:is|are|and|or|of|it)\b")
_NOISE = re.compile(r"[<>\[\]|#*_=~`^\\$]|\.\.|,,|，，|。。|\(\s*\)|（\s*）")
_LENGTH = {"en": (3, 42), "zh": (3, 90)}
_HAN = re.compile(r"[\u3400-\u9fff]")


def fluent(sentence: str, language: ReplyLanguage) -> bool:
    """Whether a sentence is whole: it ends, has a predicate, a sensible length, and does not go round in circles."""
    body = sentence.strip()
    bare = SLOT.sub(" S ", body)
    if not _END.search(body) or _NOISE.search(bare) or body.count("(") != body.count(")"):
        return False
    if any(n > 1 for n in Counter(SLOT.findall(body)).values()):
        return False
    words = re.findall(r"[A-Za-z'’-]+", bare) if language == "en" else _HAN.findall(bare)
    low, high = _LENGTH[language]
    if not low <= len(words) <= high:
        return False
    if language == "en":
        lower = [w.lower() for w in words]
        if _SPLICE.search(body) or lower[-1] in _DANGLING or not _FINITE.search(body) or _stammers(lower, 2):
            return False
        return not _repeats(lower, 3) and bare.count(",") <= 4
    if not (_ZH_PREDICATE.search(bare) or "{" in body) or _ZH_BROKEN.search(body):
        return False
    purpose = re.search(r"适合([\u3400-\u9fff]{2,})[。，]", body)
    if purpose and purpose.group(1) in body[: purpose.start()]:
        return False
    clauses = [c for c in re.split(r"[，；。！？]", body) if c]
    return len(set(clauses)) == len(clauses) and not _repeats(words, 5)


def agreeing(sentence: str, name: str) -> str:
    """The sentence with its verbs in the plural where the product's name is one: "headphones are", "they cost"."""
    if not plural_name(name):
        return sentence
    sentence = _IT.sub(lambda m: f"{'They' if m.group(1) == 'It' else 'they'} {_plural_verb(m.group(2))}", sentence)
    sentence = _SINGULAR_VERB.sub(lambda m: f"{m.group(1)} {PLURAL_VERBS[m.group(2)]}", sentence)
    return _BEING_ONE.sub(r"\1 are ", sentence)


def _plural_verb(verb: str) -> str:
    return PLURAL_VERBS.get(verb) or (verb[:-2] if verb.endswith(("ches", "shes", "sses", "xes")) else verb[:-1])


def without_price(sentence: str, language: ReplyLanguage) -> str:
    """The sentence without the price at its beginning, for a reply that has told it already."""
    if language == "zh":
        return re.sub(r"^(?:售价|价格|标价)(?:是|为)?\{price\}，", "", sentence)
    if m := re.match(r"(It|They) costs? \{price\}(?:,? and|,) ", sentence):
        rest = sentence[m.end() :]
        starts = re.match(r"(?:the|its|it|they|a|an|you)\b", rest)
        return rest[:1].upper() + rest[1:] if starts else f"{m.group(1)} {rest}"
    return sentence


def _stammers(words: Sequence[str], upto: int) -> bool:
    """Whether a run of 1..upto words is said twice in a row."""
    return any(
        list(words[i : i + n]) == list(words[i + n : i + 2 * n])
        for n in range(1, upto + 1)
        for i in range(len(words) - 2 * n + 1)
    )


def _repeats(words: Sequence[str], n: int) -> bool:
    runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(runs)) < len(runs)


def mend(
    sentence: str,
    bad: Sequence[Claim],
    checker: ClaimChecker,
    evidence: Evidence,
    request: str,
    language: ReplyLanguage,
) -> str | None:
    """The sentence without its unsupported parts, checked again, or ``None`` where it cannot be saved.

    Args:
        sentence: with slots open; it failed the check.
        bad: its unsupported claims.
        checker: decides whether the repair is enough.
        evidence: of the product.
        request: the shopper's words.
        language: of the reply.
    """
    tries = _english(sentence, bad) if language == "en" else _chinese(sentence, bad)
    for attempt in tries:
        text = _tidy(attempt, language)
        if text == sentence or not fluent(text, language):
            continue
        claims = checker.check(text, evidence, request, language)
        # A sentence that no longer states anything is not worth saying.
        if all(c.supported for c in claims) and any(c.kind not in _EMPTY for c in claims if _says(c)):
            return text
    return None


def _says(claim: Claim) -> bool:
    return not (claim.kind == "slot" and claim.start == 0)


def _english(sentence: str, bad: Sequence[Claim]) -> Iterator[str]:
    without = _drop_modifiers(sentence, bad)
    if without is not None:
        yield without
    yield from _drop_parts(sentence, bad)
    if without is not None:
        # Some of the words could go alone; the others need their clause dropped.
        yield from _drop_parts(sentence, [c for c in bad if c.kind not in _MODIFIABLE])


def _drop_modifiers(sentence: str, bad: Sequence[Claim]) -> str | None:
    """Leave out adjectives that stand before a noun, or one of two joined by "and"."""
    text = sentence
    for claim in sorted(bad, key=lambda c: -c.start):
        if claim.kind not in _MODIFIABLE:
            continue
        before, after = text[: claim.start], text[claim.end :]
        before = re.sub(r"\b(?:very|really|quite|so|rather)\s+$", "", before)
        joined = re.match(r"(?:,| and| but)\s+(?=[a-z]+\b)", after)
        if joined and re.search(r"(?:\b(?:a|an|the|its|is|are|and|with)|,)\s+$", before):
            text = before + after[joined.end() :]
            continue
        following = re.match(r"\s+([A-Za-z{]+)", after)
        last = re.search(r"(?:,)?\s+(?:and|or|but)\s+$|,\s+$", before)
        if last and (not following or following.group(1).lower() in _FUNCTION):
            text = before[: last.start()] + after
            continue
        if following and following.group(1).lower() not in _FUNCTION and following.group(1) != "{":
            text = before.rstrip() + " " + after.lstrip()
            continue
        if not following or re.search(r"\b(?:is|are)\s+$", before):
            return None
    return text if text != sentence else None


def _drop_parts(sentence: str, bad: Sequence[Claim]) -> Iterator[str]:
    """Leave out whole phrases ("with …", "and …") that hold a bad claim, the first one never."""
    end = _END.search(sentence)
    mark = end.group() if end else "."
    body = sentence[: end.start()] if end else sentence
    parts: list[tuple[int, str]] = []
    at = 0
    for part in _EN_BREAK.split(body):
        parts.append((at, part))
        at += len(part)
    lead = 1 if len(parts) > 1 and "{name}" not in parts[0][1] and parts[1][1].startswith(", ") else 0
    hit = [any(c.start < at + len(p) and c.end > at for c in bad) for at, p in parts]
    if lead and hit[0] and not any(hit[1:]):
        # The wish in front can go: what follows begins with the subject.
        rest = body[parts[1][0] :].lstrip(", ")
        yield rest[:1].upper() + rest[1:] + mark
        return
    if any(hit[: lead + 1]):
        return
    kept = []
    dropping = False
    for (_, part), is_hit in zip(parts, hit, strict=True):
        if dropping and not part.startswith((",", ";", " so ", " but ")):
            continue
        dropping = is_hit and bool(_SUBORDINATE.match(part.strip()) or _SUBORDINATE.match(part))
        if not is_hit:
            kept.append(part)
    yield "".join(kept) + mark
    first = next((i for i, h in enumerate(hit) if h), None)
    if first:
        yield "".join(p for _, p in parts[:first]) + mark


def _chinese(sentence: str, bad: Sequence[Claim]) -> Iterator[str]:
    text = sentence
    for claim in sorted(bad, key=lambda c: -c.start):
        before, after = text[: claim.start], text[claim.end :]
        before = re.sub(r"(?:非常|十分|特别|比较|很|更|挺|又)$", "", before)
        if claim.kind in _MODIFIABLE and (m := re.match(r"(?:的|、|又|且|而)(?=[\u3400-\u9fff{])", after)):
            text = before + after[m.end() :]
        elif claim.kind in _MODIFIABLE and before.endswith("、"):
            text = before[:-1] + after
    if text != sentence:
        yield text
    end = _END.search(sentence)
    body = sentence[: end.start()] if end else sentence
    mark = end.group() if end else "。"
    kept, at = [], 0
    subject = ""
    for part in re.split(r"(?<=[，；])", body):
        if not any(c.start < at + len(part) and c.end > at for c in bad):
            kept.append(part)
        elif part.startswith("{name}"):
            subject = "{name}"
        at += len(part)
    out = re.sub(r"^(?:而且|并且|但是?|所以|也|同时|此外)", "", "".join(kept)).rstrip("，；、 ")
    if out:
        yield (subject if "{name}" not in out else "") + out + mark


def _tidy(text: str, language: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.;!?])", r"\1", text)
    if language == "en":
        text = re.sub(r"(?:,?\s+(?:and|but|with|so|or|for))+([.!?])$", r"\1", text)
        text = re.sub(r"\b(a|A) (?=[aeio]\w|u(?!n[ai]|s[eau]))", r"\1n ", text)
        text = re.sub(r"\b(a|A)n (?=[^aeiouh\W])", r"\1 ", text)
    return re.sub(r",+([.!?])", r"\1", text)
