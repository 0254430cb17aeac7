"""Numbers, names and places of a text that its record does not hold, for second_check.py.

Compares every number with the record's, converted and bound to the same dimension, part or noun; every name, Latin word
and place with the record's words, pinyin included. It knows no word of fact: second_check.py judges those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pypinyin import lazy_pinyin
from second_check_lexicon import EXPRESSIONS, WORDS, Mark, Record, Tables, clause_at, mentions, stem, stems
from second_check_numbers import Quantity, codes, is_approximate, normalise, quantities, same

_DIMENSIONS = {name.removeprefix("dimension "): e for name, e in EXPRESSIONS.items() if name.startswith("dimension ")}
_UNIT_OF = {"weight": {"mass"}, "width": {"length"}, "height": {"length"}}
# Counts that a record may say by another word than a number.
_FOLD = {
    (2.0, ""): r"pair|twin|dual|double|two|双|对",
    (3.0, ""): r"\btri|triple|three|三",
    (4.0, ""): r"quad|四",
    (2.0, "pieces"): r"pair|双|对",
}
_CLASSIFIER = (
    r"[\s个台把只条双套支张块颗节根枚口片页层档级种组瓶袋盒本间格孔键轮门次倍圈针路杯粒份卷排股朵]*"
    r"([\u4e00-\u9fff]{1,3})"
)


def place_marks(tables: Tables, record: Record, text: str) -> Iterator[Mark]:
    for english, chinese in tables.places:
        if english.search(record.everything) or chinese.search(record.everything):
            continue
        for match in [*english.finditer(text), *chinese.finditer(text)]:
            yield Mark(match.group(), match.start(), "origin", "a place that the record does not name")


def name_marks(tables: Tables, record: Record, text: str) -> Iterator[Mark]:
    everything = record.everything
    low, held = normalise(everything), stems(everything)
    spelled = "".join(lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", " ".join(record.texts[:3]))))
    chinese = bool(re.search(r"[\u4e00-\u9fff]", text))
    for match in re.finditer(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’.&-]*[A-Za-zÀ-ÿ]|(?<![A-Za-z\d])[A-G](?![A-Za-z\d])", text):
        word = re.sub(r"['’]s$|['’]$", "", match.group())
        opening = match.start() == 0 or bool(re.search(r"[.!?。！？:\n“\"]\s*$", text[: match.start()]))
        owner = text[match.start() + len(word) :].startswith(("'s ", "’s "))
        subject = opening and word.lower() not in WORDS["openers"] and EXPRESSIONS["verbs"].match(text[match.end() :])
        if not chinese and (not word[0].isupper() or (opening and not owner and not subject and word[1:].islower())):
            continue
        if len(word) == 1:
            if word != "A" and not re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", everything):
                yield Mark(
                    word, match.start(), "name", "a single letter (a key, a grade) that the record does not hold"
                )
            continue
        parts = [p for p in re.split(r"[-.&]", word.lower()) if p]
        known = (
            word.lower() in low
            or word.lower() in WORDS["capital_ok"]
            or word.lower() in spelled
            or all(stem(p) in held or p in low or p in spelled for p in parts)
        )
        if (
            known
            or (opening and word.lower() in ("it", "that", "there", "what", "here", "let", "he", "she", "who"))
            or re.sub(r"[\s-]", "", word.lower()) in tables.forms
        ):
            continue
        if match.start() and text[match.start() - 1].isdigit() and len(word) <= 4:
            continue
        if len(word) == 2 and re.match(r"[$¥€£]\d", text[match.end() :]):
            # US$ and CN¥ are signs of a currency, and the amount is checked by itself.
            continue
        yield Mark(word, match.start(), "name", "a name or Latin word that the record does not hold")


def opening_marks(tables: Tables, record: Record, text: str) -> Iterator[Mark]:
    """Mark Chinese words in a brand's place, before the product's noun, that the record does not hold."""
    plain = record.everything
    for match in re.finditer(r"(?:^|(?<=[。！？]))[\u4e00-\u9fff]{4,8}", text):
        run = match.group()
        for i in (2, 3, 4):
            if run[i : i + 2] in plain and len(run[i : i + 2]) == 2:
                head = run[:i]
                common = EXPRESSIONS["common_opening"].search(head)
                if (
                    not common
                    and not any(head[k : k + 2] in plain for k in range(i - 1))
                    and not mentions(tables, head)
                ):
                    yield Mark(head, match.start(), "name", "words in a brand's place that the record does not hold")
                break


def code_marks(record: Record, text: str) -> Iterator[Mark]:
    squeezed = re.sub(r"[\s-]", "", normalise(record.everything))
    for word, start, end in codes(text):
        if re.sub(r"[\s-]", "", word) not in squeezed:
            yield Mark(text[start:end], start, "number", "a name or grade with figures that the record does not hold")


def _dimensions(context: str) -> set[str]:
    return {name for name, pattern in _DIMENSIONS.items() if pattern.search(context.lower())}


def _derived(product: Mapping[str, Any]) -> list[Quantity]:
    price, listed = product.get("price"), product.get("list_price")
    if not isinstance(price, int | float) or not isinstance(listed, int | float) or listed <= 0:
        return []
    off, share, tenths = float(listed - price), 100 * (listed - price) / listed, 10 * price / listed
    return [
        Quantity(off, "money", off, 0, 0, ""),
        Quantity(share, "percent", share, 0, 0, ""),
        Quantity(tenths, "", tenths, 0, 0, ""),
    ]


def number_marks(tables: Tables, record: Record, text: str, request: str) -> Iterator[Mark]:
    low, wished, derived = normalise(text), quantities(request), _derived(record.product)
    for q in quantities(text):
        a, b = clause_at(low, q.start)
        clause = low[a:b]
        loose = bool(q.dimension) and is_approximate(text, q)
        hits = [(key, r, source) for key, r, source in record.numbers if same(q, r, loose)]
        if not hits:
            if any(same(q, d, False) for d in derived) or (q.value == 360 and re.search(r"360|all the way", low)):
                continue
            if any(same(q, w, False) for w in wished) and EXPRESSIONS["their_number"].search(low):
                continue
            if (q.value, q.dimension) in _FOLD and re.search(_FOLD[q.value, q.dimension], normalise(record.everything)):
                continue
            if not q.dimension and EXPRESSIONS["persons"].match(low[q.end :]):
                continue
            yield Mark(q.surface, q.start, "number", "a number that the record does not hold")
            continue
        if _only_denied(hits) and not EXPRESSIONS["denial"].search(clause):
            whole = text[a:b].strip()
            yield Mark(whole, text.index(whole, a), "negation", "the record holds this number in a denial only")
        elif (
            q.dimension == "percent"
            and re.search(r"\boff\b|discount|折|优惠|减", clause)
            and not any(same(q, d, True) for d in derived)
        ):
            yield Mark(q.surface, q.start, "promotion", "a discount that the prices do not give")
        elif not q.dimension or q.dimension in ("pieces", "pages"):
            yield from _counted(record, q, low)
        else:
            yield from _misplaced(
                tables,
                record,
                q,
                low[max(a, q.start - 26) : min(b, q.end + 14)],
                low[max(a, q.start - 8) : q.start],
                hits,
                loose,
            )


def _only_denied(hits: list[tuple[str, Quantity, str]]) -> bool:
    """Tell whether every place where the record holds a number is in a clause that denies something."""
    for key, r, source in hits:
        a, b = clause_at(normalise(source), r.start)
        if key or not EXPRESSIONS["denial"].search(normalise(source)[a:b]):
            return False
    return bool(hits)


def _misplaced(
    tables: Tables,
    record: Record,
    q: Quantity,
    context: str,
    before: str,
    hits: list[tuple[str, Quantity, str]],
    loose: bool,
) -> Iterator[Mark]:
    """Mark a number that the record gives to another dimension or part than the text."""
    things = {n for m in mentions(tables, context) for n in m.names if tables.concepts[n].kind == "item"}
    wanted = _dimensions(context) | things
    wrong = [
        w
        for w in wanted
        if w in _UNIT_OF
        and q.dimension not in _UNIT_OF[w]
        and re.search(rf"(?:{_DIMENSIONS[w].pattern})(?:[a-z]*|为|是|约|达|仅)\W*$", before)
    ]
    if wrong:
        yield Mark(q.surface, q.start, "swapped", f"a {wrong[0]} is not measured so")
        return

    def about(key: str, r: Quantity, source: str) -> int:
        said = key or normalise(source)[max(0, r.start - 16) : r.end + 14]
        named = {n for m in mentions(tables, said) for n in m.names} if things else set()
        return len(wanted & (_dimensions(said) | named))

    rivals = [
        (key, r, source) for key, r, source in record.numbers if r.dimension == q.dimension and not same(q, r, loose)
    ]
    best = max((about(*rival) for rival in rivals), default=0)
    if best > max(about(*hit) for hit in hits):
        where = hits[0][0] or "something else"
        yield Mark(
            q.surface,
            q.start,
            "swapped",
            f"the record gives this number to {where}, the text to {', '.join(sorted(wanted))}",
        )


def _counted(record: Record, q: Quantity, low: str) -> Iterator[Mark]:
    """Mark a count when the record counts the same noun otherwise."""
    rest = low[q.end :]
    english, chinese = re.match(r"[\s-]*([a-z]+)(?:\s+([a-z]+))?", rest), re.match(_CLASSIFIER, rest)
    words = {stem(w) for w in (english.groups() if english else ()) if w and len(w) > 2}
    counted = []
    for key, r, source in record.numbers:
        if r.dimension and r.dimension not in ("pieces", "pages"):
            continue
        after = key or normalise(source)[r.end : r.end + 26]
        in_english = english and words & {stem(w) for w in re.findall(r"[a-z]+", after)[:3]}
        in_chinese = chinese and not english and len(chinese[1]) > 1 and chinese[1][:2] in after[:8]
        if in_english or in_chinese:
            counted.append(r)
    if counted and not any(same(q, r, False) for r in counted):
        yield Mark(q.surface, q.start, "number", "the record counts this thing otherwise")
