"""Attributes without a phrasing of their own: told by their labels, where a label names something one can have or be.

Knows labels in both languages. Knows no product, and no phrasing of the table.
"""

from __future__ import annotations

import re

from assistant.generation.slots import HAN, bare_key
from assistant.lexicon import Lexicon, singular
from assistant.types import ReplyLanguage

# "Has an age from of 6 months", "a hot of 14 hours": a label that ends so is no noun that one could have.
_NO_NOUN = re.compile(
    r"\b(?:\w+ed|as|from|to|up|in|uk|eu|us|jp|hot|cold|warm|wet|dry|max|min|each|per|total|pair|long|wide|deep|high|charge)$"
)
# Labels that measure something, so that one can have "a chest size of 65 cm"; nobody has "a cellular of 4G".
_MEASURE = re.compile(
    r"\b(?:length|width|height|weight|depth|capacity|volume|size|share|rating|time|life|temperature|range|speed|output|"
    r"diameter|thickness|load|count|angle|area|pressure|power|resolution|frequency|distance|rate|radius|reach|lumens?|"
    r"wattage|voltage|content|strength|density|gap|clearance|drop|circumference|age|span|throw|delay|level|dose|amount)$"
)
# What is measured is not the thing, but what it is for.
_FOR_WHAT = re.compile(
    r"^(?:table thickness|head circumference|"
    r"(?:mattress|room|phone|tablet|laptop|wrist|waist) (?:size|depth|area|thickness|circumference))$"
)
_ZH_MEASURE = re.compile(r"(?:[长宽高深厚径度量积重力距压率温间限时围数速值]|尺寸|范围|寿命)$")
# "Has 60 s drying", "has 4 max cameras", "has 3,000 speed mbps": labels that are no things to have.
_NO_COUNT = re.compile(
    r"\bnumber of\b|\b[a-z] [a-z]\b|\b(?:max|min)\b.*s$|\bcapacity \w|\b(?:mbps|rpm|dpi|ml|wear)$|"
    r"(?<!spac)(?<!sett)(?<!plat)ing$"
)
# Labels of yes and no that name no thing one could have: "fitted", "stands alone", "from birth", "lamp needed".
_NO_THING = re.compile(
    r"^(?:from|with|for|contains|stands|ads|pre|indoor|whole|weather)\b|(?<!b)(?<!r)ed$|^(?:strung|wired|swivel)$|"
    r"(?<!padd)(?<!lin)(?<!mapp)(?<!thread)(?<!dimm)(?<!cushion)ing$|"
    r"\b(?:only|off|in|on|out|up|alone|fit|clean|dry|day|birth|kitchen|required|shown|needed|thermal|raw|unisex|"
    r"antibacterial|vegetarian|wholegrain|grain|saltwater|wash|swap|tex|otg|led|goto|set|close|fold|floats|extract|fill|"
    r"preheat|refrigerate|temp|size|dark|outdoor|promoted|featured|anti)$"
)
# Labels that say nothing in "has a … type", and those that are verbs.
_NO_LABEL = re.compile(
    r"^(?:type|kind|suits|fits|key|handedness|form|gender|sold by|packs into|where visible|may contain|setup|use|care|"
    r"wash|washing|process|orientation|style|condition|certificate|certification|soak|instructions|plans|awards|ironing|bonus|"
    r"other side|setting|for .*|additives|castors|price unit|tree|flower|hand|anti fog)$"
)
# Chinese labels that fit one kind of product only: a drum's shell, a tyre's grip, the colour number of a shade.
_ZH_ELSEWHERE = frozenset("shell grip pile doors sim shade action lock strung assembly sleeve".split())
_ZH_YES = frozenset("有含是")
# A product is it, and does not have it.
_IS = re.compile(r"(?:able|proof|less|free|safe|ible|ant|ic|friendly)$")
_BARE = re.compile(r"[\d.,–\-]+")
_NUMBER_OF = re.compile(r"number of ((?:[a-z]+ ){0,2}(?!transistors)[a-z]+s)")


