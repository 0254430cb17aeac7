"""How a record's attributes are put into words: one predicate each, in either language.

Knows phrasing, and which facts answer a request. Does not know how predicates become sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.encoder import Encoder
from assistant.generation.evidence import Evidence, EvidenceReader, negations, squeeze
from assistant.generation.frames import MATERIALS, Frame
from assistant.generation.labels import Labels, article
from assistant.generation.slots import HAN, SLOT, bare_key, color_word, is_plural, localise, suspect, type_word
from assistant.generation.vocabulary import english_words, stems
from assistant.lexicon import Lexicon, singular
from assistant.types import Product, ReplyLanguage

_DIGIT = re.compile(r"\d")
PLURAL_VERBS = {
    "is": "are", "has": "have", "comes": "come", "costs": "cost", "weighs": "weigh", "runs": "run", "charges": "charge",
    "measures": "measure", "stands": "stand", "carries": "carry", "seats": "seat", "serves": "serve", "takes": "take",
    "burns": "burn", "boils": "boil", "reaches": "reach", "resists": "resist", "folds": "fold", "works": "work",
    "keeps": "keep", "connects": "connect", "tastes": "taste", "smells": "smell", "closes": "close", "suits": "suit",
    "stretches": "stretch", "drops": "drop", "refreshes": "refresh", "was": "were", "fits": "fit",
    "dries": "dry", "swings": "swing", "vibrates": "vibrate", "covers": "cover", "supports": "support", "packs": "pack",
    "opens": "open", "cuts": "cut", "cooks": "cook", "ends": "end", "tracks": "track", "withstands": "withstand",
    "repels": "repel", "follows": "follow", "goes": "go", "reads": "read", "lasts": "last", "blocks": "block",
    "rotates": "rotate", "reclines": "recline", "needs": "need", "makes": "make", "holds": "hold", "gives": "give",
}  # fmt: skip
_MAX_VALUE = {"en": 44, "zh": 16}
_FASTENER = re.compile(
    r"\b(?:laces?|zips?|zippers?|buckles?|buttons?|ties|hook-and-loop|velcro|snaps?|straps?|clasps?|lock)$"
)
# What a cosine counts beside shared words: 0.08 less than the nearest sentence weighs as much as a property shared.
_MEANING = 25.0
# Words of a request that say nothing about the thing.
_SMALL = frozenset(
    "the and for with her his our your you not that this they one any can get need want has have had but are was would "
    "like please looking something some from into who will than its all too".split()
)
# A noun phrase ends in what the thing is: "running shoes in ash grey" are shoes.
_AFTER_HEAD = re.compile(r"\s+(?:with|for|in|by|from|and|of|-)\s+|[,，(（]")
# A set that stands among cushions is no cushion.
_SEVERAL = re.compile(r"\b(?:set|kit|bundle|collection|package|pack|trio|duo|ensemble)$", re.I)
# Where a row is shown and for whom it is advertised is the shop's own business.
_NEVER = frozenset(("gender_affinity", "where_visible", "promoted", "aliases"))
_ADJECTIVE = re.compile(r"(?:able|ible|less|resistant|proof|\w\wed|free)$")
# What repels water is not the waterproof thing that was asked for.
_LESS = frozenset(("water_repellent",))
# Nothing a shopper would choose by; told only if the request asks for it.
_DULL = frozenset(("care", "country_of_origin", "product_type", "product_colour"))


@dataclass(frozen=True, slots=True)
class Predicate:
    """One fact as a predicate, slots open; ``score`` says how near it is to the request.

    ``asked``: the request names the very property. An amount never is: the request may name another one.
    """

    text: str
    key: str
    score: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Concepts, English stems, pairs of Han characters and rows of senses of a request."""

    concepts: frozenset[str]
    words: frozenset[str]
    pairs: frozenset[str]
    rows: frozenset[str]


