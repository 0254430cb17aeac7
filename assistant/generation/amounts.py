"""Whether the amounts of a sentence are those of the record, and said of the same thing.

Knows quantities, what a price reduction comes to, and what lies within a range. Decides nothing but numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.generation.claim import Claim
from assistant.generation.evidence import Evidence, EvidenceReader, Unit, marks
from assistant.generation.quantities import Quantity, near, quantities, unit_of

_CODE = re.compile(r"(?<![A-Za-z\d])[A-Za-z]+-?\d[\w.]*(?<![.])")
_RANGE = re.compile(r"^\s*(?:[-–—~]|to|至|到|and)\s*$", re.I)
_MOST = re.compile(r"up to|max|at most|limit|under|below|to\s*$|capacity|load|以下|以内|最大|最高|承重|不超过", re.I)
_LEAST = re.compile(r"from|and up|\+|over|above|at least|minimum|以上|起|满|onwards|starts?", re.I)
_CHAIN_BEFORE = re.compile(r"\d[^\d,，。;；]{0,4}(?:[x×*–~-]|to|至|到|and|by)\s*$", re.I)
_CHAIN_AFTER = re.compile(r"\s*(?:[x×*–~-]|to|至|到|and|by)\s*\d", re.I)
_BOUND = re.compile(
    r"(?:(?P<under>不到|不足|不超过|接近|under|less than|below|nearly|almost|no more than|up to)"
    r"|超过|over|more than|above|just over)\s*$",
    re.I,
)
_ROUGHLY = re.compile(r"(?:about|around|roughly|nearly|almost|some|approximately|约|大约|将近|近|差不多)\s*$", re.I)
_COUNTED = re.compile(r"(?<![suia])(?<!dimension)(?<!measurement)(?<!size)(?<!age)s$")
_YEAR = 31557600.0
_BESIDE_EN = re.compile(
    r"[\s-]*(?:(?!and\b|of\b|in\b|or\b)[a-z]{3,})(?:[\s-]+(?!and\b|of\b|in\b|or\b|for\b|with\b)[a-z]{3,})?", re.I
)
_BESIDE_ZH = re.compile(r"\s*[个件条张只支枚片颗块套幅把盏层格]?([\u3400-\u9fff]{2,4})")
_BEFORE_ZH = re.compile(r"([\u3400-\u9fff]{1,4}?)(?:占|为|含|约)?\s*$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_AGED = re.compile(r"\b(?:aged?|ages|(?:children|kids|boys|girls|babies|toddlers) of|from|to)\s*$", re.I)
_IN_ALL = re.compile(r"\bin (?:all|total)\b|\btotal\b|altogether|合计|总共|一共|共计|总计", re.I)
_VAGUE = frozenset("the and with per cent each".split())
_AGES = frozenset(("age", "ages", "年龄", "适用", "for_age"))
_FREQUENCY = re.compile(
    r"\b(?P<n>once|twice)\s+(?:a|per|every|each)\s+(?P<unit>day|week|month|year)\b|每(?P<zh>[天日周月年])(?P<m>[一两])次",
    re.I,
)
_SIZE = re.compile(r"\bsizes?\s+(?P<en>X{0,3}[SL]|M)\b|(?<![A-Za-z])(?P<zh>X{0,3}[SL]|M)\s?[号码]")
_MULTIPLE = re.compile(
    r"\b(?:twice|thrice|triple|double|hundreds|thousands|millions|dozens)\b|[十百千万]倍|加倍|翻倍", re.I
)
_MEASURED = (
    (re.compile(r"\bweigh(?:s|ing)?\s+(?:just|only|about|under|over|in at)?\s*$|重(?:量|达|仅)?\s*$", re.I), "mass"),
    (re.compile(r"(?:宽|(?<!最)高|厚|直径|深)(?:度|约)?\s*$"), "length"),
)
_EXTENT = re.compile(r"^\s*(?:wide|tall|high|deep|thick|across)\b", re.I)


def number_claims(
    text: str, evidence: Evidence, reader: EvidenceReader, request: str, wishes: Sequence[tuple[int, int]]
) -> Iterator[Claim]:
    """The amounts of a sentence and whether the record has them.

    Args:
        text: the sentence, values that code has filled in made opaque.
        evidence: of the product.
        reader: tells what an amount is said of.
        request: the shopper's words: an amount of theirs may be told as theirs, or as lying within the record's range.
        wishes: stretches of the text that tell the wish.
    """
    wanted = quantities(request)
    known = [pair for unit in evidence.units for pair in unit.amounts] + [(q, frozenset()) for q in _money(evidence)]
    known += [pair for unit in evidence.units for pair in keyed(unit)]
    spans = []
    for said in quantities(text):
        spans.append((said.start, said.end))
        asked = any(said.equals(one) for one in wanted)
        if asked and any(a <= said.start and said.end <= b for a, b in wishes):
            yield Claim("number", text[said.start : said.end], said.start, said.end, True)
            continue
        reason = _reason(text, said, known, evidence, reader)
        if reason and asked and _covered(said, evidence):
            reason = ""
        yield Claim("number", text[said.start : said.end], said.start, said.end, not reason, reason)
    for m in _CODE.finditer(text):
        if any(a < m.end() and m.start() < b for a, b in spans):
            continue
        stated = evidence.states(m.group())
        yield Claim("number", m.group(), m.start(), m.end(), stated, "" if stated else "the record has no such figure")
    for m in _SIZE.finditer(text):
        named = re.compile(rf"(?<![A-Za-z-]){m['en'] or m['zh']}(?![A-Za-z])")
        stated = any(named.search(unit.text) for unit in evidence.units)
        yield Claim("number", m.group(), m.start(), m.end(), stated, "" if stated else "the record has no such size")
    for m in _FREQUENCY.finditer(text):
        stated = _rate(m) in {_rate(own) for unit in evidence.units for own in _FREQUENCY.finditer(unit.text)}
        stated = stated or (_rate(m) == (1, "year") and any(near(q.value, _YEAR) for q, _ in known))
        yield Claim(
            "number", m.group(), m.start(), m.end(), stated, "" if stated else "the record has no such interval"
        )
    for m in _MULTIPLE.finditer(text):
        if not any(a < m.end() and m.start() < b for a, b in spans):
            stated = evidence.states(m.group())
            yield Claim(
                "number", m.group(), m.start(), m.end(), stated, "" if stated else "the record has no such number"
            )


def _reason(
    text: str,
    said: Quantity,
    known: Sequence[tuple[Quantity, frozenset[str]]],
    evidence: Evidence,
    reader: EvidenceReader,
) -> str:
    """Why an amount does not hold; empty where it does."""
    same = [(q, words) for q, words in known if said.equals(q)]
    if not same and said.dimension == "degree":
        same = [(q, words) for q, words in known if not q.dimension and near(q.value, said.value)]
    if not same and not said.dimension:
        # "seven colours" of "7 ports"? A bare number may count what the record counts with a unit of its own.
        same = [(q, w) for q, w in known if q.dimension in ("degree", "percent") and near(q.value, said.value)]
        plain = re.sub(r"[\s,]", "", text[said.start : said.end])
        if not same and re.search(r"\d", plain) and evidence.states(plain):
            return ""
    if not same and (bound := _BOUND.search(text[: said.start])):
        low, high = (0.6, 1.0) if bound["under"] else (1.0, 1.5)
        if any(q.dimension == said.dimension and low <= q.value / said.value <= high for q, _ in known if said.value):
            return ""
    if not same and said.dimension == "time":
        # "5+" under "ages" is five years.
        same = [(q, w) for q, w in known if not q.dimension and near(q.value * _YEAR, said.value) and w & _AGES]
    if not same and _ROUGHLY.search(text[: said.start]):
        same = [(q, w) for q, w in known if q.dimension == said.dimension and abs(q.value - said.value) <= q.value / 10]
    if not same and (bare := re.match(r"\d[\d,]*(?:\.\d+)?", text[said.start :])):
        # An attribute may bear its unit in its name, or none: {"weight_g": 310}.
        same = [
            (q, w)
            for unit in evidence.units
            if unit.about not in ("text", "title") and not any(q.dimension for q, _ in unit.amounts)
            for q, w in unit.amounts
            if near(q.value, float(bare.group().replace(",", ""))) and _unit_allows(unit.about, q, said)
        ]
    others = [(q, words) for q, words in known if q.dimension == said.dimension and not said.equals(q)]
    about = reader.surroundings(text, said.start, said.end)
    if not same and _total(text, said, known):
        return ""
    if not same and not said.dimension and _AGED.search(text[: said.start]):
        same = [(q, w) for q, w in known if q.dimension == "time" and near(q.value, said.value * _YEAR)]
    if not same:
        shown = _shown(evidence, [pair for pair in others if pair[1] & about] or others)
        return f"the record says {shown}" if shown else "the record has no such number"
    for pattern, dimension in _MEASURED:
        if pattern.search(text[: said.start]) and said.dimension != dimension and said.dimension:
            return f"the record has this number of something else than {dimension}"
    if _EXTENT.match(text[said.end :]) and said.dimension not in ("length", ""):
        return "the record has this number of something else than length"
    if said.dimension in ("", "percent") and (counted := _counted_otherwise(text, said, evidence, reader)):
        return f"the record says {counted}"
    if _joined(text, said):
        return ""
    best = max(len(words & about) for _, words in same)
    rival = max(others, key=lambda pair: len(pair[1] & about), default=None)
    if _labelled_otherwise(said, same, others, about, evidence):
        return f"the record says {_shown(evidence, others_of(others, about))}"
    labelled = {q for unit in evidence.units if unit.about not in ("text", "title") for q, _ in unit.amounts}
    if rival is not None and not _same_script(text, rival[0], evidence) and len(rival[1] & about) < 2:
        return ""
    needed = 1 if rival is not None and (rival[0] in labelled or not said.dimension or len(about) < 4) else 2
    if best == 0 and rival is not None and len(rival[1] & about) >= needed:
        return f"the record says {_shown(evidence, [rival])}"
    return ""


def keyed(unit: Unit) -> Iterator[tuple[Quantity, frozenset[str]]]:
    """The bare amounts of an attribute in the unit that its key ends with: {"volume_ml": 1000} is a litre."""
    dimension, factor = unit_of(unit.about.rsplit("_", 1)[-1]) if "_" in unit.about else ("", 1.0)
    # In a list of them only the first stands next to the label.
    words = frozenset().union(*(words for _, words in unit.amounts))
    for q, _ in unit.amounts if dimension else ():
        if not q.dimension:
            yield Quantity(q.value * factor, dimension, q.start, q.end), words


def _unit_allows(key: str, own: Quantity, said: Quantity) -> bool:
    """Whether the unit at the end of an attribute's key, if it has one, is that of the amount: size_cm, weight_g."""
    last = key.rsplit("_", 1)[-1]
    if said.dimension and _COUNTED.search(last) and not unit_of(last)[0]:
        return False  # four wheels are no four months
    known = unit_of(last) if "_" in key else ("", 1.0)
    return not known[0] or not said.dimension or (known[0] == said.dimension and near(own.value * known[1], said.value))


