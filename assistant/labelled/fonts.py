"""Fonts that can really write a text: found among those installed, without a list of languages.

Knows characters and font files. Does not know what is drawn with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

STANDARD = "DejaVu Sans"
"""The family that travels with matplotlib."""

# Only an order of trying: broad sans-serif families first, so that the search ends early and a label set has one look.
_LIKELY = re.compile(
    r"sans.*(cjk|sc\b|cn\b)|source han sans|wenquanyi|yahei|pingfang|hiragino|heiti|simhei|unicode", re.I
)
# These claim every character and draw a box for it.
_BOXES = re.compile(r"last ?resort|adobe blank", re.I)
_TRIED = 400


def families_for(texts: Iterable[str]) -> tuple[list[str], str]:
    """Font families in the order in which they are to be tried, the standard one first; and what none of them has."""
    wanted = {ord(c) for text in texts for c in text if not c.isspace()}
    missing = wanted - _characters(font_manager.findfont(STANDARD))
    families = [STANDARD]
    if not missing:
        return families, ""
    # The list that matplotlib keeps is from its first run; fonts installed since are looked up in the system.
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known and _LIKELY.search(_spaced(path)):
            _add(path)
    entries = [e for e in font_manager.fontManager.ttflist if not _BOXES.search(e.name)]
    entries.sort(key=lambda e: (not _LIKELY.search(e.name), e.name, e.weight != 400))
    for entry in entries[:_TRIED]:
        if not missing:
            break
        found = _characters(entry.fname) & missing
        if found and entry.name not in families:
            families.append(entry.name)
            missing -= found
    return families, "".join(chr(c) for c in sorted(missing))


def _characters(path: str) -> set[int]:
    try:
        return set(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # listed once, gone or damaged since
        return set()


def _add(path: str) -> None:
    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError, ValueError):  # bitmap and damaged fonts; another one will do
        return


def _spaced(path: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[-_/]", " ", path)
