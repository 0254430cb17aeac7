"""What is not wanted, in English: "nothing in carbon", "anything except X or Y", "isn't my thing, leave those out".

Finds the words of each unwanted thing. Knows nothing of whether such a thing is a colour, a brand or a property: the
caller sorts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.draft import Draft, compiled
from assistant.understanding.parsing.vocabulary import QUALITIES

_CUE = compiled(
    r"(?<![a-z'])(?:(?:but |and |just |only |preferably |definitely |absolutely |please |also |except )*(?:"
    r"(?:anything|everything|any|all|something|any [a-z]+|every [a-z]+)(?: (?:colou?rs?|brands?|kinds?"
    r"|types?|materials?|one|ones))?(?: (?:is|are) (?:fine|ok|okay|good))?,? (?:but|except(?: for)?"
    r"|other than|apart from|besides|excluding|aside from)"
    r"|except(?:ing)?(?: for)?|other than|apart from|aside from|excluding|exclude|minus(?! \d)|without|w/o"
    r"|sans|free (?:of|from)|nothing|none|(?:(?<=\A)|(?<=[,.;!?:] )|(?<=and )|(?<=but )|(?<=please )|(?<=\x1f ))never"
    r"|never(?= again\b)|neither|nor"
    r"|(?:is|are|was|were|does|do|did|has|have|can|could|would|should|must|will)(?: not|n't)(?: (?:be"
    r"|have|contain|include|come|use|got|want|need|look|like|too|so|really|made))*"
    r"|(?:it's|that's|they're|i'm) not|aint|ain't"
    r"|(?:i |we |she |he |they )?(?:do not|don't|does not|doesn't|didn't|wouldn't|won't|would not"
    r"|can't|cannot|can not|never)(?: (?:really|particularly|actually|even|ever))?(?: (?:want|like|need"
    r"|care for|eat|drink|wear|use|show|include|give|have|stand|do|enjoy|bother with|go for|fancy"
    r"|tolerate|bear|take|buy|send|suggest|recommend|see|love|be|look|get|contain|feel like"
    r"|go))+(?: (?:me|us|to see|to have|see))*"
    r"|(?:i(?:'d)? |we |she |he |they |really |absolutely )?(?:hate|hates|dislike|dislikes|avoid"
    r"|avoiding|detest|loathe|can't stand|despise)"
    r"|(?:i'm |i am |she's |he's |they're |is |are )?(?:allergic to|fed up with|had (?:more than )?enough of|sick of"
    r"|tired of|over the"
    r"|not (?:a |too )?(?:big )?(?:fan|fond|keen|into|crazy about)(?: of| on)?)"
    r"|(?:skip|drop|remove|ditch|lose|omit|hide|discard|leave out|rule out|filter out|take out"
    r"|take off|get rid of|cut out|cut|kick out|toss|nix|no need for|steer clear of|stay away from"
    r"|keep out|lay off|hold)(?: (?:all|any|every|each|out))*"
    r"|rather not(?: (?:have|get|see|go for))?|instead of|rather than|forget(?: about)?|no longer|not|no))(?![a-z'])"
)
# "any laptop but HP": the noun is what is wanted, only the others of its kind are not.
_ANY_KIND = compiled(
    r"(?:any|every) (?!(?:colou?r|brand|kind|type|material|one|make|maker|label|shade|style|size|model|fabric|flavou?r"
    r"|old|of|other|but|except|thing)s?\b)[a-z]+(?=,? (?:but|except|other|apart|besides|excluding|aside)\b)"
)
# "I've no tablecloth", "the bedroom has no curtains": what is missing is what is wanted.
_LACKING = compiled(
    r"(?:\b(?:i|we|they|he|she|you|mum|mom|dad|who)(?:(?:'ve| have|'s| has|'d| had)(?: got)?| got|'re| are|'m| am| is)?"
    r"(?: still| currently| literally)?|\b(?:room|bedroom|bathroom|kitchen|house|home|flat|apartment|office|garden"
    r"|garage"
    r"|hallway|place|dorm|car|studio|balcony|desk|cottage|cabin|shed|loft|den|nursery|son|daughter|kid|kids|friend|wife"
    r"|husband)(?: still| currently)? (?:has|have|had)(?: got)?|\bthere(?:'s| is| are|'re)|\b(?:living|been|stuck|left"
    r"|work|working|cope|manage|go|going)|\b(?:i|we|they)\b[^.;!?\x1f]*\band (?:now )?(?:have|had)(?: got)?"
    r"|\bstill(?: have| got)?)(?: still| here)? (?:no|without)(?: (?:a|an|any))?\Z"
)
_NUMBER = compiled(r"[\d.,$€£k]+")
_IDIOM = compiled(
    r"\s*(?:idea|ideas|problem|problems|thanks|thank|worries|rush|matter|need\b(?! for)|one\b|way\b"
    r"|wonder|doubt|preference|preferences|limit|limits|budget|lower|upper|minimum|min\b|max|maximum"
    r"|hurry|luck|clue|time\b|"
    r"mind\b|sure|just\b|only\b|bad\b|yet\b|really\s*[.,!?]|working|certain|fussy|picky|bothered|now\b"
    r"|today|that\b|this\b|it\b|them\b(?! )|these\b|those\b|you\b|me\b|to\b|if\b|always|necessarily"
    r"|urgent|expensive|pricey|cheap\b|dear\b|"
    r"(?:big|small|long|short|wid|larg|heavi|thick|high|old|thinn?|tall|deep|bigg|hott|cold|small"
    r"|narrow|fast|slow|loud|strong)g?er than|more than|less than|costly|sure|know|understand|have\b"
    r"|particularly\s*[.,!?]|at all\s*[.,!?]|specific|good\s*[.,!?]|enough|what\b|i\b|why\b|anymore"
    r"|else\b|wrong|special\b|in particular|important|fit\b|work\b|be\b|a problem|any (?:idea|time)"
    r"|found|find|see any|help|used an?\b|tried\b|owned\b)"
)
_SKIP = compiled(
    r"(?:[\s\x1e]+|(?:a|an|the|any|some|all|in|with|made|make|makes|from|of|by|out|too|so|very|that"
    r"|that's|thats|which|are|is|it|be|been|have|has|having|contains?|containing|include|includes"
    r"|including|more|further|additional|other|another|"
    r"kind of|sort of|type of|kinds of|sorts of|those|these|things?|stuff|anything|everything|whatever|something|like"
    r"|really|super|overly|visible|particularly|especially|ones?|items?|products?|for|on|brand|brands"
    r"|colou?rs?|covered in|coloured|colored|please|called|labelled|"
    r"what's|whatever's|also|either|and|wearing|using|looking|look|looks|to|do|did|no|my|your|me|us"
    r"|own|actual|extra|added|using|having|being)(?![a-z'-]))+"
)
_ITEM_WORD = compiled(r"[a-z0-9][\w'&/+-]*")
_STOP = frozenset(
    "but for under below over above please pls plz that which who because since as so if when though "
    "although however i i'm i'd i've we we'd you he she it it's they my our his her their the is are "
    "was were would will could can should "
    "just only instead then thanks thx at around about between up max from without with while at by "
    "on in under into to also make show give maybe only preferably ideally unless still yet than how "
    "what where why got get need needs want wants and/or "
    "after before during plus or nor not no never without and if now too either though anymore again rather anywhere "
    "everywhere somewhere inside outside hanging sticking needed required necessary wanted whatsoever included "
    "involved "
    "attached anyone anybody nobody everybody myself himself herself".split()
)
_TRAILING = frozenset(
    "ones one models model stuff items item things thing brand brands please either all products "
    "product versions version colour color colours colors material materials type types kind kinds "
    "allowed anymore whatsoever finish goods options styles".split()
)
_POSITIVE_AFTER_AND = compiled(
    r"\s*(?:rather|instead|just|maybe|a|an|with|make|show|under|over|it|i|must|should|keep|in|size|has|have|needs?"
    r"|only|also"
    r"|preferably|below|up|less|more|free|that|we|they|you|is|are|ideally|if|please|at|around|give"
    r"|something)\b"
)
_AFTER = compiled(
    r"(?:\A|(?<=[.,;!?\x1f]))\s*(?:and |but |also |the |any |all |sorry,? |actually,? |hmm,? |well,? "
    r"|honestly,? )*(?P<item>[a-z][\w']*(?:[ -][a-z][\w']*){0,4}?)(?: (?:ones|brand|stuff|colou?r"
    r"|finish|pattern|patterns|prints?|style))?"
    r" (?:(?:is|are)(?:n't| not) (?:really |quite |exactly |so much |at all )?(?:my|our|for|his|her"
    r"|their|what|a good|an option|acceptable|allowed|ok|okay|suitable|good|wanted|great|right|needed"
    r"|necessary|something|to my|me\b|us\b|in\b|on\b)(?: [a-z' ]+?)?(?=\s*(?:\Z|[.,;!?\x1f]| so\b"
    r"| and\b))"
    r"|(?:is|are) (?:out|off the table|a no|a no-go|no good|not an option|a dealbreaker|a deal breaker"
    r"|deal breakers|too much|ugly|horrible|banned|forbidden|off limits)(?: for (?:me|us|him|her))?"
    r"|(?:does|do)(?:n't| not) (?:suit|work for|do it for|appeal to|agree with|interest|go with"
    r"|fit)(?: (?:me|us|him|her|them|my [a-z]+|well))?"
    r"|(?:can|should|may|could) (?:go|stay out|be (?:left out|skipped|dropped|removed|excluded))"
    r"|won't do|won't work|gives? me [a-z ]+|makes? me (?:itch|sneeze|sick)|irritates? [a-z ]+|must go"
    r"|need not apply|not for me|not my thing|not really my thing|, no(?: thanks| thank you)?"
    r"|no thanks|no thank you)"
    r"(?:[,.;]? (?:so |please |and )*(?:leave|skip|drop|hide|take|remove|exclude|filter|cut|keep|rule"
    r"|get rid of|lose|don't show|no more of)(?: (?:me|all|of|those|these|them|that|it|any|ones|out"
    r"|off|away|please))+)?"
)
_OUT = compiled(
    r"\b(?:leave|rule|filter|cut|keep|weed|sort|throw|take) (?:all |any |the "
    r"|every )*(?P<item>(?!out\b|those\b|these\b|them\b|that\b"
    r"|it\b)[a-z][\w'-]*(?: [a-z][\w'-]*){0,2}?)(?: (?:ones|stuff|brands?|models?|products?"
    r"|items?))? out\b(?! of)"
)


MOST = 40
"""Negations read in one message; a wish has a handful, and the cost of a message stays bounded."""


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The words of one thing not wanted, ``[start, end)`` of the draft."""

    start: int
    end: int


