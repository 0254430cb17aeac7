"""What a record states, in a form that claims can be held against.

Knows how a product's fields become units of evidence (a title, one sentence of a description, one attribute) and what
each unit affirms or denies. Does not know what a claim looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pypinyin import lazy_pinyin

from assistant.generation.frames import Frame
from assistant.generation.quantities import Quantity, quantities
from assistant.generation.senses import Senses
from assistant.generation.slots import Slots, localise, one_line, type_word
from assistant.generation.vocabulary import english_words, stems
from assistant.lexicon import Concept, Lexicon, Mention, fold
from assistant.types import Product

HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
# A point inside "1.5" or "example.com" ends no sentence.
_SENTENCE = re.compile(r"[^.!?。！？；;\n]+(?:\.(?=\d|[a-z]{2,3}\b)[^.!?。！？；;\n]*)*[.!?。！？；;]*")
_EN_NEGATOR = re.compile(
    r"\b(?:no|not|without|never|lacks?|lacking|isn't|aren't|doesn't|don't|didn't|won't|wasn't|cannot|can't|nor|neither|"
    r"except|free\s+(?:of|from)|instead\s+of|rather\s+than)\b"
)
_ZH_NEGATOR = re.compile(
    r"不(?![错过仅但止妨管论少同如断锈])|没有?|无(?![线论])|(?<![避以难])免(?!不了|费|得)|零(?=添加|含)|非(?!常)|(?:代替|取代|替代)(?=[\u3400-\u9fff])|未(?![来干])|勿|别(?![致人墅])|缺"
)
_NO_VALUES = frozenset(("no", "false", "n/a", "without", "无", "没有", "否", "不支持"))
# "None stated", "not included", 未附: nothing of what the attribute is called.
_NO_VALUE = re.compile(
    r"none\b.*|not (?:included|incl|supplied|provided|stated|available|supported)\b.*|未附|不附|不含|不带", re.I
)
_NO_UNIT = (
    r"(?!\s?(?:个月|小时|分钟|[天年周岁]|毫米|厘米|米|英寸|毫升|升|公斤|千克|克|瓦|元|(?:mm|cm|m|kg|g|l|ml|w"
    r"|hours?|months?|years?|days?|weeks?|minutes?|inch(?:es)?)\b))"
)
_FREE_KEY = re.compile(r"_free$")
_FREE_LABEL = re.compile(r"^(?:不含|无|零)")
#: Set before catchwords that are quoted; what follows is the record's own text.
QUOTED = "From the listing: "
_BREAK = re.compile(r"[，。、；：！？,;:!?]")
_BESIDE = re.compile(r"included|supplied|附|含|赠")
#: Where one part of a sentence may speak of another thing than the part before it.
PHRASE = re.compile(
    r"[,;.，。；(（)）、/]|\b(?:and|with|but|while|plus|over|under|on|in)\b|(?<![平随温柔])和|与|并|配有|搭配|附带|带有"
)
_CLAUSE = re.compile(r"(?<!\d)[.]|[.](?!\d)|[,;，。；]")
#: How a record or a text says that a thing has to be got elsewhere.
SEPARATE = re.compile(
    r"\b(?:not (?:included|incl|supplied|provided|part of)|sold separately|bought separately|separately|"
    r"(?:is|are) extra|without an?|no|excluded|excluding|except)\b|另购|另买|自备|另配|自配|单独购买|"
    r"不含|不附|不带|需购|未含|不包含",
    re.I,
)
FREE = re.compile(r"\b([a-z]+)[- ]free\b", re.I)
_SCOPE_WORDS = 3
_SMALL = frozenset("a an the to be very on for of".split())
_SCOPE_HAN = 3
# 不能放进微波炉: behind a modal verb what is denied stands further away.
_ZH_FAR = re.compile(r"不(?:[能可得要会宜]|适合|支持|含有?|带|附|建议)|没有|勿|别")
_SCOPE_FAR = 7
# 铝制品不能用: what is denied may stand before its negator, up to the comma.
_ZH_BEHIND = re.compile(
    r"[\u3400-\u9fff、]{1,12}(?:不能用|不适用|不可用|不行|不含|不附|不赠|[\u3400-\u9fff]不了|除外)(?=[，。；！,.;]|$)"
)
# What may stand between a negator and what it denies; in 不粘涂层 it is not the coating.
_LIGHT = re.compile(r"[\s\-]*(?:an?|any|be)?[\s\-]*|[的含带能可会用有是要得到适支持需]*", re.I)
_UN = re.compile(r"\bun([a-z]{4,})\b|\b([a-z]{3,})less\b", re.I)
_NO_SUBJECT = frozenset(
    "the and with for from has have its are that this just only you can your per each will "
    "included include supplied".split()
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text with their end marks; a point inside a number ends none."""
    return [s.strip() for s in _SENTENCE.findall(text) if s.strip()]


