"""The thing wanted, in English: the noun phrase that is left once everything else has been read.

"got any quiet hair dryers" → "hair dryers", with "quiet" as a property. Keeps compound nouns, drops articles,
describing words and "for …" phrases. Works by word classes; the lexicon only confirms and chooses between phrases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.products import ProductForms
from assistant.understanding.parsing.properties_en import PropertyForms
from assistant.understanding.parsing.vocabulary import (
    AUDIENCE,
    BOUNDARIES,
    GENERIC,
    MATERIAL_NAMES,
    MATERIALS,
    QUALITIES,
    SPEC,
)

_TOKEN = compiled(r"[a-z0-9][\w'&/+-]*|[^\s\x1e]")
_SPEC = compiled(SPEC)
_LEAD_FOR = compiled(
    r"(?:\b(?:look|looking|search|searching|shop|shopping|hunt|hunting|market|browse|browsing|ask"
    r"|asking|go|going|after|need|budget|need is|in the market|spend|pay|have|got|is|much|\$?\d+)\s*"
    r"|\A[\s\W]*|[\x1f]\s*)\Z"
)
_FOR_WEAK = compiled(r"\A\s*(?:my|our|his|her|their|him|us|me|them|everyone|someone|mum|mom|dad|grandma|grandpa)\b")
_OWNED = compiled(
    r"\b(?:my|our|his|her|their|this|that|these|those|bought|own|owns|already have|already got|i have"
    r"|i've got|we have|i got|just got|i've|your)(?: (?:new|old|own|just|a|an|the|current|two"
    r"|2|last|previous|first|other|existing|broken|poor))*\s*\Z"
)
_THESE = compiled(r"\b(?:this|that|these|those|the)(?: (?:new|same|two|2))*\s*\Z")
_CONTAINER = frozenset(
    "pair pairs jar jars bottle bottles box boxes bag bags pack packs packet packets can cans tin "
    "tins tube tubes bar roll rolls set sets piece pieces carton cartons crate crates bunch loaf "
    "loaves sack sacks tub tubs stick sticks slice slices bundle case cases copy copies couple kilo "
    "kilos lot type types kind kinds sort sorts dozen range selection choice variety brand".split()
)
_AWAY = frozenset(
    "in on from by to with at into of about near like inside onto than as within around against via "
    "along off out over through".split()
)
_ASKED = frozenset(
    "a an some any need want buy get find for me show have sell see recommend suggest got after "
    "stock carry selling your new plus add i'd like another what which where prefer fancy order "
    "purchase grab".split()
)
_WITH = frozenset("with in has having have that's are is be".split())
_STILL_DROPPED = (
    MATERIALS
    | AUDIENCE
    | frozenset(
        "foldable collapsible insulated organic vegan gluten-free sugar-free decaf dimmable machine-washable "
        "dishwasher-safe "
        "non-stick nonstick breathable durable sturdy unscented hypoallergenic fragrance-free eco-friendly "
        "biodegradable "
        "recycled refillable leakproof leak-proof non-slip anti-slip stackable oversized padded "
        "wireless waterproof cordless ergonomic rechargeable lightweight noise-cancelling "
        "noise-canceling reusable handmade quiet cheap new comfortable warm soft big small large good "
        "nice".split()
    )
)
_ENDING = compiled(
    r"(?:proof|resistant|[a-z]{4}able|[a-z]{3}less|[a-z]{3}ful|[a-z]{3}ish|-free|-style|-sized?"
    r"|-friendly|-like|-inspired|-grade|-powered|-operated|-coloured|-colored|-lined|-made|-looking"
    r"|-based)\Z"
)
_COUNTED = compiled(
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|multi|double|single|triple"
    r"|\d+)-(?:seater|person|piece|drawer|door|tier|slice|burner|string|speed|layer|man|cup|way|shelf"
    r"|player|pack|sided|ply|inch|hour|day|year|step|stage|bulb|arm|panel)"
)
_ENDING_KEPT = frozenset("cable vegetable table stainless ladies rubbish finish polish varnish garnish".split())
_ALSO_VERBS = frozenset(
    "throw cover watch drop stick pop mark chuck plant clip pump iron brush mop fan ring lock scale "
    "book can cut file hook light mask paint pin plug saw soap stamp tape tie top train wrap whisk "
    "print".split()
)
_VERB_SUIT = compiled(r"\b(?:would|will|might|could|that|to|which|not|also|can|may|should)\s*\Z")
# Before a phrase that says what the thing wanted is or has.
_SAID_OF = compiled(
    r"\b(?:that's|that is|that are|is|are|be|it's|they're|being|stay|stays|look|looks|feel|feels)(?: (?:very|really"
    r"|quite"
    r"|also|both|fully|completely|super|totally|rather|mostly|all|100%|nice and|either|still|always|at least|of"
    r"|preferably|ideally|definitely))*\s*\Z"
)
# A word directly after one of these is what they do: "I bike to work".
_WITH_A = compiled(r"\b(?:with|includes?|including|featuring)(?: (?:a|an|the|some|its|their|two|three|matching))*\s*\Z")
_SUITED = compiled(r"\s*(?:me|us|you|him|her|them|my|our|his|any|all|every|everyone|a|an|the|both|with)\b")
# What a pillow is filled with, and no direction.
_OF_DOWN = compiled(
    r"(?:[,;:%]|\b(?:with|of|from|goose|duck|eider|white|grey|and|or|natural|hungarian|feather))[\s\x1e]*\Z"
)
_COUNTS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty".split()
)
_SUBJECTS = frozenset("i we they you he she".split())
_FORMER = compiled(r"(?:old|previous|last|broken|worn-out|ancient|dying|existing) ")
_WANTING = compiled(
    r"\b(?:need|needs|want|wants|looking for|look for|looking at|after|searching for|hunting for|show|find|get|buy"
    r"|buying|any"
    r"|recommend|suggest|order|grab|shopping for|in the market for|so|therefore|replace it with|instead|replacement"
    r"|find me"
    r"|show me|get me|it's)(?: (?:me|us|him|her|them|for|some|a|an|the|any|another|new|of|please|pair|now|also|just"
    r"|more|one"
    r"|good))*\s*\Z"
)
# Before what the thing wanted has ("with a detachable hood"), and before one more of the kind ("and a zip").
_HAS = compiled(
    r"\b(?:with|has|have|having|includes?|including|featuring|features|comes with|made of|made from|made out of|offers"
    r"|provides|supports|contains)(?: (?:a|an|the|some|any|good|great|nice|really|very|proper|decent|at least|plenty "
    r"of|lots"
    r"|of|its|their|own|extra|two|three|four|\d+|both|built|in|built-in))*\s*\Z"
)
_AND_A = compiled(
    r"(?:\b(?:and|or|plus|&)|,)(?: (?:and|or|a|an|the|some|good|great|nice|at least|two|three|four))*\s*\Z"
)
_LISTED_BEFORE = compiled(r"[,;:\x1f\x1e]\s*\Z")
_LISTED_AFTER = compiled(r"[\s\x1e]*(?:\Z|[,.;!?\x1f]|ones?\b|please\b|pls\b|if\b|under\b|and\b|or\b|around\b)")
_PLACES = frozenset("outdoor indoor outdoors indoors outside".split())
_VOCATIVES = frozenset(
    "mate dude buddy bro love dear man guys folks team everyone sir madam ma'am miss friend lads honey x xx xoxo "
    "cheers "
    "anything else thanks ta lot day morning evening afternoon regards haha lmao wow ugh damn omg ahead".split()
)
# Words that say which kind of a stuff, and are one with it.
_OF_STUFF = frozenset(
    "solid genuine real faux fake vegan brushed stainless cast carbon tempered recycled reclaimed full-grain natural "
    "pure "
    "organic sterling rose damascus egyptian merino polished forged wrought bonded patent imitation synthetic memory "
    "engineered frosted stained crushed cable fine bone".split()
)
_NO_TERM = frozenset(
    "new good nice best great better decent cool perfect full used real high low extra super fine okay ready able "
    "going "
    "certain available popular suitable appropriate ideal value particular specific proper".split()
)
_AGAIN = compiled(
    r"\b(?:(?:back to|where were we (?:with|on)|return to|go back to|going back to|about|regarding"
    r"|as for|bring (?:up|back)|show (?:me )?|see|pull up|let me see|let's see|look at) "
    r"(?:the|those|these|my)?\s*(?P<a>[a-z][a-z'&-]*(?: [a-z][a-z'&-]*){0,3}?)(?: (?:again|once more"
    r"|once again|from (?:before|earlier)|up once more|up again|you showed(?: me)?|instead|please"
    r"|we (?:saw|had|were)[a-z ]*))"
    r"|bring (?:the|those|these)?\s*(?P<c>[a-z][a-z'&-]*(?: [a-z][a-z'&-]*){0,3}?) (?:up"
    r"|back)(?: again| once more| once again)?(?=\s*(?:\Z|[,.;!?]))"
    r"|(?:what|how) about (?:some |a |an |the "
    r"|any )?(?P<d>[a-z][a-z'&-]*(?: [a-z][a-z'&-]*){0,3}?)(?: (?:instead|then|too))?(?=\s*(?:\Z"
    r"|[,.;!?\x1f]))"
    r"|(?:back to|where were we (?:with|on)|return to|go back to|going back to|bring back) (?:the"
    r"|those|these|my)?\s*(?P<b>[a-z][a-z'&-]*(?: [a-z][a-z'&-]*){0,3}?)(?=\s*(?:\Z|[,.;!?]|then\b"
    r"|please\b|now\b|again\b|you\b|from\b|we\b)))"
)


@dataclass(slots=True)
class _Phrase:
    """A run of words between boundaries, with what stood before it."""

    tokens: list[tuple[str, int, int]]
    intro: str
    before: str
    kept: list[tuple[str, int, int]] = field(default_factory=list)
    attributes: list[tuple[str, int, int]] = field(default_factory=list)
    known: int = 0
    exact: bool = True


def read_specs(draft: Draft) -> tuple[str, ...]:
    """Measured properties ("256GB"), as written; strikes them inside the phrase."""
    found = []
    for match in _SPEC.finditer(draft.left):
        found.append(draft.written(match.start(), match.end()))
        draft.strike(match.start(), match.end(), GAP)
    return tuple(found)


def read_product(
    draft: Draft,
    forms: ProductForms,
    properties: PropertyForms,
    *,
    known_only: bool = False,
    others: bool = True,
    described: bool = False,
) -> tuple[str | None, tuple[str, ...]]:
    """The product named and the properties said of it.

    Args:
        draft: the message, everything else already struck.
        forms: the product names there are.
        properties: the property words there are.
        known_only: name a product only where the lexicon knows it and it is no thing already at hand.
        others: whether phrases in "for …" may name the product where nothing else does.
        described: the thing is known already and only described, so that no phrase names it.
    """
    phrases = _phrases(draft.left, forms)
    for phrase in phrases:
        _analyse(phrase, forms, properties)
    best: _Phrase | None = None
    best_score = 0.0
    for i, phrase in enumerate(() if described else phrases):
        if not _names_something(draft.left, phrase):
            continue
        score = _score(phrase, i, known_only)
        if score is not None and (best is None or score > best_score) and (others or phrase.intro != "for"):
            best, best_score = phrase, score
    terms = _terms(draft, phrases, best, properties)
    if best is None or (best_score < -2.5 and not best.known):
        return None, terms
    return _written(draft, best.kept), terms


def read_return(draft: Draft, forms: ProductForms) -> str | None:
    """The earlier topic a message goes back to ("where were we with the reels?"), where the lexicon knows the thing."""
    for match in _AGAIN.finditer(draft.left):
        group = next(name for name in "abcd" if match[name])
        tokens = match[group].split()
        while tokens and tokens[0] in BOUNDARIES:
            tokens.pop(0)
        if tokens and tokens[-1] not in GENERIC and forms.english_suffix(tokens):
            end = match.end(group)
            return draft.written(end - len(" ".join(tokens)), end)
    return None


def _phrases(left: str, forms: ProductForms) -> list[_Phrase]:
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(left)]
    glued = _glued(tokens, left, forms)
    out: list[_Phrase] = []
    run: list[tuple[str, int, int]] = []
    intro = before = ""
    for i, (word, start, end) in enumerate(tokens):
        suit = word in ("suit", "suits") and not _VERB_SUIT.search(left[:start]) and not _SUITED.match(left, end)
        suit = suit or (word == "down" and _OF_DOWN.search(left[:start]) is not None)
        boundary = (
            not word[0].isalnum() or ord(word[0]) > 0x3000 or (word in BOUNDARIES and i not in glued and not suit)
        )
        if boundary:
            if run and word == "of" and run[-1][0] in _CONTAINER and len(run) <= 2:
                run = []
                continue
            if run:
                out.append(_Phrase(run, intro, before))
                run = []
            intro, before = (word, left[:start]) if word[0].isalnum() else ("", left[:end])
            continue
        if not run and word in ("suit", "suits", "watch") and _VERB_SUIT.search(left[:start]):
            intro, before = word, left[:start]
            continue
        run.append((word, start, end))
    if run:
        out.append(_Phrase(run, intro, before))
    return out


def _glued(tokens: list[tuple[str, int, int]], left: str, forms: ProductForms) -> frozenset[int]:
    """Places of boundary words that belong to a product name ("can opener", "work boots", "chest of drawers")."""
    out: set[int] = set()
    i = 0
    while i < len(tokens):
        n = 0
        if tokens[i][0][0].isalnum():
            window = []
            for j in range(i, min(i + 6, len(tokens))):
                if not tokens[j][0][0].isalnum() or GAP in left[tokens[j][1] : tokens[j][2]]:
                    break
                window.append(tokens[j][0])
            if any(w in BOUNDARIES for w in window):
                n = forms.english_prefix(window)
        if n > 1:
            out.update(range(i, i + n))
            i += n
        else:
            i += 1
    return frozenset(out)


def _is_attribute(word: str) -> bool:
    if word in QUALITIES or word in MATERIALS or word in AUDIENCE or _COUNTED.fullmatch(word):
        return True
    return _ENDING.search(word) is not None and word not in _ENDING_KEPT


def _analyse(phrase: _Phrase, forms: ProductForms, properties: PropertyForms) -> None:
    """Part describing words from the name. A name the lexicon holds whole is kept, but for materials and the like."""
    tokens = list(phrase.tokens)
    while tokens and (tokens[0][0].isdigit() or re.fullmatch(r"\d+(?:st|nd|rd|th|x)?", tokens[0][0])):
        tokens.pop(0)
    if len(tokens) > 1 and tokens[0][0] in _COUNTS and not forms.is_english([t[0] for t in tokens]):
        tokens.pop(0)
    while (
        len(tokens) > 1
        and tokens[-1][0] in GENERIC
        and tokens[-1][0] not in ("set", "sets")
        and not forms.english_suffix([t[0] for t in tokens])
    ):
        tokens.pop()
    tokens = _peel(tokens, phrase, forms, properties)
    kept: list[tuple[str, int, int]] = []
    i = 0
    while i < len(tokens):
        word = tokens[i][0]
        rest = [t[0] for t in tokens[i:]]
        if " ".join(rest[:2]) in MATERIAL_NAMES or " ".join(rest[:3]) in MATERIAL_NAMES:
            kept += tokens[i : i + 2]
            i += 2
            continue
        whole = len(rest) > 1 and forms.is_english(rest) and not kept
        named = forms.is_english([word])
        front = word in properties.front and (
            (len(rest) > 1 and forms.english_suffix(rest[1:]) > 0) or (len(rest) == 1 and not named)
        )
        joined = bool(kept) and forms.is_english([kept[-1][0], word])
        drops = (
            not joined
            and (_is_attribute(word) or front)
            and (i < len(tokens) - 1 or not kept)
            and not (whole and not _droppable(rest, forms))
        )
        if drops and i == len(tokens) - 1 and named and word not in QUALITIES and phrase.intro not in _WITH:
            drops = False
        if drops:
            phrase.attributes.append(tokens[i])
        else:
            kept.append(tokens[i])
        i += 1
    phrase.kept = kept
    names = [t[0] for t in kept]
    phrase.known = forms.english_suffix(names) if kept else 0
    phrase.exact = phrase.known > 0 and forms.english_suffix(names, exact=True) > 0


def _peel(
    tokens: list[tuple[str, int, int]], phrase: _Phrase, forms: ProductForms, properties: PropertyForms
) -> list[tuple[str, int, int]]:
    """Part describing words that stand after the name ("toaster stainless steel")."""
    for cut in range(1, len(tokens)):
        names, after = [t[0] for t in tokens[:cut]], [t[0] for t in tokens[cut:]]
        if (
            forms.english_suffix(names)
            and all(_is_attribute(word) or word in properties.words or word in _PLACES for word in after)
            and not forms.english_suffix(names[-1:] + after)
        ):
            phrase.attributes += tokens[cut:]
            return tokens[:cut]
    while len(tokens) > 1 and _trails(tokens[-1][0], tokens, forms):
        phrase.attributes.append(tokens[-1])
        tokens = tokens[:-1]
    return tokens


def _trails(word: str, tokens: list[tuple[str, int, int]], forms: ProductForms) -> bool:
    """Whether the last word of an unknown name only describes ("bike light set rechargeable")."""
    return word in QUALITIES and not forms.english_suffix([t[0] for t in tokens])


def _droppable(rest: list[str], forms: ProductForms) -> bool:
    """Whether the first word of a known name still only describes ("leather wallet": a wallet, of leather)."""
    return rest[0] in _STILL_DROPPED and forms.is_english(rest[1:])


def _names_something(left: str, phrase: _Phrase) -> bool:
    """Whether the words left of a phrase can be a product: not only generic ones, but for "Lego sets"."""
    if not phrase.kept:
        return False
    if not all(word in GENERIC or word.isdigit() for word, _, _ in phrase.kept):
        return True
    first = phrase.kept[0][1]
    return phrase.kept[-1][0] in ("set", "sets") and GAP in left[max(0, first - 2) : first]


def _score(phrase: _Phrase, index: int, known_only: bool) -> float | None:
    names = [t[0] for t in phrase.kept]
    if known_only and (
        not phrase.known
        or _OWNED.search(phrase.before + " " + phrase.intro)
        or _THESE.search(phrase.before + " " + phrase.intro)
    ):
        return None
    if known_only and phrase.before.rstrip(" ").endswith(BREAK):
        # "the third reel": the noun belongs to the reference before it.
        return None
    if known_only and not phrase.intro and len(names) == 1 and names[0] in _ALSO_VERBS:
        return None
    score = -0.5 * index
    if phrase.known and not (phrase.known == 1 and names[-1] in GENERIC):
        # A slip that could be a product counts for less than a product.
        score += 4.0 if phrase.exact else 2.5
    if phrase.intro in _SUBJECTS:
        score -= 4.0
    if _FORMER.match(" ".join(t[0] for t in phrase.tokens)) or (
        phrase.intro in ("the", "my", "our", "last") and phrase.tokens[0][0] in ("old", "current", "existing", "broken")
    ):
        score -= 3.0
    if _WANTING.search(f"{phrase.before.rstrip()} {phrase.intro}"):
        score += 1.5
    if _WITH_A.search(f"{phrase.before.rstrip()} {phrase.intro}"):
        score -= 5.0
    elif phrase.intro in _AWAY:
        score -= 3.5
    if phrase.intro == "for":
        weak = _FOR_WEAK.match(" ".join(t[0] for t in phrase.tokens)) is not None
        score += 0.5 if _LEAD_FOR.search(phrase.before) and not weak else -3.5
    if _OWNED.search(phrase.before + " " + phrase.intro):
        score -= 4.5
    if phrase.intro in _ASKED:
        # An article marks an unknown thing as one; among known things the first said counts.
        score += 0.4 if phrase.known else 1.0
    if len(names) > 4 and not phrase.known:
        score -= 2.0
    return score


def _written(draft: Draft, tokens: list[tuple[str, int, int]]) -> str:
    """The words as the shopper wrote them, one space between."""
    return " ".join(draft.written(start, end) for _, start, end in tokens).strip(" '&/+-")


def _terms(draft: Draft, phrases: list[_Phrase], best: _Phrase | None, properties: PropertyForms) -> tuple[str, ...]:
    found: list[tuple[int, str]] = []
    had = False
    for phrase in phrases:
        before = draft.left[: phrase.tokens[0][1]]
        had = phrase is not best and (
            (_HAS.search(before) is not None and _OWNED.search(before) is None)
            or (had and _AND_A.search(before) is not None)
        )
        if phrase is not best and phrase.kept and (said := _said(draft, phrase, properties, had=had, best=best)):
            found += said
        elif phrase is best or (not phrase.kept and phrase.intro != "for"):
            found += [
                (start, draft.written(start, end))
                for word, start, end in _joined(phrase.attributes)
                if (phrase is best or word not in AUDIENCE) and word not in _NO_TERM
            ]
        elif phrase.kept:
            found += [(start, draft.written(start, end)) for word, start, end in phrase.attributes if word in MATERIALS]
    return tuple(text for _, text in sorted(found) if text)


def _joined(attributes: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The describing words, with a stuff and the word that says which ("solid oak", "brushed steel") made one."""
    out: list[tuple[str, int, int]] = []
    for word, start, end in attributes:
        last = out[-1] if out else None
        if last is not None and last[0] in _OF_STUFF and word in MATERIALS and start - last[2] == 1:
            out[-1] = (f"{last[0]} {word}", last[1], end)
        else:
            out.append((word, start, end))
    return out


def _said(
    draft: Draft, phrase: _Phrase, properties: PropertyForms, *, had: bool, best: _Phrase | None
) -> list[tuple[int, str]]:
    """What a phrase that is not the thing says of the thing: "that's magnetic", "with a zip", ", hand-tufted"."""
    words = [token[0] for token in phrase.tokens]
    start, end = phrase.tokens[0][1], phrase.tokens[-1][2]
    if phrase.intro == "for" or all(word in GENERIC or word in _NO_TERM for word in words):
        return []
    if had or (len(words) <= 3 and not phrase.known and _SAID_OF.search(draft.left[:start])):
        return [(start, _written(draft, phrase.tokens))]
    if all(word in properties.words or _is_attribute(word) for word in words):
        return [(at, draft.written(at, to)) for word, at, to in _joined(phrase.tokens) if word not in _NO_TERM]
    listed = (
        best is not None
        and best.known
        and best.tokens[-1][2] <= start
        and len(words) <= 3
        and not phrase.known
        and not _VOCATIVES & set(words)
        and _LISTED_BEFORE.search(draft.left[:start]) is not None
        and _LISTED_AFTER.match(draft.left, end) is not None
    )
    return [(start, _written(draft, phrase.tokens))] if listed else []
