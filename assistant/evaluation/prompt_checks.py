"""Whether one text passes the checks of its case, check by check, and why it does not.

Knows texts, slots and the counts of the claim check. Does not know who wrote the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from assistant.evaluation.prompt_cases import Checks
from assistant.generation.slots import HAN, SLOT
from assistant.labelled.blurbs import length_of
from assistant.types import ReplyLanguage

_LATIN = re.compile(r"[a-z]")
_SPACE = re.compile(r"\s+")


def judge_text(
    checks: Checks,
    language: ReplyLanguage,
    shown: str,
    *,
    raw: str,
    slots: Mapping[str, str],
    unsupported: int,
    unsupported_before: int,
) -> dict[str, str | None]:
    """Check → why it fails, ``None`` where it passes; only checks that the case states, and the two that always hold.

    Args:
        checks: of the case.
        language: of the case.
        shown: the text as a shopper reads it.
        raw: the model's own sentences, slots open; empty where it wrote none.
        slots: what slots stand for.
        unsupported: claims in ``shown`` that nothing supports.
        unsupported_before: such claims in ``raw``.
    """
    wanted = checks.language or language
    out: dict[str, str | None] = {
        "unsupported": f"{unsupported} unsupported claims shown" if unsupported else None,
        "language": _language(shown, raw, slots, wanted),
    }
    if checks.must_mention_any:
        missing = [group for group in checks.must_mention_any if not any(mentions(shown, w) for w in group)]
        out["must_mention_any"] = f"says none of {_listed(missing[0])}" if missing else None
    if checks.must_not_mention:
        said = [w for w in checks.must_not_mention if mentions(shown, w)]
        out["must_not_mention"] = f"says {_listed(said)}" if said else None
    if any(n is not None for n in (checks.min_words, checks.max_words)):
        out["length"] = _within(len(shown.split()), checks.min_words, checks.max_words, "words")
    if any(n is not None for n in (checks.min_characters, checks.max_characters)):
        of_text = _within(length_of(shown, "zh"), checks.min_characters, checks.max_characters, "characters")
        out["length"] = out.get("length") or of_text
    if checks.slots_used:
        unused = [s for s in checks.slots_used if s not in slots or slots[s] not in shown]
        out["slots_used"] = f"does not state {_listed(unused)}" if unused else None
    if checks.unsupported_before is not None:
        over = unsupported_before > checks.unsupported_before
        out["unsupported_before"] = f"{unsupported_before} claims had to go" if over else None
    return out


def mentions(text: str, wording: str) -> bool:
    """Whether a text says a wording: whatever the case and width of letters, Latin ones from the start of a word."""
    said, wanted = _folded(text), _folded(wording)
    start = r"(?<![a-z0-9])" if wanted[:1].isascii() and wanted[:1].isalnum() else ""
    return re.search(start + re.escape(wanted), said) is not None


def keeps_to(text: str, language: str) -> bool:
    """Whether a text without its slots is in a language: English has no Han, Chinese more Han than Latin letters."""
    bare = SLOT.sub("", text).lower()
    han = len(HAN.findall(bare))
    return han == 0 if language == "en" else han > len(_LATIN.findall(bare))


def _language(shown: str, raw: str, slots: Mapping[str, str], language: str) -> str | None:
    for value in sorted(slots.values(), key=len, reverse=True):
        # A maker's name is the same in every language.
        shown = shown.replace(value, "")
    if raw and not keeps_to(raw, language):
        return f"the model did not write {language}"
    return None if keeps_to(shown, language) else f"the text shown is not {language}"


def _within(count: int, low: int | None, high: int | None, unit: str) -> str | None:
    if low is not None and count < low:
        return f"{count} {unit}, wanted at least {low}"
    if high is not None and count > high:
        return f"{count} {unit}, wanted at most {high}"
    return None


def _folded(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{w}'" for w in words)