@dataclass(frozen=True, slots=True)
class Scope:
    """A negator at ``[start, end)`` and the stretch up to ``reach`` that it denies."""

    start: int
    end: int
    reach: int


def _reached(words: Sequence[tuple[str, int, int]], small: frozenset[str]) -> list[int]:
    """Where the words end that a negator reaches."""
    out: list[int] = []
    counted = 0
    for word, _, end in words:
        counted += word not in small
        if counted > _SCOPE_WORDS:
            break
        out.append(end)
    return out


def negations(text: str, small: frozenset[str] = frozenset()) -> list[Scope]:
    """The negators of a text and how far each one reaches: three words or Han characters, never past a comma.

    English words of ``small`` do not count.
    """
    low = text.lower().replace("’", "'")
    out = []
    for m in _EN_NEGATOR.finditer(low):
        stop = re.search(r"[,.;:!?，。；]", low[m.end() :])
        limit = m.end() + stop.start() if stop else len(low)
        ahead = _reached([w for w in english_words(low) if w[1] >= m.end() and w[2] <= limit], small)
        out.append(Scope(m.start(), m.end(), ahead[-1] if ahead else m.end()))
    for m in re.finditer(r"\b([a-z]+)-free\b", low):
        out.append(Scope(m.end() - 4, m.end(), m.end()))
    for m in _ZH_BEHIND.finditer(low):
        out.append(Scope(m.start(), m.start(), m.end()))
    for m in _ZH_NEGATOR.finditer(low):
        reach = m.end()
        far = _SCOPE_FAR if _ZH_FAR.match(low, m.start()) else _SCOPE_HAN
        while reach < len(low) and reach - m.end() < far and HAN_RUN.match(low[reach]):
            reach += 1
        out.append(Scope(m.start(), m.end(), reach))
    return out


@dataclass(frozen=True)
class Unit:
    """One statement of the record. ``about`` is ``title``, ``text``, ``type`` or the attribute's key."""

    text: str
    about: str
    concepts: frozenset[str]
    words: frozenset[str]
    denied_words: frozenset[str]
    rows: frozenset[int] = frozenset()
    denied_rows: frozenset[int] = frozenset()
    #: Pairs of Han characters that stand next to each other, outside and inside the reach of a negator.
    pairs: frozenset[str] = frozenset()
    denied_pairs: frozenset[str] = frozenset()
    #: The amounts of the text, each with what it is said of.
    amounts: tuple[tuple[Quantity, frozenset[str]], ...] = ()
    #: What each clause speaks of, and the concepts it affirms.
    clauses: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    #: What such clauses speak of as have to be got elsewhere.
    apart: frozenset[str] = frozenset()
    #: Rows that a negator stands right before, each with what else its sentence speaks of.
    refused: tuple[tuple[frozenset[int], frozenset[str]], ...] = ()

    @cached_property
    def squeezed(self) -> str:
        """The text without spaces and case, for substring tests."""
        return squeeze(self.text)


def squeeze(text: str) -> str:
    """Small letters, half width, no white space or punctuation but the inner points of numbers."""
    return re.sub(r"(?<!\d)[.,]|[.,](?!\d)|[\s\-‑–—·'\"“”‘’、，。！？；：:;!?()（）]", "", fold(text))


