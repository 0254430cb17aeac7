"""The record as a model reads it, and the other variables of a blurb prompt.

Knows two forms: a few facts in prose, for a model that imitates examples, and the whole record in brief, for one that
was trained on it. In both, numbers are slots. Does not know prompts' wording, nor what the model makes of it.
"""

from __future__ import annotations

import re

from assistant.generation.evidence import Evidence, split_sentences
from assistant.generation.facts import Facts
from assistant.generation.phrasing import Phraser
from assistant.generation.prompts import FactsShape, Prompt
from assistant.generation.slots import HAN, SLOT, bare_key, color_word, localise, masked, one_line, slot_name, suspect
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

_REQUEST_LENGTH = 160
_TITLE_LENGTH = 90
_VALUE_LENGTH = 60
# Han characters say about as much as two and a half Latin ones.
_DENSITY = {"en": 1.0, "zh": 0.4}
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[A-Za-z]*\d[\d.,]*[A-Za-z%]*")
_CLAUSE = re.compile(r"\s*[,;，；、]\s*")
_END = re.compile(r"[.!?。！？；;\s]+$")


def prompt_values(
    prompt: Prompt, evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, lexicon: Lexicon
) -> dict[str, str]:
    """The variables a blurb prompt declares, each one harmless line.

    ``facts``, ``request`` and ``opening`` come from the record and the shopper; others from the prompt's own defaults.
    """
    values = {"request": one_line(request, _REQUEST_LENGTH)}
    if "opening" in prompt.variables:
        values["opening"] = Facts(phraser, evidence, request, language).lead()
    if "facts" in prompt.variables:
        shape = prompt.facts
        values["facts"] = (
            prose(evidence, request, language, phraser, shape)
            if shape.form == "prose"
            else brief(evidence, request, language, phraser, lexicon, shape)
        )
    return {k: v for k, v in {**prompt.defaults, **values}.items() if k in prompt.variables}


def prose(evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, shape: FactsShape) -> str:
    """The attributes and sentences nearest to the request, as sentences."""
    told = Facts(phraser, evidence, request, language)
    text = told.statement(shape.attributes)
    for sentence in told.quotes():
        shown = masked(sentence, evidence.slots, evidence.product)
        if shown is not None and len(text) + len(shown) <= shape.characters * _DENSITY[language]:
            text += ("" if language == "zh" or not text else " ") + shown
    return text


def brief(
    evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, lexicon: Lexicon, shape: FactsShape
) -> str:
    """Title, slots, attributes, flags and description, in the record's words where they have no translation."""
    product, slots = evidence.product, evidence.slots
    parts = [f"{{name}}: {_title(product, language, evidence)}".rstrip(": ")]
    parts += [f"{{{slot}}}" for slot in ("price", "brand") if slot in slots.values]
    if product.color and not _DIGIT.search(product.color):
        parts.append(color_word(product.color, language, lexicon) or one_line(product.color, 20))
    said = [
        (key, text)
        for key, value in product.attributes.items()
        if (text := _said(key, value, evidence, language, lexicon))
    ]
    ranked = sorted(said, key=lambda one: -phraser.score(request, f"{one[0].replace('_', ' ')} {one[1]}"))
    chosen = {key for key, _ in ranked[: shape.attributes]}
    parts += [text for key, text in said if key in chosen]
    text = "; ".join(parts) + "."
    room = shape.characters * _DENSITY["zh" if HAN.search(product.description_in(language)) else "en"] - len(text)
    return " ".join([text, *_sentences(evidence, request, language, phraser, room)])


def _title(product: Product, language: ReplyLanguage, evidence: Evidence) -> str:
    """What the title says beside the maker's name; numbers that are no slot are left out."""
    title = one_line(product.title_in(language), 300)
    if suspect(title):
        return ""
    for brand in {product.brand, *(t.get("brand") for t in product.translations.values())} - {None, ""}:
        title = re.sub(re.escape(str(brand)), " ", title, flags=re.I)
    shown = masked(title, evidence.slots, product) or " ".join(w for w in title.split() if not _DIGIT.search(w))
    return _cut(_NUMBER.sub(" ", shown), _TITLE_LENGTH).strip(" ,;，；-–—|/")


def _cut(text: str, limit: int) -> str:
    """As :func:`one_line` for text that already holds slots: their braces stay."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    cut = text[:limit]
    cut = cut[: cut.rfind("{")] if cut.rfind("{") > cut.rfind("}") else cut
    return cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else cut


def _said(key: str, value: object, evidence: Evidence, language: ReplyLanguage, lexicon: Lexicon) -> str | None:
    """One attribute in a few words, or ``None`` where it cannot be shown."""
    labels = lexicon.attribute_labels
    english, chinese = labels.get(key) or labels.get(bare_key(key)) or ("", "")
    label = one_line((chinese if language == "zh" else english.lower()) or bare_key(key).replace("_", " "), 40)
    if value is None or not label or _DIGIT.search(label):
        return None
    if isinstance(value, bool):
        return label if value else (f"{label}：否" if language == "zh" else f"{label}: no")
    slot = evidence.slots.name_of(key)
    if slot is not None:
        same = label in (slot.replace("_", " "), slot_name(bare_key(key)).replace("_", " "))
        return f"{{{slot}}}" if same else f"{label} {{{slot}}}"
    text = one_line(localise(value, language, lexicon, key=key) or str(value), _VALUE_LENGTH)
    if not text or _DIGIT.search(text) or suspect(text):
        return None
    return f"{label}：{text}" if language == "zh" else f"{label}: {text}"


def _sentences(evidence: Evidence, request: str, language: ReplyLanguage, phraser: Phraser, room: float) -> list[str]:
    """The description's sentences that fit, in their order; where not all do, those nearest to the request."""
    product = evidence.product
    found = []
    for number, sentence in enumerate(split_sentences(one_line(product.description_in(language), 4000))):
        shown = None if suspect(sentence) else _without_numbers(sentence, evidence)
        if shown:
            found.append((-phraser.score(request, sentence), number, shown))
    kept = []
    for _, number, shown in sorted(found):
        if len(shown) + 1 <= room:
            kept.append((number, shown))
            room -= len(shown) + 1
    return [shown for _, shown in sorted(kept)]


def _without_numbers(sentence: str, evidence: Evidence) -> str | None:
    """The sentence with its numbers as slots, without the clauses whose numbers belong to no slot."""
    shown = masked(sentence, evidence.slots, evidence.product)
    if shown is not None:
        return shown
    kept = []
    for clause in _CLAUSE.split(_END.sub("", sentence)):
        open_clause = masked(clause, evidence.slots, evidence.product)
        if open_clause and SLOT.sub("", open_clause).strip():
            kept.append(open_clause)
    if not kept:
        return None
    return ("，".join(kept) + "。") if HAN.search(sentence) else ", ".join(kept) + "."
