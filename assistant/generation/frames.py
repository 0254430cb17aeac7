"""How attributes are said: one predicate per attribute and language, from a table, and which values each one takes.

Knows the table beside this file. Knows no product.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from importlib.resources import files

from assistant.errors import ConfigurationError

# Kinds of the lexicon that a thing can be made of.
MATERIALS = frozenset(("material", "wood", "gemstone"))
_TAKES = frozenset("words count span mass power smell ages cut motif style stuff".split())
_STUFF = re.compile(
    r"\b(?:steel|membrane|fib(?:re|er)s?|ply|plywood|laminate|down|feathers?|foam|gel|alloy|veneer|polymer|sapele|spruce|"
    r"acetate|straw|grass|cane|clay|stone|fabric|cloth|synthetic|oil|wheat|beads|caramel|chocolate|jam|chrome|olefin|"
    r"carbon|ash|polyurethane|plastic|rattan|pom|abs|pvc|pu|tpu|tpe|eva|pe|pp|pc)\b|[木布皮革绒棉钢铝铜铁锌石瓷胶竹毛网丝麻纤]",
    re.I,
)
_AMOUNT = re.compile(r"[\d.,x×–\-\s]+(?:[A-Za-z%°²³\"″′]{0,4}|[\u3400-\u9fff]{0,3})")
_SPAN = re.compile(
    r"\d\s*(?:(?:mm|cm|m|km|in|inch|inches|ft|feet|foot|yds?)\b|[\"″′']|毫米|厘米|公分|米|英寸|寸|英尺|尺)|\d\s*[x×*]\s*\d"
)
_BARE = re.compile(r"[\d.,]+")
_POWER = re.compile(r"[\d.,–\- ]+(?:k?W|瓦|千瓦|hp|马力|VA)")
_MASS = re.compile(r"\d\s*(?:m?g|kg|lbs?|oz|t|pounds?|ounces?|grams?|kilos?|克|千克|公斤|斤|吨|磅|盎司|毫克)\b", re.I)
_HOW = re.compile(r"\b(?:mild|fresh|woody|herbal|subtle|light|clean|floral|citrusy|unscented|fragrance-free)$", re.I)


@dataclass(frozen=True, slots=True)
class Frame:
    """One attribute as a predicate in each language; empty where it is not said.

    ``{v}`` stands for the value, ``{n}`` for one that must be a number. ``takes`` says which values it is about.
    """

    en: str
    zh: str
    takes: frozenset[str] = frozenset()

    def said(self, value: object) -> str:
        """Both predicates with the value put in, as the record states them."""
        return " ; ".join(p.replace("{v}", str(value)).replace("{n}", str(value)) for p in (self.en, self.zh) if p)

    def suits(self, value: str, shown: str, kinds: Set[str]) -> bool:
        """Whether a value is what this phrasing is about: no neckline is of mahogany, and cloth of 160 gsm weighs else.

        Args:
            value: as the record has it.
            shown: as it would be read.
            kinds: what the lexicon knows the words of the value as.
        """
        takes = self.takes
        if "words" in takes and _AMOUNT.fullmatch(shown):
            return False
        if "count" not in takes and (self.en or self.zh).endswith(("{n}", "{v}")) and _BARE.fullmatch(shown):
            # "Makes 2": of what?
            return False
        return (
            ("mass" not in takes or _MASS.search(shown) is not None)
            and ("span" not in takes or _SPAN.search(shown) is not None)
            and ("power" not in takes or _POWER.fullmatch(shown) is not None)
            and ("smell" not in takes or _HOW.search(value) is None)
            and ("ages" not in takes or re.search(r"\d", value) is not None)
            and ("cut" not in takes or not kinds & MATERIALS)
            and ("motif" not in takes or not kinds & {"shape", "product"})
            and ("style" not in takes or "style" in kinds)
            and ("stuff" not in takes or bool(kinds & MATERIALS) or _STUFF.search(value) is not None)
        )


def load_frames() -> dict[str, Frame]:
    """The shipped table, attribute keys in order of preference.

    Raises:
        ConfigurationError: a line has not three columns or four, or takes what nothing is known of.
    """
    text = files("assistant.generation").joinpath("frames.tsv").read_text(encoding="utf-8")
    out: dict[str, Frame] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) not in (3, 4):
            raise ConfigurationError(f"frames.tsv line {number}: wanted 3 or 4 columns, got {len(cells)}")
        key, en, zh, takes = (*cells, "")[:4]
        if unknown := set(takes.split()) - _TAKES:
            raise ConfigurationError(
                f"frames.tsv line {number}: {key} takes {', '.join(sorted(unknown))}, which is none of "
                f"{', '.join(sorted(_TAKES))}"
            )
        out[key] = Frame("" if en == "-" else en, "" if zh == "-" else zh, frozenset(takes.split()))
    return out