@dataclass(frozen=True)
class Evidence:
    """All a record states. ``type_concepts`` are the product types it is; ``slots`` the values code may fill in."""

    product: Product
    slots: Slots
    units: tuple[Unit, ...]
    denied: frozenset[str]
    type_concepts: frozenset[str]
    type_words: frozenset[str]
    color: frozenset[str]
    #: What the product is a kind of, at one remove: where other kinds begin.
    own_kinds: frozenset[str] = frozenset()

    @cached_property
    def concepts(self) -> frozenset[str]:
        """Every concept affirmed somewhere."""
        return frozenset().union(*(u.concepts for u in self.units)) if self.units else frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of every English word affirmed somewhere."""
        return frozenset().union(*(u.words for u in self.units)) if self.units else frozenset()

    @cached_property
    def rows(self) -> frozenset[int]:
        """The rows of the table of senses that something affirmed belongs to."""
        return frozenset().union(*(u.rows for u in self.units)) if self.units else frozenset()

    @cached_property
    def told_rows(self) -> frozenset[int]:
        """Those affirmed by more than what the product is called."""
        return frozenset().union(*(u.rows for u in self.units if u.about not in ("type", "title")))

    @cached_property
    def denied_rows(self) -> frozenset[int]:
        """The rows that are denied somewhere and affirmed nowhere."""
        return frozenset().union(*(u.denied_rows for u in self.units)) - self.rows if self.units else frozenset()

    @cached_property
    def apart(self) -> frozenset[str]:
        """What the record says one has to get elsewhere."""
        return frozenset().union(*(u.apart for u in self.units)) if self.units else frozenset()

    @cached_property
    def refused(self) -> tuple[tuple[frozenset[int], frozenset[str]], ...]:
        """Rows that the record denies outright, each with what it denies them of."""
        return tuple(pair for u in self.units for pair in u.refused)

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Neighbouring Han characters affirmed somewhere."""
        return frozenset().union(*(u.pairs for u in self.units)) if self.units else frozenset()

    @cached_property
    def denied_pairs(self) -> frozenset[str]:
        """Neighbouring Han characters denied somewhere and affirmed nowhere."""
        return frozenset().union(*(u.denied_pairs for u in self.units)) - self.pairs if self.units else frozenset()

    @cached_property
    def shown_values(self) -> tuple[re.Pattern[str], ...]:
        """What finds the values of slots that are filled in already, the longest first."""
        out = []
        for value in sorted(set(self.slots.values.values()), key=len, reverse=True):
            if len(value) < 2 and not value.isdigit():
                continue
            edges = (r"(?<![A-Za-z0-9.,])", r"(?![A-Za-z0-9]|[.,]\d)") if value[0].isascii() else ("", "")
            # "4个月" is not the 4 of four wheels.
            out.append(re.compile(edges[0] + re.escape(value) + edges[1] + (_NO_UNIT if value.isdigit() else "")))
        return tuple(out)

    @cached_property
    def romanised(self) -> frozenset[str]:
        """How Han names of brand and title read in Latin letters, as an English text would write them."""
        names = (self.product.brand or "", *(u.text.split()[0] for u in self.units if u.about == "title" and u.text))
        return frozenset("".join(lazy_pinyin(run)) for name in names for run in HAN_RUN.findall(name))

    @cached_property
    def denied_words(self) -> frozenset[str]:
        """Stems of the English words that stand behind a negator or under a false attribute."""
        return frozenset().union(*(u.denied_words for u in self.units)) if self.units else frozenset()

    @cached_property
    def squeezed(self) -> str:
        """All units as one string without spaces, for phrases; units are kept apart."""
        return "\n".join(u.squeezed for u in self.units)

    def states(self, phrase: str) -> bool:
        """Whether a phrase stands in one unit word for word, spaces and case apart."""
        wanted = squeeze(phrase)
        return bool(wanted) and wanted in self.squeezed


def concept_id(concept: Concept) -> str:
    """Product types and properties may share a key, so the kind tells them apart."""
    return f"product:{concept.key}" if concept.kind == "product" else concept.key


