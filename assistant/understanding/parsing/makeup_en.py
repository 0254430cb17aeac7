"""Ends the name of a thing where English says what it is made, filled or fitted with: "pillow filled with feathers".

Rewrites such words as "with" in what is left to read, and ends the phrase before a comparison ("lighter than 3 kg").
Knows nothing of names or properties.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, Draft, compiled

_MADE_WITH = compiled(
    r"(?<=[a-z0-9)\x1e\x1f] )(?:filled|stuffed|packed|lined|padded|insulated|upholstered|covered|wrapped|coated|plated"
    r"|set"
    r"|inlaid|studded|encrusted|decorated|adorned|embellished|embroidered|printed|trimmed|topped|fitted|equipped"
    r"|furnished"
    r"|finished|crafted|carved|woven|knitted|knit|sewn|cut|hewn|built|constructed|fashioned|forged|cast|moulded|molded"
    r"|turned|blown|spun|manufactured|produced|designed|created|brewed|infused|flavoured|flavored|scented|sweetened"
    r"|blended|enriched|fortified|loaded|bound|backed|reinforced|treated|powered|cushioned|dyed|painted)"
    r" (?:with|in|from|out of|of|by|using)(?= )"
)
_COMPARED = compiled(r"(?<=[a-z0-9] )(?:[a-z]{3,}er|(?:more|less) [a-z]+) than\b")


def part_makeup(draft: Draft) -> None:
    """Part a thing's name from what it is made with, in what is left of a draft."""
    draft.left = _MADE_WITH.sub(_with, draft.left)
    draft.strike_all(_COMPARED, BREAK)


def _with(match: re.Match[str]) -> str:
    return "with".rjust(match.end() - match.start())
