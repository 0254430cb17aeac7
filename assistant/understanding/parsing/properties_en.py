"""Wanted properties in English that the lexicon names: "dishwasher safe", "night vision", "flame retardant".

Finds them as phrases before the noun phrases are cut, since many hold words that end one ("easy to clean", "glow in
the dark"). Knows nothing of negation: what is not wanted has been struck before.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.lexicon import Lexicon, words
from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.matching import Hit, Phrases
from assistant.understanding.parsing.products import ProductForms
from assistant.understanding.parsing.vocabulary import GENERIC, MATERIAL_NAMES

# What a thing is or has; whom, when and where it is for is no property one filters by.
_KINDS = frozenset(
    "feature quality technology diet taste shape certification power packaging skin fit style pattern material wood "
    "flavour".split()
)
# Kinds whose single words part from the noun they stand before; others make compound names ("laser printer").
_FRONT_KINDS = frozenset("feature quality diet taste fit pattern certification".split())
_PARTED_KINDS = frozenset("material diet taste wood flavour certification".split())
_WORD = compiled(r"[a-z0-9][\w'&/+-]*")
_FOR = compiled(r"\bfor(?: (?:a|an|the|my|very|really|extra))*\s*\Z")
_HAVING = compiled(
    r"(?:\b(?:with|has|have|having|in|is|are|be|that's|it's|featuring|includes|including|and|or|must be)(?: (?:a|an|the"
    r"|some|good|great|really|very|fully|of|built-in|proper|decent|at least))*|[,;:+])\s*\Z"
)
_NO_WORD = (
    r"(?!(?:the|a|an|is|are|be|for|and|or|not|no|so|very|really|it|its|that|this|as|of|in|to|on|at|if|get|got|feel"
    r"|hands|with"
    r"|but|any|some|my|your|more|also|was|by|i|we|you|they|has|have|one|ones|too|all|want|need|come|comes|stay)\b)"
)
# Properties one makes up as one speaks: anything may be X free, X resistant, anti X.
_MADE = compiled(
    rf"(?<![\w'-])(?:{_NO_WORD}[a-z]+[ -]free(?![\w-])(?! (?:shipping|delivery|returns?|gift|trial|sample|postage|of))"
    rf"|{_NO_WORD}[a-z]+[ -](?:proof|resistant|repellent|friendly|flavou?red|scented|infused|approved|certified"
    rf"|powered|lined"
    r"|mounted|shaped|coated|plated|facing|rated|grade|blocking|wicking|activated|controlled|operated|enabled|tested"
    r"|tipped"
    r"|trimmed|cushioned|insulated|inspired|themed|dyed|woven|tufted|stitched|knotted|carved|blown|painted|forged"
    r"|ground"
    r"|brewed|pressed|roasted|smoked|dried|cured|fed|caught|raised|sourced|fitting|fastening|closing|adhesive|wound"
    r"|edged"
    r"|handed|wheeled|legged|sided|tiered|rimmed|breasted|necked|waisted|heeled|toed|bottomed|backed|soled"
    r"|sleeved)(?![\w-])(?! like)"
    r"|(?:dishwasher|microwave|oven|child|kid|pet|reef|food|colou?r|baby|skin|freezer|septic|fridge|bird|induction"
    r"|tooth"
    r"|toddler|dryer|tumble dryer)[ -](?:safe|proof|ready|suitable)(?![\w-])"
    rf"|(?:anti|non)[ -]{_NO_WORD}[a-z]{{3,}}(?![\w-])"
    rf"|{_NO_WORD}[a-z]+ (?:flavou?r|scent|finish|fit|neckline|neck|sleeves?|leg|toe|heel|throw|roast|waist|hem|pile"
    rf"|gauge"
    r"|grit|blend|thread count)(?=\s*(?:\Z|[,.;!?\x1f]|and\b|or\b|please\b|under\b|in\b|for\b|with\b)))"
)
_SEARCHED = 5


class PropertyForms:
    """The property words of a lexicon, as English phrases and as single words."""

    def __init__(self, lexicon: Lexicon) -> None:
        phrases: dict[str, str] = {}
        single: set[str] = set()
        front: set[str] = set()
        for concept in lexicon.concepts:
            if concept.kind not in _KINDS:
                continue
            for form in concept.en:
                low = form.lower()
                if len(words(low)) > 1:
                    phrase = low.removeprefix("with ").removeprefix("for ")
                    phrases[phrase] = concept.kind
                    phrases.setdefault(phrase + "s", concept.kind)
                else:
                    single.add(low)
                    if concept.kind in _FRONT_KINDS:
                        front.add(low)
        things = {form.lower() for c in lexicon.concepts if c.kind in ("product", "color") for form in c.en}
        self._phrases = Phrases((phrase, kind) for phrase, kind in phrases.items() if " " in phrase or "-" in phrase)
        self.words = frozenset(single - GENERIC)
        """Single words that are a property wherever they are said of a thing ("that's magnetic")."""
        self.front = frozenset(front - things - GENERIC)
        """The ones among them that part from the noun they stand before ("heated jacket": a jacket)."""

    def _found(self, left: str) -> list[Hit[str]]:
        hits = self._phrases.find(left)
        for match in _MADE.finditer(left):
            start = match.start()
            if not any(hit.start < match.end() and start < hit.end for hit in hits):
                hits.append(Hit(start, match.end(), "made"))
        return sorted(hits, key=lambda hit: hit.start)

    def read(self, draft: Draft, forms: ProductForms) -> tuple[str, ...]:
        """Every property said in several words, as written; strikes what it read, as inside a phrase."""
        out: list[str] = []
        tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(draft.left)]
        for hit in self._found(draft.left):
            if self._names(draft.left, tokens, hit, forms):
                continue
            if hit.value != "skin" and _FOR.search(draft.left[max(0, hit.start - 24) : hit.start]):
                continue
            out.append(draft.written(hit.start, hit.end))
            draft.strike(hit.start, hit.end, GAP)
        return tuple(out)

    @staticmethod
    def _names(left: str, tokens: list[tuple[str, int, int]], hit: Hit[str], forms: ProductForms) -> bool:
        """Whether the words belong to the name of a thing ("night vision goggles", "memory foam mattress")."""
        inside = [i for i, token in enumerate(tokens) if token[1] < hit.end and hit.start < token[2]]
        first, last = inside[0], inside[-1]
        if tokens[first][1] < hit.start or tokens[last][2] > hit.end:
            # A part of a longer hyphenated word is no word of its own.
            return True
        after = _run(left, tokens, first)
        if len(after) > last - first + 1 and any(" ".join(after[:n]) in MATERIAL_NAMES for n in range(2, 5)):
            return True
        # A stuff or a taste parts even from a name that holds it: "cast iron skillet", "extra virgin olive oil".
        covered_apart = hit.value in _PARTED_KINDS
        if hit.value == "made" and forms.english_suffix(left[hit.start : hit.end].split(), exact=True) > 1:
            return True
        for start in range(max(0, first - 2), first + 1):
            run = _run(left, tokens, start)
            if covered_apart and start == first and forms.english_suffix(run[last - start + 1 :]):
                return False
            covered = forms.english_prefix([part for token in run for part in token.split("-")])
            size = sum(len(token.split("-")) for token in run[: last - start + 1])
            if len(run) <= last - start or covered < size:
                continue
            if covered > size or start < first:
                return True
            return _HAVING.search(left[max(0, hit.start - 40) : hit.start]) is None
        return False


def _run(left: str, tokens: Sequence[tuple[str, int, int]], start: int) -> list[str]:
    """The words from ``start`` on that stand in one phrase: nothing but spaces between them."""
    out = [tokens[start][0]]
    for before, token in zip(tokens[start:], tokens[start + 1 : start + _SEARCHED], strict=False):
        between = left[before[2] : token[1]]
        if between.strip(" ") or BREAK in between:
            break
        out.append(token[0])
    return out
