"""Fonts that can really write a text: found among those installed, without a list of languages.

Knows characters and font files. Does not know what is drawn with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_DEFAULT = "DejaVu Sans"  # travels with matplotlib
# Only an order of trying: broad sans-serif families first, so that the search ends early and a label set has one look.
_LIKELY = re.compile(
    r"sans.*(cjk|sc\b|cn\b)|source han sans|wenquanyi|yahei|pingfang|hiragino|heiti|simhei|unicode", re.I
)
_TRIED = 400


def families_for(texts: Iterable[str]) -> list[str]:
    """Font families in the order in which they are to be tried, the standard one first.

    Characters that no installed font has stay without one.
    """
    wanted = {ord(c) for text in texts for c in text if not c.isspace()}
    missing = wanted - _characters(font_manager.findfont(_DEFAULT))
    families = [_DEFAULT]
    if not missing:
        return families
    # The list that matplotlib keeps is from its first run; fonts installed since are looked up in the system.
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known and _LIKELY.search(_spaced(path)):
            _add(path)
    entries = sorted(
        font_manager.fontManager.ttflist, key=lambda e: (not _LIKELY.search(e.name), e.name, e.weight != 400)
    )
    for entry in entries[:_TRIED]:
        if entry.name in families:
            continue
        found = _characters(entry.fname) & missing
        if found:
            families.append(entry.name)
            missing -= found
        if not missing:
            break
    return families


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