def read_unwanted(draft: Draft) -> list[Unwanted]:
    """Every unwanted thing that English words name; strikes the negations and the things."""
    out: list[Unwanted] = []
    for pattern in (_AFTER, _OUT):
        for match in pattern.finditer(draft.left):
            item = match["item"]
            if item.split()[0] in _STOP or item.split()[0] in (
                "this",
                "that",
                "those",
                "these",
                "there",
                "what",
                "mine",
                "yours",
                "everything",
                "nothing",
                "which",
                "where",
                "how",
                "one",
                "last",
                "first",
                "size",
                "price",
                "budget",
                "money",
                "something",
            ):
                continue
            end = match.start("item") + len(_trim(item))
            out.append(Unwanted(match.start("item"), end))
            draft.strike(match.start(), match.end())
    at = 0
    for _ in range(MOST):
        cue = _CUE.search(draft.left, at)
        if cue is None:
            break
        at = cue.end()
        if _LACKING.search(draft.left[: cue.end()]):
            continue
        if _IDIOM.match(draft.left, cue.end()) and not _is_exclusion_verb(cue.group()):
            continue
        items, end = _items(draft.left, cue.end())
        if not items:
            continue
        out += items
        kind = _ANY_KIND.match(cue.group())
        draft.strike(cue.start() + kind.end() if kind else cue.start(), end)
        at = end
    return out