def _thing(text: str, q: Quantity) -> str:
    """What stands right beside an amount: the words behind it in English, before or behind it in Chinese."""
    behind = _BESIDE_EN.match(text, q.end)
    if behind:
        return behind.group()
    after, before = _BESIDE_ZH.match(text, q.end), _BEFORE_ZH.search(text, max(0, q.start - 8), q.start)
    if q.dimension == "percent":
        return after[1] if after else (before[1] if before else "")
    return after[1] if after else ""


def _counted_otherwise(text: str, said: Quantity, evidence: Evidence, reader: EvidenceReader) -> str:
    """What the record has so many of, where it has another number of what the sentence counts."""
    here = _thing(text, said)
    if not marks(here) - _VAGUE:
        return ""
    rival = ""
    for unit in evidence.units:
        for q, _ in unit.amounts:
            if q.dimension != said.dimension:
                continue
            there = _thing(unit.text, q)
            # Only within one language do words tell which thing is counted.
            alike = bool(_HAN.search(here)) == bool(_HAN.search(there))
            shared = alike and bool(marks(here) & marks(there) - _VAGUE)
            if shared and q.equals(said):
                return ""
            if shared and not rival:
                rival = unit.text[q.start : q.end].strip() + " " + there.strip()
    # Only where the same number belongs to something else that has a name.
    named = any(
        q.equals(said) and marks(_thing(unit.text, q)) - _VAGUE for unit in evidence.units for q, _ in unit.amounts
    )
    return rival.strip() if named else ""