class Labels:
    """Says attributes by their labels. Safe to share."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the labels that the lexicon knows."""
        self._known = lexicon.attribute_labels

    def flag(self, key: str, language: ReplyLanguage) -> str | None:
        """An attribute that holds, as a predicate; ``None`` where its label names nothing that one has or is."""
        en, zh = self.names(key)
        if language == "zh":
            return None if not zh else zh if re.match(r"[可能防免适支带含易无有抗耐低不]", zh) else f"有{zh}"
        thing = en.removesuffix(" included")
        if thing != en:
            return f"comes with {_some(thing)}"
        first, _, last = en.rpartition(" ")
        if first and last in ("removable", "washable", "replaceable", "adjustable", "detachable"):
            # "Tray removable" is a removable tray.
            return f"has {_some(f'{last} {first}', first)}"
        if _IS.search(en) and not en.endswith((" cable", " can disable")):
            return f"is {en}"
        return None if " can " in en or _NO_THING.search(en) else f"has {_some(en)}"

    def value(self, key: str, shown: str, said: str, language: ReplyLanguage) -> str | None:
        """A value under its label as a predicate; ``None`` where that would not read, or not be true.

        Args:
            key: of the attribute.
            shown: the value, or its slot.
            said: the value, with its slot filled.
            language: of the reply.
        """
        en, zh = self.names(key)
        bare = _BARE.fullmatch(said) is not None
        if counted := _NUMBER_OF.fullmatch(en):
            return f"has {shown} {counted[1]}" if language == "en" and said.isdigit() and int(said) > 1 else None
        if shown.startswith("{") and (_NO_COUNT.search(en) or (bare and not said.isdigit())):
            return None
        if "heel-to-toe" in en and not re.search(r"\d\s*(?:mm|毫米)", said):
            # A curtain's drop is another.
            return None
        if not re.fullmatch(r"[a-z]+(?:[ -][a-z]+){0,3}", en):
            return None
        return _english(en, shown) if language == "en" else self._chinese(key, zh, shown, bare=bare)

    def _chinese(self, key: str, zh: str, shown: str, *, bare: bool) -> str | None:
        own = key == bare_key(key) or key in self._known
        measure = _ZH_MEASURE.search(zh) is not None
        if not zh or (bare and not zh.endswith(("数", "流明"))) or not (own or measure):
            return None
        if shown.startswith("{"):
            return f"{zh}{shown}"
        if shown in _ZH_YES:
            return self.flag(key, "zh")
        return None if measure or bare_key(key) in _ZH_ELSEWHERE else f"{zh}为{shown}"

    def names(self, key: str) -> tuple[str, str]:
        """What an attribute is called in English, in lower case, and in Chinese; empty where there is no name."""
        en, zh = self._known.get(key) or self._known.get(bare_key(key)) or ("", "")
        # "connector(s)" comes as "connector_s_"; what ends in "_s" is a time.
        plain = bare_key(key.removesuffix("_s_") + "s" if key.endswith("_s_") else key)
        return en.lower() or plain.replace("_", " ").strip(), zh


def _english(en: str, shown: str) -> str | None:
    if _NO_NOUN.search(en):
        return None
    if shown.startswith("{"):
        if _FOR_WHAT.search(en):
            return f"is for {article(en)} {en} of {shown}"
        if _uncounted(en):
            return f"has {shown} {en}"
        return f"has {article(en)} {en} of {shown}" if _MEASURE.search(en) else None
    if len(shown.split()) > 3 or "," in shown or HAN.search(en) or _NO_LABEL.search(en):
        return None
    if shown.split()[-1] == en.split()[-1]:
        # A bite valve is no "bite valve valve".
        return f"has {_some(shown)}"
    return f"has {_some(f'{shown} {en}', en)}"


def _some(noun: str, counted: str = "") -> str:
    """A noun phrase with its article, if it takes one; ``counted`` is what decides that, else the phrase itself."""
    return noun if _uncounted(counted or noun) else f"{article(noun)} {noun}"


def article(phrase: str) -> str:
    """ "a" or "an" by the sound of the first word, as far as spelling tells."""
    word = phrase.strip().split(" ")[0]
    if re.fullmatch(r"[AEFHILMNORSX][A-Z]{1,3}", word):
        return "an"
    word = word.lower()
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