def _is_exclusion_verb(cue: str) -> bool:
    return (
        re.search(r"\b(?:skip|drop|remove|without|except|excluding|avoid|hate|forget|instead|rather)\b", cue)
        is not None
    )


def _items(left: str, at: int) -> tuple[list[Unwanted], int]:
    """The list of things after a negation, to where its scope ends."""
    items: list[Unwanted] = []
    end = at
    while True:
        start = _skip(left, at)
        stop = _item_end(left, start)
        if stop == start:
            break
        text = left[start:stop]
        kept = 0 if _NUMBER.fullmatch(text) else len(_trim(text))
        if kept:
            items.append(Unwanted(start, start + kept))
        end = at = stop
        joint = compiled(r"[\s\x1e]*(?P<joint>,\s*(?:or|nor|and|no|not)\b|or|nor|and|/|&|,)(?![a-z])").match(left, at)
        if joint is None:
            break
        word = joint["joint"]
        if word == "," and not _list_goes_on(left, joint.end()):
            break
        if word.endswith(("no", "not")) and _IDIOM.match(left, joint.end()):
            break
        if word.endswith(("and", "&")) and _positive(left, joint.end(), items):
            break
        at = joint.end()
    return items, end


def _skip(left: str, at: int) -> int:
    match = _SKIP.match(left, at)
    return match.end() if match else at


