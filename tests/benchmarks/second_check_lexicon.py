"""Words of fact in English and Chinese texts, and what a record says of each, for second_check.py.

Reads the word tables that lie beside this file, finds their forms in a text with what each clause denies, and
collects a record's affirmations, denials and the material of each part. It decides nothing, and it knows no word of the
product's own check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from second_check_numbers import Quantity, attribute_quantities, normalise, quantities

HERE = Path(__file__).parent
BOUND_KINDS = ("material", "color")
# Words that say how something was treated: no part is "made of" them.


def _read_patterns() -> tuple[dict[str, re.Pattern[str]], dict[str, frozenset[str]]]:
    """Read the expressions and the word lists of second_check.patterns.txt."""
    expressions: dict[str, re.Pattern[str]] = {}
    words: dict[str, frozenset[str]] = {}
    for line in (HERE / "second_check.patterns.txt").read_text(encoding="utf-8").splitlines()[1:]:
        head, mark, body = re.split(r" ([=:]) ", line, maxsplit=1)
        if mark == "=":
            expressions[head] = re.compile(body, re.I)
        else:
            words[head] = frozenset(body.split())
    return expressions, words


EXPRESSIONS, WORDS = _read_patterns()
_CLAUSE = re.compile(
    r"[,;:.!?，。；：！？、\n]|(?<=\s)(?:but|and|while|although|though|yet|whereas)(?=\s)|(?:但是|但|不过|而且|并且|只是|可是|同时)"
)
_NEGATION_AFTER = re.compile(r"-free\b|\W+(?:is|are) (?:not|missing)\b|\W+free\b(?! of)")
_NEGATION_AFTER_ZH = re.compile(r"^[^，。；]{0,6}?(?:不能|不可|不了|不得|不行|不含|除外|没有)")


@dataclass(frozen=True)
class Concept:
    """One meaning with its English and Chinese forms, its kind of fact, and the meanings it implies."""

    name: str
    kind: str
    parents: frozenset[str]


@dataclass(frozen=True)
class Claim:
    """One line of second_check.claims.txt: expressions that are claims in themselves, for each language."""

    name: str
    kind: str
    english: re.Pattern[str]
    chinese: re.Pattern[str]
    judged: bool

    def find(self, text: str) -> list[re.Match[str]]:
        """Return the places of the claim in a text of either language."""
        return [*self.english.finditer(text), *self.chinese.finditer(text)]


@dataclass(frozen=True)
class Mention:
    """Words of fact found in a text: the concepts they may mean, their place, and whether they are denied.

    ``apart`` says that the clause has the thing sold separately, ``doubtful`` that it holds a denial of something.
    """

    names: tuple[str, ...]
    start: int
    end: int
    denied: bool
    apart: bool = False
    doubtful: bool = False


@dataclass(frozen=True)
class Tables:
    """The word tables beside this file, compiled."""

    concepts: Mapping[str, Concept]
    forms: Mapping[str, tuple[str, ...]]
    pattern: re.Pattern[str]
    claims: tuple[Claim, ...]
    places: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]

    def closure(self, names: set[str]) -> set[str]:
        """Return the concepts and all that they imply."""
        out, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name not in out:
                out.add(name)
                todo.extend(self.concepts[name].parents if name in self.concepts else ())
        return out


def _lines(name: str) -> Iterator[str]:
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line


def _english(form: str) -> str:
    words = [re.escape(w) for w in re.split(r"[\s-]+", form)]
    return r"[\s-]?".join(words) if len(words) > 1 else words[0]


def load_tables() -> Tables:
    """Read and compile the tables that lie beside this file."""
    concepts: dict[str, Concept] = {}
    forms: dict[str, list[str]] = {}
    kind = ""
    for line in _lines("second_check.tables.txt"):
        if line.startswith("@"):
            kind = line[1:].strip()
            continue
        head, _, body = line.partition(" : ")
        name, _, parents = head.partition("<")
        english, _, chinese = body.partition(" | ")
        name = name.strip()
        concepts[name] = Concept(name, kind, frozenset(parents.split()))
        for form in [*english.split(";"), *chinese.split(";")]:
            if form.strip():
                forms.setdefault(re.sub(r"[\s-]+", "", form.strip().lower().lstrip("!")), []).append(
                    ("!" if form.strip()[0] == "!" else "") + name
                )
    words: dict[str, str] = {}
    for line in _lines("second_check.tables.txt"):
        if not line.startswith("@"):
            for form in re.split(r";| \| ", line.partition(" : ")[2]):
                words[form.strip().lower().lstrip("!")] = ""
    for line in _lines("second_check.neutral.txt"):
        for form in line.partition(" : ")[2].split(";"):
            words[form.strip().lower()] = ""
            forms.setdefault(re.sub(r"[\s-]+", "", form.strip().lower()), [])
    ordered = sorted((w for w in words if w), key=len, reverse=True)
    english_re = "|".join(
        _english(w) for w in ordered if re.match(r"[a-z0-9]", w) and not re.search(r"[\u4e00-\u9fff]", w)
    )
    chinese_re = "|".join(re.escape(w) for w in ordered if re.search(r"[\u4e00-\u9fff]", w))
    pattern = re.compile(rf"(?<![a-z0-9])(?P<en>{english_re})(?:e?s|'s)?(?![a-z0-9])|(?P<zh>{chinese_re})")
    claims = []
    for line in _lines("second_check.claims.txt"):
        head, _, body = line.partition(" : ")
        english, _, chinese = body.partition(" | ")
        claim_kind, name = head.split()
        claims.append(
            Claim(
                f"{claim_kind} {name.lstrip('~')}",
                claim_kind,
                re.compile(english.strip(), re.I),
                re.compile(chinese.strip() or r"(?!)"),
                "~" in name,
            )
        )
    places = tuple(
        (
            re.compile(r"\b(?:" + "|".join(re.escape(w.strip()) for w in en.split(";")) + r")(?![A-Za-z])"),
            re.compile("|".join(re.escape(w.strip()) for w in zh.split(";"))),
        )
        for en, _, zh in (line.partition(" | ") for line in _lines("second_check.places.txt"))
    )
    return Tables(concepts, {k: tuple(dict.fromkeys(v)) for k, v in forms.items()}, pattern, tuple(claims), places)


def clauses(text: str) -> list[tuple[int, int]]:
    """Return the places of the clauses of a text: cut at punctuation and at words such as "but" and 但."""
    cuts = [
        0,
        *(m.end() if len(m.group()) == 1 else m.start() for m in _CLAUSE.finditer(text) if not _inside_number(text, m)),
        len(text),
    ]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def _inside_number(text: str, match: re.Match[str]) -> bool:
    return (
        match.group() in ".,:"
        and text[match.start() - 1 : match.start()].isdigit()
        and text[match.end() : match.end() + 1].isdigit()
    )


def mentions(tables: Tables, text: str, hidden: Sequence[str] = (), whole: bool = False) -> list[Mention]:
    """Return the words of fact in a text, longest first at each place, with what the clause denies.

    Args:
        tables: The word tables.
        text: A text of either language.
        hidden: Names in which no word of fact is to be seen (a brand such as "Larch & Loam").
        whole: The text is a record's: a denial reaches as far as the clause for all but parts and things supplied.
    """
    low = normalise(text)
    spans = clauses(low)
    for name in hidden:
        low = low.replace(normalise(name), "\x00" * len(name)) if name.strip() else low
    out = []
    for match in tables.pattern.finditer(low):
        raw = re.sub(r"[\s-]+", "", match.group())
        bare = re.sub(r"[\s-]+", "", match["en"] or match["zh"])
        listed = tables.forms.get(raw) or tables.forms.get(bare) or ()
        names = tuple(n.lstrip("!") for n in listed)
        if not names:
            continue
        a, b = next((s for s in spans if s[0] <= match.start() < s[1]), (0, len(low)))
        before, after = EXPRESSIONS["not_negation_zh"].sub("～", low[a : match.start()]), low[match.end() : b]
        narrow = ("item",) if whole else ("item", "use", "type", "content")
        broad = bool(
            EXPRESSIONS["negation"].search(before)
            or _NEGATION_AFTER.match(after)
            or EXPRESSIONS["negation_zh"].search(before)
            or _NEGATION_AFTER_ZH.match(after[:9])
        )
        denied = broad
        if all(tables.concepts[n].kind in narrow for n in names):
            denied = bool(EXPRESSIONS["item_negation"].search(before) or _NEGATION_AFTER.match(after))
        denied = (
            denied
            or listed[0].startswith("!")
            or bool(re.match(r"\W*(?:\w+\W+){0,3}(?:is|are|was|can|must|should) (?:not|never)\b", after[:40]))
        )
        apart = bool(EXPRESSIONS["apart"].search(low[a:b]))
        out.append(Mention(names, match.start(), match.end(), denied or apart, apart, broad and not denied))
    return out


@dataclass(frozen=True)
class Mark:
    """One suspected unsupported fact: its words, where they begin in the text, its kind, and why it is suspected."""

    span: str
    start: int
    kind: str
    why: str

    @property
    def end(self) -> int:
        """Where its words end."""
        return self.start + len(self.span)


def stem(word: str) -> str:
    """Return an English word without its commonest endings."""
    for end in ("ings", "ing", "ied", "ies", "ed", "es", "er", "s", "ly", "y", "e"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word[: -len(end)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def stems(text: str) -> set[str]:
    """Return the stems of a text's English words of two letters or more."""
    return {stem(w) for w in re.findall(r"[a-z]{2,}", normalise(text))}