class EvidenceReader:
    """Reads product records into evidence. Texts of both languages count: the record is one."""

    def __init__(self, lexicon: Lexicon, frames: Mapping[str, Frame], senses: Senses | None = None) -> None:
        self._lexicon = lexicon
        self._senses = senses if senses is not None else Senses.load()
        self._frames = frames
        self._properties = frozenset(c.kind for c in lexicon.concepts) - {"product", "brand", "idiom"}
        self._above: dict[str, set[str]] = {}
        for concept in lexicon.concepts:
            for key in concept.narrower if concept.kind == "product" else ():
                self._above.setdefault(key, set()).add(concept.key)

    def read(self, product: Product, slots: Slots) -> Evidence:
        """The evidence of one record."""
        units: list[Unit] = []
        denied: set[str] = set()
        types = self._type_texts(product)
        for about, raw in self._statements(product, types):
            if text := one_line(raw, 2000):
                unit, no = self._unit(text, about)
                units.append(unit)
                denied |= no
        for key, value in product.attributes.items():
            if _is_no(value) and _FREE_KEY.search(key):
                # What is not free of latex has some.
                units.append(self._unit(self._within(key), key)[0])
                denied |= self.concepts(self._label(key)) - self.concepts(self._within(key))
            elif _is_no(value):
                label = self._label(key)
                denied |= self.concepts(label)
                no_words = frozenset(form for w, _, _ in english_words(label) for form in stems(w))
                rows = frozenset(row for sense in self._senses.found(label) for row in sense.rows)
                gone = frozenset(self.about(label)) if _BESIDE.search(key) else frozenset()
                units.append(
                    Unit(
                        "",
                        key,
                        frozenset(),
                        frozenset(),
                        no_words,
                        denied_rows=rows,
                        apart=gone - _NO_SUBJECT,
                        refused=((frozenset(row for row in rows if row < self._senses.first_gloss), frozenset()),),
                    )
                )
        kinds, words, others = self._types(types, product)
        if others:
            units = [replace(u, concepts=u.concepts - others) for u in units]
        affirmed = {c for u in units for c in u.concepts}
        evidence = Evidence(
            product,
            slots,
            tuple(units),
            frozenset(denied - affirmed),
            kinds,
            words,
            frozenset(self.concepts(product.color or "")),
            self._parents(types, product),
        )
        # A record is read once for all its sentences: what they ask of it is put together here, not in the first one.
        _ = evidence.words, evidence.rows, evidence.pairs, evidence.concepts, evidence.shown_values, evidence.squeezed
        return evidence

    def _parents(self, types: Iterable[str], product: Product) -> frozenset[str]:
        """The kinds right above what the title names, where the record's type is one of them."""
        titles = [product.title, *(product.title_in(lang) for lang in product.translations)]
        named = {c.key for t in titles for m in self._lexicon.mentions(t, ("product",)) for c in m.concepts}
        return frozenset(parent for key in named for parent in self._above.get(key, ()))

    def mentions(self, text: str, every: Sequence[Mention] | None = None) -> list[tuple[int, int, frozenset[str]]]:
        """Mentions of every kind, and the properties and colours inside longer product names ("leather jacket").

        Args:
            text: to look through.
            every: the lexicon's mentions of every kind, where they have been found already.
        """
        every = self._lexicon.mentions(text) if every is None else every
        found = [*every, *self._lexicon.mentions(text, self._properties)]
        # The lexicon looks at words alone; a form that runs across a comma is none.
        found = [m for m in found if not _BREAK.search(m.text)]
        return [(m.start, m.end, frozenset(concept_id(c) for c in m.concepts)) for m in found]

    def concepts(self, text: str) -> set[str]:
        """The ids of all concepts a text mentions."""
        return {key for _, _, keys in self.mentions(text) for key in keys}

    def about(self, text: str) -> set[str]:
        """What two texts can have in common: word stems, pairs of Han characters, rows of senses as ``#row``."""
        return marks(text) | {f"#{row}" for sense in self._senses.found(text) for row in sense.rows}

    def surroundings(self, text: str, start: int, end: int) -> frozenset[str]:
        """What an amount at ``[start, end)`` is said of: the nearest words of its clause, mostly those before it."""
        before = _CLAUSE.split(text[:start])[-1]
        after = _CLAUSE.split(text[end:])[0]
        near = " ".join([w for w, _, _ in english_words(before)][-4:] + [w for w, _, _ in english_words(after)][:3])
        han = "".join(HAN_RUN.findall(before))[-6:] + " " + "".join(HAN_RUN.findall(after))[:3]
        return frozenset(self.about(f"{near} {han}") - _NO_SUBJECT)

    def with_broader(self, keys: set[str]) -> set[str]:
        """Product keys and all product types that contain them."""
        out, pending = set(keys), list(keys)
        while pending:
            for key in self._above.get(pending.pop(), set()) - out:
                out.add(key)
                pending.append(key)
        return out

    def labels(self, key: str) -> tuple[str, ...]:
        """What an attribute is called, in both languages."""
        return tuple(dict.fromkeys((*self._lexicon.attribute_labels.get(key, ()), key.replace("_", " "))))

    def implied(self, keys: frozenset[str]) -> set[str]:
        """The concepts that the names of some concepts contain: stainless steel is steel."""
        return {c for key in keys for c in self.concepts(key.replace("-", " "))}

    def _label(self, key: str) -> str:
        return " ".join((*self._lexicon.attribute_labels.get(key, ()), key.replace("_", " ")))

    def _within(self, key: str) -> str:
        """What an attribute such as ``latex_free`` is about, in both languages."""
        labels = self._lexicon.attribute_labels.get(key, ())
        names = [_FREE_LABEL.sub("", label) for label in labels if HAN_RUN.search(label)]
        return " ; ".join((_FREE_KEY.sub("", key).replace("_", " "), *names))

    def _type_texts(self, product: Product) -> list[str]:
        types = [*product.category, *(str(t["category"]) for t in product.translations.values() if t.get("category"))]
        types += [w for lang in ("en", "zh") if (w := type_word(product, lang, self._lexicon))]
        return list(dict.fromkeys(types))

    def _statements(self, product: Product, types: Iterable[str]) -> Iterator[tuple[str, str]]:
        """``(about, text)`` of everything the record says, one statement each."""
        languages = tuple(product.translations)
        for title in dict.fromkeys((product.title, *(product.title_in(lang) for lang in languages))):
            yield "title", title
        for text in dict.fromkeys((product.description, *(product.description_in(lang) for lang in languages))):
            for sentence in split_sentences(text):
                yield "text", sentence
        for path in types:
            yield "type", path
        for brand in (product.brand, *(t.get("brand") for t in product.translations.values())):
            yield "brand", str(brand or "")
        yield "color", product.color or ""
        yield "sizes", ", ".join(product.sizes)
        for key, value in product.attributes.items():
            if not _is_no(value):
                yield key, self._attribute(key, value)

    def _attribute(self, key: str, value: object) -> str:
        """The attribute under its names, and as a sentence would say it: "weight 14 kg" states that it weighs that."""
        frame = self._frames.get(key)
        plain = self._label(key) if value is True else f"{self._label(key)}: {value}"
        for language in ("en", "zh"):
            # The value in the other language is the same statement: "laces" is 系带.
            for broadly in (False, True):
                other = None if value is True else localise(value, language, self._lexicon, key=key, broadly=broadly)
                plain += f" ; {other}" if other is not None and other not in plain else ""
        flag_frame = frame is not None and not re.search(r"\{[vn]\}", frame.en + frame.zh)
        return f"{plain} ; {frame.said(value)}" if frame and (value is not True or flag_frame) else plain

    def _types(self, types: Iterable[str], product: Product) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The product types the record is, with those that contain them; the stems of the words that name it; and the
        ids of what its names could mean too, and do not.
        """
        texts = [*types, product.title, *(product.title_in(lang) for lang in product.translations)]
        mentions = [m for t in texts for m in self._lexicon.mentions(t, ("product",))]
        # A name of two things (望远镜) is the one of them that the record names by itself, or that is called so first.
        plain = {m.concepts[0].key for m in mentions if len(m.concepts) == 1}
        named = [{c.key for c in m.concepts} for m in mentions]
        meant = {key for keys in named for key in keys & plain or keys}
        meant |= {c.key for m in mentions for c in m.concepts if m.text.lower() in (*c.en[:1], *c.zh[:1])}
        others = {f"product:{key}" for keys in named for key in keys - meant}
        words = {form for t in texts for word, _, _ in english_words(t) for form in stems(word)}
        return frozenset(self.with_broader(meant)), frozenset(words), frozenset(others)

    def _unit(self, text: str, about: str) -> tuple[Unit, set[str]]:
        """One unit, and the concepts it denies."""
        scopes = negations(text, _SMALL)
        free = [(m.start(1), m.end(1)) for m in FREE.finditer(text)]
        affirmed: set[str] = set()
        denied: set[str] = set()
        for start, end, keys in self.mentions(text):
            (denied if within(start, end, scopes) or (start, end) in free else affirmed).update(keys)
        words: set[str] = set()
        no: set[str] = set()
        for word, start, end in english_words(text):
            gone = within(start, end, scopes) or (start, end) in free
            (no if gone else words).update(stems(word))
        rows: set[int] = set()
        no_rows: set[int] = set()
        for m in _UN.finditer(text):
            # "Unpainted", "sleeveless" deny what the rest of the word names.
            rest = m[1] or m[2]
            no.update(stems(rest.lower()) - words)
            no_rows.update(row for sense in self._senses.found(rest) for row in sense.rows)
        found = list(self._senses.found(text))
        for sense in found:
            gone = within(sense.start, sense.end, scopes) or (sense.start, sense.end) in free
            (no_rows if gone else rows).update(sense.rows)
        pairs: set[str] = set()
        no_pairs: set[str] = set()
        for m in re.finditer(r"(?=([\u3400-\u9fff]{2}))", text):
            (no_pairs if within(m.start(), m.start() + 2, scopes) else pairs).add(m.group(1))
        # An attribute is one statement; a sentence may speak of one part after the other.
        refused = tuple(
            (rows_of, frozenset(self.about(_around(text, sense.start, sense.end))))
            for sense in found
            # A translation is too wide to contradict a text with.
            if (rows_of := frozenset(row for row in sense.rows if row < self._senses.first_gloss))
            and not SEPARATE.search(text)
            and any(
                0 <= sense.start - s.end <= 3 and sense.end <= s.reach and _LIGHT.fullmatch(text, s.end, sense.start)
                for s in scopes
            )
        )
        parts = PHRASE.split(text) if about in ("text", "title") else [text]
        clauses = tuple((frozenset(self.about(c)), frozenset(self.concepts(c))) for c in parts if c and c.strip())
        apart = {word for c in _CLAUSE.split(text) if SEPARATE.search(c) for word in self.about(SEPARATE.sub(" ", c))}
        unit = Unit(
            text,
            about,
            frozenset(affirmed),
            frozenset(words),
            frozenset(no),
            frozenset(rows),
            frozenset(no_rows),
            frozenset(pairs),
            frozenset(no_pairs),
            tuple((q, self.surroundings(text, q.start, q.end)) for q in quantities(text)),
            clauses,
            frozenset(apart),
            refused,
        )
        return unit, denied


def _around(text: str, start: int, end: int) -> str:
    """The rest of the clause that ``[start, end)`` stands in."""
    left = max((m.end() for m in _CLAUSE.finditer(text, 0, start)), default=0)
    stop = _CLAUSE.search(text, end)
    return text[left:start] + " " + text[end : stop.start() if stop else len(text)]


def marks(text: str) -> set[str]:
    """What two texts can have in common: stems of English words, pairs of Han characters."""
    out = {form for word, _, _ in english_words(text) if len(word) > 2 for form in stems(word)}
    for run in HAN_RUN.findall(text):
        out.update(run[i : i + 2] for i in range(len(run) - 1))
        out.update(run if len(run) == 1 else ())
    return out


def within(start: int, end: int, scopes: Iterable[Scope]) -> bool:
    """Whether a span lies in the reach of a negator."""
    return any(s.end <= start and end <= s.reach for s in scopes)


def _is_no(value: object) -> bool:
    said = str(value).strip().lower()
    return value is False or said in _NO_VALUES or _NO_VALUE.fullmatch(said) is not None
