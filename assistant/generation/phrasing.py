"""How a record's attributes are put into words: one predicate each, in either language.

Knows phrasing, and which facts answer a request. Does not know how predicates become sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.generation.evidence import Evidence, EvidenceReader, squeeze
from assistant.generation.frames import Frame
from assistant.generation.slots import HAN, bare_key, color_word, localise, suspect, type_word
from assistant.generation.vocabulary import english_words, stems
from assistant.lexicon import Lexicon, singular
from assistant.types import ReplyLanguage

_DIGIT = re.compile(r"\d")
PLURAL_VERBS = {
    "is": "are", "has": "have", "comes": "come", "costs": "cost", "weighs": "weigh", "runs": "run", "charges": "charge",
    "measures": "measure", "stands": "stand", "carries": "carry", "seats": "seat", "serves": "serve", "takes": "take",
    "burns": "burn", "boils": "boil", "reaches": "reach", "resists": "resist", "folds": "fold", "works": "work",
    "keeps": "keep", "connects": "connect", "tastes": "taste", "smells": "smell", "closes": "close", "suits": "suit",
    "stretches": "stretch", "drops": "drop", "refreshes": "refresh", "was": "were", "fits": "fit",
    "needs": "need", "makes": "make", "holds": "hold", "gives": "give",
}  # fmt: skip
_MAX_VALUE = {"en": 44, "zh": 16}
_FASTENER = re.compile(
    r"\b(?:laces?|zips?|zippers?|buckles?|buttons?|ties|hook-and-loop|velcro|snaps?|straps?|clasps?|lock)$"
)
# "Has an age from of 6 months", "a hot of 14 hours": a label that ends so is no noun that one could have.
_NO_NOUN = re.compile(
    r"\b(?:\w+ed|from|to|up|in|uk|eu|us|jp|hot|cold|warm|wet|dry|max|min|each|per|total|pair|long|wide|deep|high|charge)$"
)
# Nothing a shopper would choose by; told only if the request asks for it.
_DULL = frozenset(("gender_affinity", "where_visible", "care", "country_of_origin", "product_type", "product_colour"))


@dataclass(frozen=True, slots=True)
class Predicate:
    """One fact as a predicate, slots open; ``score`` says how much of the request it answers."""

    text: str
    key: str
    score: float


class Phraser:
    """Phrases records. Holds word tables only; safe to share."""

    def __init__(self, lexicon: Lexicon, reader: EvidenceReader, frames: Mapping[str, Frame]) -> None:
        self._lexicon = lexicon
        self._reader = reader
        self._frames = frames
        self._order = {key: i for i, key in enumerate(self._frames)}

    # -- attributes ---------------------------------------------------------------------------------------------------

    def predicates(self, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Predicate]:
        """What can be said of the attributes, the colour and the brand; what answers the request comes first."""
        wanted = self._wanted(request)
        plural = language == "en" and self.is_plural(evidence)
        out: list[tuple[float, int, Predicate]] = []
        for key, value in evidence.product.attributes.items():
            unit = next((u for u in evidence.units if u.about == key and u.text), None)
            score = self._score(wanted, unit.text) if unit else 0.0
            text = self._say(key, value, evidence, language, asked=score > 0)
            if text is None or (key in _DULL and not score):
                continue
            out.append((-score, self._order.get(key, 500 + len(out)), Predicate(agree(text, plural), key, score)))
        if (color := self._color(evidence, language)) is not None:
            score = self._score(wanted, evidence.product.color or "")
            out.append((-score, 400, Predicate(agree(color, plural), "color", score)))
        return [p for _, _, p in sorted(out, key=lambda item: item[:2])]

    def identity(self, evidence: Evidence, language: ReplyLanguage) -> str | None:
        """What it is, as a predicate, where the name does not say so itself: "is a rice cooker"."""
        word = type_word(evidence.product, language, self._lexicon)
        name = evidence.slots.values["name"]
        if not word or _DIGIT.search(word):
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
            return f"are {noun}" if singular(last) != last else None
        return f"is {article(noun)} {noun}" if singular(last) == last else None

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
            return self._generic_flag(key, language) if asked else None
        shown = self._value(key, value, evidence, language)
        if shown is None:
            return None
        if "{n}" in pattern:
            if not shown.startswith("{"):
                return None
            before, _, after = pattern.partition("{n}")
            # 可供{n}人用 with "2-4 人": the unit is said once.
            twice = bool(after) and evidence.slots.fill(shown).endswith(after[0])
            return before + shown + (after[1:] if twice else after)
        if "{v}" in pattern:
            if self._in_name(shown, evidence) or (language == "en" and not _fits(pattern, shown)):
                return None
            if language == "en" and re.search(r"\ba \{v\}", pattern) and not shown.startswith("{"):
                pattern = pattern.replace("a {v}", f"{article(shown)} {{v}}")
            if language == "en" and pattern.startswith("closes with"):
                shown = f"{article(shown)} {shown}" if not shown.startswith("{") and not shown.endswith("s") else shown
            before, _, after = pattern.partition("{v}")
            return before + shown + (after[1:] if after and shown.endswith(after[0]) and language == "zh" else after)
        return self._generic_value(key, shown, language) if asked or shown.startswith("{") else None

    def _in_name(self, shown: str, evidence: Evidence) -> bool:
        """Whether the name says it already: a linen pillow need not be told to be of linen."""
        name = evidence.slots.values["name"]
        about = self._reader.concepts(shown)
        return squeeze(shown) in squeeze(name) or (bool(about) and about <= self._reader.concepts(name))

    def _value(self, key: str, value: object, evidence: Evidence, language: ReplyLanguage) -> str | None:
        slot = evidence.slots.name_of(key)
        if slot is not None:
            bare = re.fullmatch(r"[\d.,]+", evidence.slots.values[slot])
            # A bare number counts things, or it lacks its unit and says nothing.
            return "{" + slot + "}" if not bare or self._counts(key) else None
        text = localise(value, language, self._lexicon)
        if text is None or len(text) > _MAX_VALUE[language] or _DIGIT.search(text) or suspect(text):
            return None
        return text

    def _counts(self, key: str) -> bool:
        label = self._labels(key)[0].split()
        frame = self._frame(key)
        counted = frame is not None and re.search(r"\{n\}[人件页层档个速]", frame.zh)
        return bool(counted) or (bool(label) and singular(label[-1]) != label[-1])

    def _generic_flag(self, key: str, language: ReplyLanguage) -> str | None:
        en, zh = self._labels(key)
        if language == "zh":
            return None if not zh else zh if re.match(r"[可能防免适支带含易无有抗耐低不]", zh) else f"有{zh}"
        if en.endswith(" included"):
            return f"comes with {article(en)} {en.removesuffix(' included')}"
        if re.search(r"(?:able|proof|less|free|safe|ible|ant|ic|friendly)$", en):
            return f"is {en}"
        return f"has {en}" if _uncounted(en) else f"has {article(en)} {en}"

    def _generic_value(self, key: str, shown: str, language: ReplyLanguage) -> str | None:
        en, zh = self._labels(key)
        if not re.fullmatch(r"[a-z]+(?:[ -][a-z]+){0,3}", en):
            return None
        if language == "zh":
            return f"{zh}{'' if shown.startswith('{') else '为'}{shown}" if zh else None
        if _NO_NOUN.search(en):
            return None
        if shown.startswith("{"):
            return f"has {shown} {en}" if _uncounted(en) else f"has {article(en)} {en} of {shown}"
        if len(shown.split()) > 3 or "," in shown or HAN.search(en):
            return None
        return f"has {shown} {en}" if _uncounted(en) else f"has {article(shown)} {shown} {en}"

    def _labels(self, key: str) -> tuple[str, str]:
        labels = self._lexicon.attribute_labels
        en, zh = labels.get(key) or labels.get(bare_key(key)) or ("", "")
        return en.lower() or bare_key(key).replace("_", " ").strip(), zh

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
        if said is None or _DIGIT.search(said):
            return None
        name = evidence.slots.values["name"]
        if squeeze(said) in squeeze(name) or self._reader.concepts(name) & evidence.color:
            return None
        return said

    # -- relevance ----------------------------------------------------------------------------------------------------

    def _wanted(self, request: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Concepts, English stems and Chinese pairs of characters of a request."""
        words = frozenset(f for w, _, _ in english_words(request) if len(w) > 3 for f in stems(w))
        runs = re.findall(r"[\u3400-\u9fff]+", request)
        pairs = frozenset(run[i : i + 2] for run in runs for i in range(len(run) - 1))
        kinds = frozenset(c for c in self._reader.concepts(request[:500]) if not c.startswith("product:"))
        return kinds, words, pairs

    def _score(self, wanted: tuple[frozenset[str], frozenset[str], frozenset[str]], text: str) -> float:
        concepts, words, pairs = wanted
        shared = len(concepts & self._reader.concepts(text))
        alike = sum(1 for w, _, _ in english_words(text) if stems(w) & words)
        return 2.0 * shared + 0.5 * min(alike, 3) + 0.5 * min(sum(p in text for p in pairs), 3)

    def concepts(self, text: str) -> set[str]:
        """The concepts a text mentions."""
        return self._reader.concepts(text)

    def score(self, request: str, text: str) -> float:
        """How much of a request a text answers; 0 for nothing."""
        return self._score(self._wanted(request), text)

    @staticmethod
    def is_plural(evidence: Evidence) -> bool:
        """Whether the product's name is a plural: headphones, socks."""
        last = evidence.slots.values["name"].split()[-1].lower()
        return last.isalpha() and singular(last) != last