def clause_at(text: str, place: int) -> tuple[int, int]:
    """Return the place of the clause that holds a place."""
    return next((s for s in clauses(text) if s[0] <= place < s[1]), (0, len(text)))


@dataclass
class Record:
    """What a record says: its texts, its numbers by attribute, and its concepts, affirmed and denied."""

    product: Mapping[str, Any]
    texts: list[str] = field(default_factory=list)
    affirmed: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    apart: set[str] = field(default_factory=set)
    bound: dict[str, set[str]] = field(default_factory=dict)
    numbers: list[tuple[str, Quantity, str]] = field(default_factory=list)
    said: list[tuple[frozenset[str], frozenset[str], bool]] = field(default_factory=list)

    @property
    def everything(self) -> str:
        """All the record's words in one text."""
        return "\n".join(self.texts)

    @property
    def names(self) -> list[str]:
        """The brand, whole and in its words, in which words of fact mean nothing."""
        brand = str(self.product.get("brand") or "")
        return [brand, *(w for w in re.split(r"[\s&]+", brand) if len(w) > 2)] if brand else []


def read_record(tables: Tables, product: Mapping[str, Any]) -> Record:
    """Collect what a record says, from its fields, its attributes and its translations."""
    record = Record(product)
    prose = [str(product.get(k) or "") for k in ("title", "description", "brand", "color", "name")]
    prose += (
        [str(x) for x in (product.get("category") or [])]
        if isinstance(product.get("category"), list)
        else [str(product.get("category") or "")]
    )
    prose += [str(x) for x in product.get("sizes") or []]
    pairs: list[tuple[str, object]] = list((product.get("attributes") or {}).items())
    for translation in (product.get("translations") or {}).values():
        for value in translation.values():
            if isinstance(value, Mapping):
                pairs += list(value.items())
            else:
                prose.append(str(value))
    affirmed: set[str] = set()
    for text in prose:
        record.texts.append(text)
        record.numbers += [("", q, text) for q in quantities(text, ones=True)]
        found = mentions(tables, text, () if text == product.get("color") else record.names, whole=True)
        for m in found:
            (record.denied if m.denied else affirmed).update(m.names)
            record.apart.update(m.names if m.apart else ())
        for a, b in clauses(normalise(text)):
            inside = [m for m in found if a <= m.start < b]
            _bind(tables, record, inside)
            together = frozenset(n for m in inside for n in m.names)
            record.said += [(frozenset(m.names), together - set(m.names), m.denied) for m in inside if not m.apart]
    for key, value in pairs:
        words = key.replace("_", " ")
        keyed = [n for m in mentions(tables, words) for n in m.names]
        if isinstance(value, bool):
            negative = not value
            (record.denied if negative else affirmed).update(keyed)
            record.texts.append(words if value else f"not {words}")
            continue
        text = f"{words} {'; '.join(map(str, value)) if isinstance(value, list) else value}"
        record.texts.append(text)
        if str(value).lower() in ("no", "none", "无", "false", "0", "不支持", "without"):
            record.denied.update(keyed)
            continue
        affirmed.update(keyed)
        found = mentions(tables, "; ".join(map(str, value)) if isinstance(value, list) else str(value))
        for m in found:
            (record.denied if m.denied else affirmed).update(m.names)
        materials = {n for m in found for n in m.names if tables.concepts[n].kind in BOUND_KINDS}
        for part in keyed:
            if (tables.concepts[part].kind == "item" or part in WORDS["part_features"]) and materials:
                record.bound.setdefault(part, set()).update(materials - WORDS["loose_materials"])
        record.numbers += [(words, q, text) for q in attribute_quantities(key, value)]
    for key in ("price", "list_price", "stock"):
        if isinstance(product.get(key), int | float):
            record.numbers.append(
                (
                    key,
                    Quantity(
                        float(product[key]),
                        "money" if key != "stock" else "",
                        float(product[key]),
                        0,
                        0,
                        str(product[key]),
                    ),
                    key,
                )
            )
    for value in (product.get("prices") or {}).values():
        record.numbers.append(("price", Quantity(float(value), "money", float(value), 0, 0, str(value)), "price"))
    record.affirmed = tables.closure(affirmed)
    record.apart = tables.closure(record.apart)
    record.denied |= record.apart
    # A part that the title or category names is the product itself: its parts may be of other materials.
    whole = f"{product.get('title')} {product.get('category')}"
    for m in mentions(tables, whole, record.names):
        for name in m.names:
            record.bound.pop(name, None)
    return record


def _bind(tables: Tables, record: Record, found: Sequence[Mention]) -> None:
    """Note which material a clause gives to which part: the part next to it, or the clause's only part."""
    parts = [m for m in found if tables.concepts[m.names[0]].kind == "item" or m.names[0] in WORDS["part_features"]]
    for material in found:
        names = {n for n in material.names if tables.concepts[n].kind == "material"} - WORDS["loose_materials"]
        if not names or not parts or material.denied:
            continue
        part = min(parts, key=lambda p: gap(p, material))
        if gap(part, material) <= (14 if len(parts) == 1 else 3) and part.start != material.start:
            for name in part.names:
                record.bound.setdefault(name, set()).update(names)


def gap(one: Mention, other: Mention) -> int:
    """Return how many characters lie between two mentions; a word before the other counts one more than after it."""
    return max(one.start - other.end, other.start - one.end + 1, 0)
