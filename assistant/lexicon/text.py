"""Light normalisation shared by everything that compares words: width, case, plural, traditional characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from assistant.lexicon.characters import simplify

# À–ɏ without × and ÷: "café" and "décor" are words, not "caf" and "d cor".
WORD = re.compile(r"[a-z0-9à-öø-ɏ]+(?:['’][a-z]+)?|[\u3400-\u9fff]")
HAN = re.compile(r"[\u3400-\u9fff]")

_IRREGULAR = {
    "knives": "knife", "wives": "wife", "shelves": "shelf", "scarves": "scarf", "loaves": "loaf", "leaves": "leaf",
    "wolves": "wolf", "halves": "half", "calves": "calf", "children": "child", "men": "man", "women": "woman",
    "feet": "foot", "teeth": "tooth", "mice": "mouse", "people": "person", "geese": "goose",
    "potatoes": "potato", "tomatoes": "tomato", "mangoes": "mango", "heroes": "hero", "dominoes": "domino",
    "shoes": "shoe", "toes": "toe", "canoes": "canoe", "oboes": "oboe", "hoes": "hoe", "horseshoes": "horseshoe",
    "movies": "movie", "cookies": "cookie", "hoodies": "hoodie", "beanies": "beanie", "selfies": "selfie",
    "ties": "tie", "pies": "pie", "booties": "bootie", "onesies": "onesie", "smoothies": "smoothie",
    "brownies": "brownie", "walkie-talkies": "walkie-talkie", "calories": "calorie", "hankies": "hankie",
    "axes": "axe", "bikes": "bike", "lenses": "lens", "buses": "bus", "gases": "gas", "series": "series",
    "species": "species", "gloves": "glove", "olives": "olive", "chives": "chive", "sleeves": "sleeve",
    "stoves": "stove", "waves": "wave", "valves": "valve", "caves": "cave", "curves": "curve", "drives": "drive",
    "cloves": "clove", "doves": "dove", "natives": "native", "wheelies": "wheelie", "kiwis": "kiwi",
    "quiches": "quiche", "headaches": "headache", "avalanches": "avalanche", "caches": "cache", "niches": "niche",
    "quizzes": "quiz", "canvases": "canvas", "atlases": "atlas", "cactuses": "cactus", "cacti": "cactus",
    "octopuses": "octopus", "viruses": "virus", "irises": "iris", "elves": "elf", "thieves": "thief", "hooves": "hoof",
    "veggies": "veggie", "doggies": "doggie", "goodies": "goodie", "zombies": "zombie", "undies": "undie",
    "lingeries": "lingerie", "eyries": "eyrie", "calzones": "calzone", "dice": "die", "oxen": "ox", "fungi": "fungus",
    "avocadoes": "avocado", "torpedoes": "torpedo", "echoes": "echo", "mosquitoes": "mosquito", "buffaloes": "buffalo",
    "mens": "man", "womens": "woman", "childrens": "child", "ladies": "lady", "pyjamas": "pyjama", "pajamas": "pajama",
    "moustaches": "moustache", "mustaches": "mustache", "aches": "ache",
}  # fmt: skip
# Plurals that name another thing than their singular does: "glasses" are worn, a "glass" is drunk from or a material;
# "shorts" are not "short", "lights" are lamps where "light" is mostly "not heavy".
PLURAL_ONLY = frozenset(
    "glasses shorts lights weights flats slides dates tights briefs boxers slacks overalls electronics cosmetics "
    "ceramics blinds goods trunks sheets windows".split()
)
_SAME = PLURAL_ONLY | frozenset(
    "glass dress gas bus lens mattress compass brass grass cross bass chess harness fitness wireless seamless cordless "
    "strapless stainless business princess always this is his as has was us less plus bonus cactus iris tennis "
    "canvas christmas atlas pancreas asparagus hummus couscous citrus lotus status campus virus census radius "
    "octopus walrus platypus genius focus minus yes ss press mess loss boss moss toss swiss gross class mass pass "
    "sleeveless backless hopeless bluetoothless priceless endless flawless waterless rimless brushless famous".split()
)


def fold(text: str) -> str:
    """Full-width to half-width (NFKC), simplified, lower case, typographic quotes to plain. Length may change."""
    text = simplify(unicodedata.normalize("NFKC", text))
    return text.lower().replace("’", "'").replace("‘", "'")


def singular(word: str) -> str:
    """The singular of a lower-case English word, by rule and a short list of exceptions."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word in _SAME or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def words(text: str) -> list[tuple[str, int, int]]:
    """``(token, start, end)`` of a text: English words folded and singular; Han simplified, one by one."""
    return [(_token(m.group()), m.start(), m.end()) for m in WORD.finditer(simplify(text).lower())]


@lru_cache(maxsize=1 << 15)
def _token(written: str) -> str:
    token = written[:-2] if written.endswith(("'s", "’s")) else written
    if not token.isascii() and not HAN.match(token):
        token = "".join(c for c in unicodedata.normalize("NFKD", token) if not unicodedata.combining(c))
    return singular(token)