def _item_end(left: str, start: int) -> int:
    """The end of the noun phrase that begins at ``start``: at most four words."""
    at, words = start, 0
    while words < 4:
        match = _ITEM_WORD.match(left, at)
        if match is None or (match.group() in _STOP):
            break
        words, end = words + 1, match.end()
        gap = compiled(r"[ \x1e]+").match(left, end)
        start, at = start, end
        if gap is None or "\x1e" in gap.group():
            return end
        following = _ITEM_WORD.match(left, gap.end())
        if following is None or following.group() in _STOP:
            return end
        at = gap.end()
    return at if words else start


def _trim(text: str) -> str:
    """The phrase without trailing words that name nothing ("leather ones" → "leather")."""
    words = list(re.finditer(r"\S+", text))
    while len(words) > 1 and words[-1].group() in _TRAILING:
        words.pop()
    if len(words) == 1 and words[0].group() in _TRAILING - {"pattern", "material"}:
        return ""
    return text[: words[-1].end()] if words else ""


def _list_goes_on(left: str, at: int) -> bool:
    """Whether after a comma more unwanted things follow: a short item and then "or", "and", "nor"."""
    return (
        re.match(
            r"\s*(?!(?:rather|instead|just|only|maybe|but|i|size"
            r"|in)\b)(?:the )?[a-z][\w'-]*(?: [a-z][\w'-]*)?\s*,?\s*(?:or|nor|and)\s+(?!i\b|with\b|under\b|a\b"
            r"|an\b|size\b|show\b|make\b)[a-z]",
            left[at : at + 60],
        )
        is not None
    )


def _positive(left: str, at: int, items: list[Unwanted]) -> bool:
    """Whether what follows "and" is wanted again ("no logo and a hood", "not red and waterproof")."""
    if _POSITIVE_AFTER_AND.match(left, at):
        return True
    following = _ITEM_WORD.match(left, _skip(left, at))
    if following is None:
        return True
    first = left[items[0].start : items[0].end] if items else ""
    return following.group() in QUALITIES and first not in QUALITIES
