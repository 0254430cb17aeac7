"""A second, independently written check of recommendations against their records, for people to read.

``python tests/benchmarks/second_check.py TEXTS.jsonl [--output MARKS.jsonl] [--soft]`` reads lines of ``{"id",
"language", "request", "product", "text"}`` and prints every word of fact, number, name or claim that it cannot find in
the record. It is written for recall: a person reads what it marks. It shares no code, table or rule with
``assistant.generation``, so that what both miss is missed twice independently. It knows no grammar
beyond clauses, negation and nearness.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from second_check_amounts import code_marks, name_marks, number_marks, opening_marks, place_marks
from second_check_lexicon import (
    BOUND_KINDS,
    EXPRESSIONS,
    WORDS,
    Claim,
    Mark,
    Mention,
    Record,
    Tables,
    clause_at,
    clauses,
    gap,
    load_tables,
    mentions,
    read_record,
    stems,
)
from second_check_numbers import normalise, quantities, same

SOFT_KINDS = frozenset({"quality", "soft"})
# Concepts whose words are mostly used without stating a property: marked only with --soft.
_SOFT = WORDS["soft"]
# Who or where a thing is for may be said when the shopper asked for it, unless the record denies it.
_WISHABLE = WORDS["wishable"]
_STOP = frozenset(
    "it the a an for with of to and or by in on at is its your you that this from as be any all also more than".split()
)


def check(tables: Tables, product: Mapping[str, Any], text: str, request: str = "") -> list[Mark]:
    """Return what a text says that its record does not, one mark a place, in the text's order.

    Args:
        tables: The word tables.
        product: A record in the catalogue's format.
        text: The recommendation, English or Chinese.
        request: The shopper's words; they may support who or where a thing is for, never a property.
    """
    record = read_record(tables, product)
    found = mentions(tables, text, record.names)
    marks = [
        *number_marks(tables, record, text, request),
        *code_marks(record, text),
        *name_marks(tables, record, text),
        *place_marks(tables, record, text),
        *opening_marks(tables, record, text),
    ]
    marks += [
        *_claims(tables, record, text, request),
        *_words(tables, record, text, found, request),
        *_parts(tables, record, text, found),
    ]
    marks.sort(key=lambda m: (m.kind in SOFT_KINDS, m.kind == "object", m.start, -len(m.span)))
    kept: list[Mark] = []
    for mark in marks:
        if mark.span and not any(k.start < mark.end and mark.start < k.end for k in kept):
            kept.append(mark)
    return sorted(kept, key=lambda m: m.start)


def _words(tables: Tables, record: Record, text: str, found: Sequence[Mention], request: str) -> Iterator[Mark]:
    low = normalise(text)
    wished = {n for m in mentions(tables, request) for n in m.names}
    held, plain = stems(record.everything), normalise(record.everything)
    for m in found:
        a, b = clause_at(low, m.start)
        clause, span, name = low[a:b], text[m.start : m.end], m.names[0]
        kind = tables.concepts[name].kind
        if EXPRESSIONS["silent"].search(clause) or (EXPRESSIONS["wish"].search(clause) and wished & set(m.names)):
            continue
        soft = all(n in _SOFT for n in m.names)
        affirmed, denied = any(n in record.affirmed for n in m.names), any(n in record.denied for n in m.names)
        literal = kind not in BOUND_KINDS and (
            stems(span) <= held if span.isascii() else len(span) > 1 and span.lower() in plain
        )
        if affirmed and denied:
            supplied = EXPRESSIONS["together"].search(clause) and not m.apart and set(m.names) & record.apart
            if supplied or (kind in ("care", "feature", "compat", "use") and _denied_here(record, m, found, a, b)):
                yield Mark(
                    text[a:b].strip(),
                    a + len(text[a:b]) - len(text[a:b].lstrip()),
                    "negation",
                    f"the record's words on {name} with the same part say the opposite",
                )
        elif m.denied and affirmed:
            if m.apart and re.search(r"need|requir|runs? on|需", plain):
                continue
            if (
                name not in ("assembly", "heavy", "loud", "noisecancel", "quiet", "charging", "washable", "wired")
                and not soft
            ):
                yield Mark(span, m.start, "negation", f"the text denies {name}, the record affirms it")
        elif not m.denied and denied:
            whole = text[a:b].strip() if EXPRESSIONS["together"].search(clause) else span
            start = text.index(whole, a) if whole != span else m.start
            if name != "assembly" and not m.doubtful:
                yield Mark(
                    whole,
                    start,
                    "soft" if soft and not EXPRESSIONS["together"].search(clause) else "negation",
                    f"the record denies {name}, the text affirms it",
                )
        elif not affirmed and not denied and not literal:
            if (wished & set(m.names) & _WISHABLE) or (
                m.denied and kind in ("use", "item", "color", "care", "type", "compat", "content")
            ):
                continue
            yield Mark(span, m.start, "soft" if soft else kind, f"no word of the record means {name}")


def _denied_here(record: Record, m: Mention, found: Sequence[Mention], a: int, b: int) -> bool:
    """Tell whether the record, where it speaks of the same part, says the opposite of a mention."""
    near = {n for o in found if a <= o.start < b and o is not m for n in o.names}
    same_part = [negative for names, others, negative in record.said if names & set(m.names) and near & others]
    return bool(same_part) and all(negative != m.denied for negative in same_part)


def _parts(tables: Tables, record: Record, text: str, found: Sequence[Mention]) -> Iterator[Mark]:
    for a, b in clauses(normalise(text)):
        inside = [m for m in found if a <= m.start < b]
        parts = [m for m in inside if any(n in record.bound for n in m.names)]
        for material in inside:
            names = {n for n in material.names if tables.concepts[n].kind == "material"} - WORDS["loose_materials"]
            others = [p for p in parts if p.start != material.start]
            if not names or not others or material.denied:
                continue
            part = min(others, key=lambda p: gap(p, material))
            known = tables.closure(set().union(*(record.bound.get(n, set()) for n in part.names)))
            if known and gap(part, material) <= 14 and not known & names:
                yield Mark(
                    text[material.start : material.end],
                    material.start,
                    "swapped",
                    f"the record gives {part.names[0]} another material: {', '.join(sorted(known))}",
                )


def _claims(tables: Tables, record: Record, text: str, request: str) -> Iterator[Mark]:
    wished = {n for m in mentions(tables, request) for n in m.names} & _WISHABLE
    whole = record.everything
    held = stems(whole)
    for claim in tables.claims:
        there = [m.group().lower() for m in claim.find(whole)]
        for match in claim.find(text):
            span, word = match.group().strip(), match.group().strip().lower()
            a, b = clause_at(text, match.start())
            clause = text[a:b].lower()
            if not span or EXPRESSIONS["silent"].search(clause) or word in whole.lower():
                continue
            alike = any(word in t or t in word or stems(t) & stems(word) for t in there)
            other_language = bool(there) and not any(t.isascii() == word.isascii() for t in there)
            if (
                alike
                or (claim.kind in ("promise", "effect", "care", "quality", "rating", "comparative") and other_language)
                or (claim.kind == "promise" and there)
            ):
                continue
            if (
                claim.kind in ("effect", "care", "quality", "origin")
                and stems(word) - _STOP
                and stems(word) - _STOP <= held
            ):
                continue
            if claim.kind == "superlative" and re.search(r"\bnot\b|n['’]t\b|不|并非|没有", clause[: match.start() - a]):
                continue
            capitals = re.findall(r"\b[A-Z]\w+", span)
            if (
                claim.kind == "origin"
                and capitals
                and all(c in whole or any(en.search(c) for en, _ in tables.places) for c in capitals)
            ):
                continue
            if (
                claim.kind == "origin"
                and not word.isascii()
                and any(
                    word[i : i + 2] in whole
                    for i in range(len(word) - 1)
                    if word[i : i + 2] not in ("制造", "手工", "出自", "源自", "产自", "进口", "制作", "生产", "工制")
                )
            ):
                continue
            if claim.kind == "object":
                if not _aligned(tables, record, span, wished):
                    yield Mark(
                        span,
                        text.index(span, match.start()),
                        "object",
                        f"what follows ({claim.name}) has no word in the record",
                    )
                continue
            if (
                claim.kind in ("use", "absence", "feature", "availability")
                and not claim.judged
                and _supported_by_words(tables, record, span)
            ):
                continue
            by_price = claim.judged or claim.kind in ("promotion", "comparative", "value")
            if by_price and _judged(claim, record.product, clause, word):
                continue
            yield Mark(
                span,
                text.index(span, match.start()),
                claim.kind,
                f"a claim ({claim.name}) that the record does not make",
            )


def _judged(claim: Claim, product: Mapping[str, Any], clause: str, word: str) -> bool:
    """Tell whether stock or list price bear out a claim of availability or of a lower price."""
    stock, price, listed = product.get("stock"), product.get("price"), product.get("list_price")
    cut = bool(listed and price and listed > price)
    if claim.name == "availability instock":
        if re.search(r"\b(?:not|no|none|cannot)\b|n['’]t\b|没|无|不|未", clause):
            return stock == 0
        plenty = bool(re.search(r"plenty|well stocked|充足|大量", clause))
        at_once = bool(re.search(r"immediately|today|ship|dispatch|发|随时", word))
        return isinstance(stock, int) and stock >= (20 if plenty else 1) and not at_once
    if claim.name == "availability soldout":
        return stock == 0
    if claim.name == "availability lowstock":
        return bool(stock) and any(q.value == stock for q in quantities(clause, ones=True))
    if claim.kind == "promotion":
        return claim.judged and cut and not re.search(r"半价|half", word)
    return cut and bool(re.search(r"原价|现价|便宜了\s*\d|list|original|was|usual", clause))


def _supported_by_words(tables: Tables, record: Record, span: str) -> bool:
    """Tell whether the concepts and numbers of a phrase are all in the record; without any, its words."""
    found, numbers = mentions(tables, span, record.names), quantities(span)
    if any(not any(same(q, r, True) for _, r, _ in record.numbers) for q in numbers):
        return False
    if any(
        not (set(m.names) & (record.affirmed | record.denied)) and not set(m.names) <= _WISHABLE | _SOFT for m in found
    ):
        return False
    plain = record.everything
    if found or numbers:
        return True
    if span.isascii():
        return bool(
            (stems(span) - {"suitabl", "for", "fin", "saf", "perfect", "work", "mad", "the", "and"}) & stems(plain)
        )
    rest = re.sub(r"适合|适用于?|专为|针对|不含|不添加|零添加|使用|没有任何|不带", "", span)
    return bool(re.search(r"[\u4e00-\u9fff]{8}", plain)) is False or any(
        rest[i : i + 2] in plain for i in range(len(rest) - 1)
    )


def _aligned(tables: Tables, record: Record, span: str, wished: set[str]) -> bool:
    """Tell whether any word after a verb such as "fits" or 附送 has its like in the record, or is a wished-for use."""
    rest = EXPRESSIONS["object_verb"].sub("", span)
    plain, said = normalise(record.everything), record.affirmed | record.denied | wished
    found = mentions(tables, rest, record.names)
    if any(set(m.names) & said for m in found) or any(
        any(same(q, r, True) for _, r, _ in record.numbers) for q in quantities(rest)
    ):
        return True
    if (
        not rest.strip()
        or stems(rest) - _STOP & stems(plain)
        or any(name and name.lower() in rest.lower() for name in record.names)
    ):
        return True
    if (stems(rest) - _STOP) & stems(plain):
        return True
    return any(
        rest[i : i + 2] in plain for i in range(len(rest) - 1) if re.match(r"[\u4e00-\u9fff]{2}", rest[i : i + 2])
    ) or not re.search(r"[a-z\u4e00-\u9fff]{2}", rest.lower())


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file of texts, write the marks, print a summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path, help="JSONL of id, language, request, product, text")
    parser.add_argument("--output", type=Path, help="where to write one line a marked text, instead of printing them")
    parser.add_argument(
        "--soft", action="store_true", help="mark general properties and words of praise too (more to read)"
    )
    options = parser.parse_args(arguments)
    tables = load_tables()
    total, kinds, lines = 0, Counter[str](), []
    for number, line in enumerate(options.texts.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        row = json.loads(line)
        if "text" not in row or "product" not in row:
            sys.exit(f'{options.texts}:{number}: a line needs "product" and "text"; it has {sorted(row)}')
        total += 1
        found = [
            m
            for m in check(tables, row["product"], row["text"], row.get("request") or "")
            if options.soft or m.kind not in SOFT_KINDS
        ]
        kinds.update(m.kind for m in found)
        if found:
            lines.append({"id": row.get("id"), "text": row["text"], "marks": [asdict(m) for m in found]})
    if options.output:
        options.output.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), encoding="utf-8")
    else:
        for x in lines:
            sys.stdout.write(
                f"{x['id']}: {x['text']}\n"
                + "".join(f"    {m['kind']:<13} {m['span']!r}: {m['why']}\n" for m in x["marks"])
            )
    marks = sum(kinds.values())
    sys.stdout.write(
        f"{total} texts, {len(lines)} marked, {marks} marks ({100 * marks / max(total, 1):.1f} per 100 texts)\n"
    )
    for kind, count in kinds.most_common():
        sys.stdout.write(f"  {kind:<13} {count:>5}  {100 * count / max(total, 1):.1f} per 100\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
