"""A reply as a message: tables, which only the shop's page can draw, become lines of words.

Knows Markdown tables as the replies write them: a column a product, a row a fact. Drops no cell that says something.
"""

from __future__ import annotations

import re
from itertools import groupby

_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_SAYS_NOTHING = frozenset(("", "—", "-"))


def without_tables(text: str, language: str) -> str:
    """The text with every table as one line a column: its head, then each fact with the name of its row.

    Args:
        text: of any form; where it holds no table it comes back as it is.
        language: of the text, for the marks between facts.
    """
    parts = [(is_table, list(lines)) for is_table, lines in groupby(text.split("\n"), key=_of_a_table)]
    return "\n".join(_columns(lines, language) if is_table else "\n".join(lines) for is_table, lines in parts)


def _of_a_table(line: str) -> bool:
    return line.startswith("|") and line.count("|") > 1


def _columns(lines: list[str], language: str) -> str:
    head, *rows = [_split(line) for line in lines if not _RULE.fullmatch(line)]
    dash, colon, comma = ("：", " ", "，") if language == "zh" else (" – ", ": ", ", ")
    out = []
    for place, title in enumerate(head[1:], 1):
        said = [row for row in rows if place < len(row) and row[place] not in _SAYS_NOTHING]
        facts = comma.join(f"{row[0]}{colon}{row[place]}" for row in said)
        out.append(f"{place}. {title}{dash}{facts}" if facts else f"{place}. {title}")
    return "\n".join(out)


def _split(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELLS.split(line.strip())[1:-1]]
