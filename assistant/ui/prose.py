"""Replies as HTML: paragraphs, bold, lists, quotes and tables, and nothing else.

A reply quotes catalogue and shopper, so links, pictures and HTML in it stay the characters they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True}).enable(
    ["emphasis", "list", "blockquote", "table", "newline", "escape"]
)
"""Parsing leaves no trace in it; the rules enabled here are all there are."""


def joined(sentences: Sequence[str], language: str) -> str:
    """Sentences as one text: English ones with a space between, unless a line break is there already."""
    out = ""
    for sentence in sentences:
        glue = "" if not out or out[-1].isspace() or sentence[:1].isspace() or language == "zh" else " "
        out += glue + sentence
    return out.strip()


def render_prose(text: str) -> Markup:
    """A reply's markdown as safe HTML."""
    html = _MARKDOWN.render(text)
    # A wide table scrolls by itself; the page never does.
    html = html.replace("<table>", '<div class="table" tabindex="0"><table>').replace("</table>", "</table></div>")
    return Markup(html)