def _fits(pattern: str, shown: str) -> bool:
    """Whether a value is the kind of word its phrasing needs: one closes with a zip, not with "pull-on"."""
    if pattern.startswith("closes with"):
        return shown.startswith("{") or bool(_FASTENER.search(shown))
    return not (pattern.startswith("is meant for") and shown.endswith("-season"))


def article(phrase: str) -> str:
    """ "a" or "an" by the sound of the first word, as far as spelling tells."""
    word = phrase.strip().split(" ")[0].lower()
    if re.match(r"(?:hour|honest|heir)", word) or (
        re.match(r"[aeiou]", word) and not re.match(r"(?:uni|use|usb|eu|one)", word)
    ):
        return "an"
    if re.match(r"[aefhilmnorsx](?:-|$)", word):
        return "an"
    return "an" if re.fullmatch(r"(?:led|lcd|oled|xl|fm|hd|rf|nfc|x|8.*|11.*|18.*)", word) else "a"


def _uncounted(label: str) -> bool:
    """Whether a label takes no article: plurals, abbreviations."""
    return singular(label) != label or label.isupper() or label.endswith(("wear", "care", "ing", "compatibility"))


def agree(predicate: str, plural: bool) -> str:
    """The predicate with its verb in the plural, if asked."""
    verb, _, rest = predicate.partition(" ")
    return f"{PLURAL_VERBS.get(verb, verb)} {rest}".strip() if plural else predicate