def _rate(m: re.Match[str]) -> tuple[int, str]:
    if m["unit"]:
        return (1 if m["n"].lower() == "once" else 2), m["unit"].lower()
    return (1 if m["m"] == "一" else 2), {"天": "day", "日": "day", "周": "week", "月": "month", "年": "year"}[m["zh"]]


def _total(text: str, said: Quantity, known: Sequence[tuple[Quantity, frozenset[str]]]) -> bool:
    """Whether it is told as a total, and two numbers of the record come to it: six pads of 100 sheets are 600."""
    if not (_IN_ALL.search(text[: said.start]) or _IN_ALL.search(text[said.end : said.end + 24])):
        return False
    counts = {q.value for q, _ in known if not q.dimension}
    parts = {q.value for q, _ in known if q.dimension == said.dimension}
    return any(near(a * b, said.value) for a in counts for b in parts)


def others_of(
    others: Sequence[tuple[Quantity, frozenset[str]]], about: frozenset[str]
) -> list[tuple[Quantity, frozenset[str]]]:
    """The amounts that share most with what an amount is said of, the best first."""
    return sorted(others, key=lambda pair: -len(pair[1] & about))


def _labelled_otherwise(
    said: Quantity,
    same: Sequence[tuple[Quantity, frozenset[str]]],
    others: Sequence[tuple[Quantity, frozenset[str]]],
    about: frozenset[str],
    evidence: Evidence,
) -> bool:
    """Whether the words around an amount are the label of another attribute more than of the one that has it."""
    labels = [
        (q, words)
        for unit in evidence.units
        if unit.about not in ("text", "title", "type")
        for q, words in unit.amounts
        if q.dimension == said.dimension and said.dimension not in ("", "percent", "money")
    ]
    if not any(said.equals(q) for q, _ in labels):
        return False
    rival = max((len(words & about) for q, words in labels if not said.equals(q)), default=0)
    return rival > max(len(words & about) for _, words in same) and rival >= 2


