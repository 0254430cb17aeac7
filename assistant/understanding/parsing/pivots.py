"""Second thoughts inside one English message: "sandals, actually no, flip flops", "under 50, no wait, under 80".

Finds where a message turns. Knows nothing of what either half states; what is said of earlier messages belongs to
:mod:`assistant.understanding.parsing.revisions`.
"""

from __future__ import annotations

import re

from assistant.types import Constraints
from assistant.understanding.parsing.draft import compiled

_STOP = r"(?=\s*[,.;:!-])"
_PIVOT = compiled(
    rf"[\s,.;:!?-]+(?:but )?(?:actually,? (?:no|nah|nope|scratch that|wait){_STOP}|(?:no|nah),? (?:wait|hang on"
    rf"|actually)\b"
    rf"|(?:oh|hm+|um|uh|er|erm|ah|wait|hang on|hold on|sorry|oops),?\.* (?:no|nah){_STOP}|wait{_STOP}"
    r"|(?:(?:sorry|oops|no|wait|actually|rather|well|pardon|hmm+|oh)[,.]? )+(?:i mean|i meant"
    r"|(?=(?:please )?make (?:it|that)\b))"
    r"|or (?:rather|better yet|better still)(?! not)\b|scratch that\b|strike that\b|correction\b"
    r"|on (?:second|2nd) thoughts?\b|i(?:'ve| have)? changed my mind\b)[\s,.;:!-]*(?:(?:sorry|actually|it's"
    r"|it should be)[\s,]+)*"
)
_WORDS = re.compile(r"[a-z0-9]")


_BARE = compiled(r"\s*(?:[$€£¥]\s?)?\d[\d.,]*(?: [a-z]+)?\s*[.!]?\s*\Z|\s*(?:xxs|xs|s|m|l|[2-5]?xl|xxl)\s*[.!]?\s*\Z")


def carried(first: Constraints, second: str) -> str:
    """The second half with the words the first one said of its number: "size 10, actually no, 10.5"."""
    if not _BARE.match(second.lower()):
        return second
    if first.sizes:
        return f"size {second.strip()}"
    if first.price_max is not None and first.price_min is None:
        return f"under {second.strip()}"
    if first.price_min is not None and first.price_max is None:
        return f"at least {second.strip()}"
    return second


def halves(text: str) -> tuple[str, str] | None:
    """What stands before and after the last turn of a message; ``None`` where it does not turn."""
    last = None
    for match in _PIVOT.finditer(text.lower() if text.isascii() else text):
        last = match
    if last is None or not _WORDS.search(text[: last.start()].lower()) or not text[last.end() :].strip(" .,!?"):
        return None
    return text[: last.start()], text[last.end() :]