class Phraser:
    """Phrases records. Holds word tables only; safe to share."""

    def __init__(
        self, lexicon: Lexicon, reader: EvidenceReader, frames: Mapping[str, Frame], encoder: Encoder | None = None
    ) -> None:
        """Take the word tables, and an encoder that tells which sentences are nearest to a request."""
        self._encoder = encoder
        self._lexicon = lexicon
        self._reader = reader
        self._frames = frames
        self._labels = Labels(lexicon)
        self._order = {key: i for i, key in enumerate(self._frames)}
        # Kinds of one kind: a ring and a bracelet are jewellery.
        self._siblings: dict[str, set[str]] = {}
        for concept in lexicon.concepts:
            for key in concept.narrower if concept.kind == "product" else ():
                self._siblings.setdefault(key, set()).update({*concept.narrower} - {key})

    # -- attributes ---------------------------------------------------------------------------------------------------

    def predicates(self, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Predicate]:
        """What can be said of the attributes, the colour and the brand; what answers the request comes first."""
        wanted = self._wanted(request)
        plural = language == "en" and self.is_plural(evidence)
        out: list[tuple[float, int, Predicate]] = []
        for key, value in evidence.product.attributes.items():
            if key in _NEVER:
                continue
            unit = next((u for u in evidence.units if u.about == key and u.text), None)
            score = self._score(wanted, unit.text) if unit else 0.0
            asked = unit is not None and key not in _LESS and self._names(wanted, unit.text)
            text = self._say(key, value, evidence, language, asked=score > 0)
            if text is None or (key in _DULL and not score):
                continue
            said = Predicate(agree(text, plural), key, score, asked and SLOT.search(text) is None)
            out.append((-score, self._order.get(key, 500 + len(out)), said))
        if (color := self._color(evidence, language)) is not None:
            shade = evidence.product.color or ""
            score, asked = self._score(wanted, shade), self._names(wanted, shade)
            out.append((-score, 400, Predicate(agree(color, plural), "color", score, asked)))
        return [p for _, _, p in sorted(out, key=lambda item: item[:2])]

    def identity(self, evidence: Evidence, language: ReplyLanguage) -> str | None:
        """What it is, as a predicate, where the name does not say so itself: "is a rice cooker"."""
        word = type_word(evidence.product, language, self._lexicon)
        name = evidence.slots.values["name"]
        if not word or _DIGIT.search(word) or not self._is_one(evidence.product, word):
            return None
        color = self._color_word(evidence, language) or ""
        if language == "zh":
            return None if word in name or HAN.search(name) else f"是一款{color}{word}"
        if {singular(w) for w, _, _ in english_words(word)} & {singular(w) for w, _, _ in english_words(name)}:
            return None
        if word.endswith("ing"):
            return None
        noun = f"{color} {word}".strip()
        last = word.split()[-1].lower()
        if self.is_plural(evidence):
            return f"are {noun}" if is_plural(last) else None
        return None if is_plural(last) else f"is {article(noun)} {noun}"

    def _is_one(self, product: Product, word: str) -> bool:
        """Whether a product is of the kind its shelf is called by.

        A camera grip stands among cameras, and a jar in the dairy: the title must end in the kind, or name none, and
        the kind must have no kinds below it.
        """
        kinds = [c for c in self._lexicon.named(word) if c.kind == "product"]
        if not kinds:
            return True
        head = _AFTER_HEAD.split(product.title)[0].rstrip()
        mentions = self._lexicon.mentions(head, ("product",))
        same = [m for m in mentions if {c.key for c in m.concepts} & {c.key for c in kinds}]
        if same:
            return HAN.search(head) is not None or same[-1].end == len(head)
        if _SEVERAL.search(head) or any(c.narrower for c in kinds):
            return False
        if mentions and mentions[-1].end == len(head):
            return False
        # A ring that stands among bracelets is called a ring in its description.
        own = {c.key for c in kinds}
        told = self._products_in(product)
        return bool(told & own) or not told & set().union(*(self._siblings.get(key, set()) for key in own))

    def _products_in(self, product: Product) -> set[str]:
        """The kinds of product that the descriptions name."""
        texts = {product.description, *(product.description_in(language) for language in product.translations)}
        mentions = (m for text in texts for m in self._lexicon.mentions(text[:2000], ("product",)))
        return {c.key for m in mentions for c in m.concepts}

    def _say(self, key: str, value: object, evidence: Evidence, language: ReplyLanguage, *, asked: bool) -> str | None:
        """One attribute as a predicate, or ``None`` where it is denied, unreadable in this language, or unsayable.

        What has no phrasing of its own reads stiffly, so it is told only where it was asked for or bears a number.
        """
        if value is False or value is None or str(value).strip().lower() in ("", "no", "none", "false", "n/a"):
            return None
        frame = self._frame(key)
        pattern = (frame.zh if language == "zh" else frame.en) if frame else ""
        if value is True or str(value).strip().lower() in ("yes", "true"):
            if pattern and not re.search(r"\{[vn]\}", pattern):
                return pattern
            return self._labels.flag(key, language) if asked else None
        shown = self._value(key, value, evidence, language)
        if shown is None:
            return None
        if pattern and frame and not frame.suits(str(value), evidence.slots.fill(shown), self._kinds(str(value))):
            return None
        if "{n}" in pattern:
            if not shown.startswith("{"):
                return None
            if language == "en":
                pattern = re.sub(r"\ban? \{n\}", f"{article(evidence.slots.fill(shown))} {{n}}", pattern)
            before, _, after = pattern.partition("{n}")
            # 可供{n}人用 with "2-4 人", "{n} keys" with "88 keys": the unit is said once.
            unit = after[:1] if language == "zh" else after.strip()
            twice = bool(unit) and evidence.slots.fill(shown).endswith(unit)
            return before + shown + (after.removeprefix(" ")[len(unit) :] if twice else after)
        if "{v}" in pattern:
            if self._in_name(shown, evidence) or (language == "en" and not _fits(pattern, shown)):
                return None
            if language == "en" and re.search(r"\ban? \{v\}", pattern):
                pattern = re.sub(r"\ban? \{v\}", f"{article(evidence.slots.fill(shown))} {{v}}", pattern)
            if language == "en" and pattern.startswith("closes with"):
                shown = f"{article(shown)} {shown}" if not shown.startswith("{") and not shown.endswith("s") else shown
            before, _, after = pattern.partition("{v}")
            return before + shown + (after[1:] if after and shown.endswith(after[0]) and language == "zh" else after)
        if not asked and not shown.startswith("{"):
            return None
        return self._labels.value(key, shown, evidence.slots.fill(shown), language)

    def _kinds(self, text: str) -> set[str]:
        return {c.kind for m in self._lexicon.mentions(text) for c in m.concepts}

    def _in_name(self, shown: str, evidence: Evidence) -> bool:
        """Whether the name says it already: a linen pillow need not be told to be of linen."""
        name = evidence.slots.values["name"]
        if HAN.search(shown) and not HAN.search(name):
            # Who reads Chinese is told in Chinese.
            return False
        about = self._reader.concepts(shown)
        return squeeze(shown) in squeeze(name) or (bool(about) and about <= self._reader.concepts(name))

    def _value(self, key: str, value: object, evidence: Evidence, language: ReplyLanguage) -> str | None:
        slot = evidence.slots.name_of(key)
        if slot is not None:
            bare = re.fullmatch(r"[\d.,]+", evidence.slots.values[slot])
            # A bare number counts things, or it lacks its unit and says nothing.
            return "{" + slot + "}" if not bare or self._counts(key) else None
        text = localise(value, language, self._lexicon, key=key)
        frame = self._frame(key)
        if text is not None and text != value and frame is not None:
            # A flavour of cocoa is no "hot chocolate"; what a thing is made of is a material in both languages.
            named = {c.kind for c in self._lexicon.named(str(value))}
            if ("made of" in frame.en and not named <= MATERIALS) or (" of {v}" in frame.en and named == {"product"}):
                return None
        if text is None or len(text) > _MAX_VALUE[language] or _DIGIT.search(text) or suspect(text):
            return None
        return text

    def _counts(self, key: str) -> bool:
        label = self._labels.names(key)[0].split()
        frame = self._frame(key)
        counted = frame is not None and re.search(r"\{n\}[人件页层档个速]", frame.zh)
        return bool(counted) or (bool(label) and singular(label[-1]) != label[-1])

    def _frame(self, key: str) -> Frame | None:
        return self._frames.get(key) or self._frames.get(bare_key(key))

    def _color(self, evidence: Evidence, language: ReplyLanguage) -> str | None:
        said = self._color_word(evidence, language)
        if said is None or self.identity(evidence, language) is not None:
            return None
        return f"颜色是{said}" if language == "zh" else f"comes in {said}"

    def _color_word(self, evidence: Evidence, language: ReplyLanguage) -> str | None:
        """The colour, where there is one and the name does not tell it."""
        color = evidence.product.color
        said = color_word(color, language, self._lexicon) if color else None
        if said is None or _DIGIT.search(said) or not self._lexicon.mentions(said, ("color",)):
            # "Assorted" and "floral" are no colours.
            return None
        name = evidence.slots.values["name"]
        if squeeze(said) in squeeze(name) or self._reader.concepts(name) & evidence.color:
            return None
        return said

    # -- relevance ----------------------------------------------------------------------------------------------------

    def _wanted(self, request: str) -> _Wanted:
        """What a request names, without what it refuses."""
        request = self.affirmed(request)
        runs = re.findall(r"[\u3400-\u9fff]+", request)
        return _Wanted(
            frozenset(c for c in self._reader.concepts(request) if not c.startswith("product:")),
            frozenset(f for w, _, _ in english_words(request) if len(w) > 2 and w not in _SMALL for f in stems(w)),
            frozenset(run[i : i + 2] for run in runs for i in range(len(run) - 1)),
            self._rows(request),
        )

    def affirmed(self, request: str) -> str:
        """A request without the stretches that say what is not wanted: "a blender, not white" asks for no white.

        A negator that belongs to a property's own name, as in 无麸质 and "gluten-free", refuses nothing.
        """
        request = request[:500]
        named = [(start, end) for start, end, _ in self._reader.mentions(request)]
        out, at = "", 0
        for scope in sorted(negations(request), key=lambda s: s.start):
            if any(start <= scope.start and scope.end <= end for start, end in named):
                continue
            out += request[at : max(at, scope.start)]
            at = max(at, scope.reach)
        return out + request[at:]

    def _rows(self, text: str) -> frozenset[str]:
        return frozenset(mark for mark in self._reader.about(text) if mark.startswith("#"))

    def _score(self, wanted: _Wanted, text: str) -> float:
        shared = len(wanted.concepts & self._reader.concepts(text))
        alike = sum(1 for w, _, _ in english_words(text) if stems(w) & wanted.words)
        pairs = sum(pair in text for pair in wanted.pairs)
        # Words of the two languages that mean the same share a row of the tables of senses.
        rows = len(wanted.rows & self._rows(text))
        return 2.0 * shared + 0.5 * min(alike, 3) + 0.5 * min(pairs, 3) + 0.5 * min(rows, 2)

    def _names(self, wanted: _Wanted, text: str) -> bool:
        return bool(wanted.concepts & self._reader.concepts(text))

    def names(self, request: str, text: str) -> bool:
        """Whether a text mentions a property that a request names and does not refuse."""
        return self._names(self._wanted(request), text)

    def concepts(self, text: str) -> set[str]:
        """The concepts a text mentions."""
        return self._reader.concepts(text)

    def score(self, request: str, text: str) -> float:
        """How much of a request a text answers; 0 for nothing."""
        return self._score(self._wanted(request), text)

    def nearness(self, request: str, sentences: Sequence[str]) -> list[float]:
        """How much of a request each sentence answers, by shared words and, with an encoder, by meaning."""
        wanted = self._wanted(request)
        scores = [self._score(wanted, sentence) for sentence in sentences]
        if self._encoder is None or len(sentences) < 2 or not request.strip():
            return scores
        query = self._encoder.encode([request], kind="query")[0]
        cosines = self._encoder.encode(list(sentences), kind="passage") @ query
        behind = _MEANING * (cosines - cosines.max())
        return [score + float(less) for score, less in zip(scores, behind, strict=True)]

    @staticmethod
    def is_plural(evidence: Evidence) -> bool:
        """Whether the product's name is a plural: headphones, socks."""
        return plural_name(evidence.slots.values["name"])


def plural_name(name: str) -> bool:
    """Whether an English name is a plural: headphones, "running shoes in ash grey"; a "set with fins" is none."""
    words = _AFTER_HEAD.split(name)[0].lower().split()
    return bool(words) and words[-1].isalpha() and is_plural(words[-1])


def _fits(pattern: str, shown: str) -> bool:
    """Whether a value is the kind of word its phrasing needs: one closes with a zip, not with "pull-on"."""
    if pattern.startswith("closes with"):
        return shown.startswith("{") or bool(_FASTENER.search(shown))
    if pattern.endswith(" of {v}") and _ADJECTIVE.search(shown):
        # A strap is of leather, not "of adjustable".
        return False
    return not (pattern.startswith("is meant for") and shown.endswith("-season"))


def agree(predicate: str, plural: bool) -> str:
    """The predicate with its verb in the plural, if asked."""
    verb, _, rest = predicate.partition(" ")
    return f"{PLURAL_VERBS.get(verb, verb)} {rest}".strip() if plural else predicate