def _same_script(text: str, q: Quantity, evidence: Evidence) -> bool:
    """Whether the record tells this amount in the language of the sentence."""
    han = bool(re.search(r"[\u3400-\u9fff]", text))
    return any(
        q in [one for one, _ in u.amounts] and bool(re.search(r"[\u3400-\u9fff]", u.text)) == han
        for u in evidence.units
    )


def rounded(text: str, said: Quantity) -> bool:
    """Whether it is told as a bound or about so much."""
    return bool(_BOUND.search(text[: said.start]) or _ROUGHLY.search(text[: said.start]))


def _joined(text: str, said: Quantity) -> bool:
    """Whether it is one of several amounts in a row, whose subject is not told apart."""
    return bool(_CHAIN_BEFORE.search(text[: said.start]) or _CHAIN_AFTER.match(text[said.end :]))


def _shown(evidence: Evidence, pairs: Sequence[tuple[Quantity, frozenset[str]]]) -> str:
    """The first of these amounts as the record writes it."""
    for wanted, _ in pairs:
        for unit in evidence.units:
            for q, _ in unit.amounts:
                if q == wanted:
                    return unit.text[q.start : q.end].strip()
    return ""


def _money(evidence: Evidence) -> Iterator[Quantity]:
    """Prices, what a reduction comes to, and the stock: amounts that code can compute from the record."""
    product = evidence.product
    amounts = [product.price, *product.prices.values()]
    if product.list_price is not None and product.list_price > product.price:
        amounts += [product.list_price, product.list_price - product.price]
        yield Quantity(100 * (1 - product.price / product.list_price), "percent", 0, 0)
    for amount in amounts:
        yield Quantity(amount, "money", 0, 0)
    if product.stock:
        yield Quantity(float(product.stock), "", 0, 0)


def _covered(said: Quantity, evidence: Evidence) -> bool:
    """Whether the record states a range, a limit or a beginning that takes the amount in."""
    for unit in evidence.units:
        amounts = [q for q, _ in unit.amounts if q.dimension == said.dimension]
        for low, high in pairwise(amounts):
            if _RANGE.match(unit.text[low.end : high.start]) and low.value <= said.value <= high.value:
                return True
        for q in amounts:
            around = unit.text[max(0, q.start - 16) : q.start] + " " + unit.text[q.end : q.end + 8]
            if _MOST.search(around) and said.value <= q.value:
                return True
            if _LEAST.search(around) and said.value >= q.value:
                return True
    return False
