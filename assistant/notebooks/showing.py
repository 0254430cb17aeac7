"""What a notebook cell shows: sentences with computed figures, tables, and pictures that can write Chinese.

Knows how Jupyter asks an object for HTML. Knows nothing of what is shown. Whatever comes from a message, a model or a
catalogue is escaped.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assistant.labelled.fonts import families_for

PAPER, INK, SOFT, LINE = "#fffdf9", "#2b2520", "#6a5e53", "#e6dccd"
BLUE, AMBER, GREEN, RED, VIOLET = "#2f6f9f", "#d98324", "#3f7d57", "#b3402f", "#7a5c99"
"""Told apart by people who see few colours too; red and green never stand alone for bad and good."""

_DPI = 144
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.0,
    "axes.titlepad": 10.0,
    "axes.labelsize": 9.5,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "text.color": INK,
    "text.parse_math": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}
_CELL = "text-align:left;vertical-align:top;padding:.35em .8em;max-width:34em;white-space:normal"
_HEAD = "text-align:left;vertical-align:bottom;padding:.35em .8em"


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of HTML that is safe to show."""

    html: Markup

    def _repr_html_(self) -> str:
        return str(self.html)

    def __str__(self) -> str:
        return str(self.html.striptags())


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as PNG, and what it shows in words, for those who cannot see it."""

    png: bytes
    alt: str
    width: int

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png).decode("ascii")
        return str(
            Markup(
                '<img alt="{}" width="{}" style="max-width:100%;height:auto" src="data:image/png;base64,{}">'
            ).format(self.alt, self.width, data)
        )

    def __str__(self) -> str:
        return self.alt


def say(*sentences: str) -> Html:
    """Sentences with figures that were computed just now, as one paragraph."""
    return Html(Markup("<p>{}</p>").format(" ".join(sentences)))


def stack(*parts: Html | Picture) -> Html:
    """Several things, one below the other."""
    return Html(Markup("").join(Markup(part._repr_html_()) for part in parts))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> Html:
    """A table with a caption; cells that are :class:`Markup` stay as they are, all others are escaped."""
    title = Markup('<caption style="text-align:left;padding:.35em .8em;font-weight:600">{}</caption>').format(caption)
    heads = Markup("").join(Markup('<th scope="col" style="{}">{}</th>').format(_HEAD, h) for h in head)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup('<td style="{}">{}</td>').format(_CELL, _cell(value)) for value in row)
        )
        for row in rows
    )
    framed = Markup('<div style="overflow-x:auto"><table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>')
    return Html(framed.format(title if caption else "", heads, body))


def preformatted(text: str, *, caption: str = "") -> Html:
    """A text with its line breaks, such as a prompt."""
    style = "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;line-height:1.45"
    style += ";padding:.8em 1em;border:1px solid #8886;border-radius:6px"
    title = Markup("<p><strong>{}</strong></p>").format(caption) if caption else Markup("")
    return Html(title + Markup('<pre style="{}">{}</pre>').format(style, text))


def mark(text: str, colour: str, *, title: str = "") -> Markup:
    """A piece of text underlined in a colour, with a word on it for whoever points at it."""
    style = f"border-bottom:3px solid {colour};padding-bottom:1px"
    return Markup('<span style="{}" title="{}">{}</span>').format(style, title, text)


def chip(text: str, colour: str) -> Markup:
    """A short word in a coloured box."""
    style = f"border:1px solid {colour};border-left-width:6px;border-radius:4px;padding:0 .45em;"
    style += "display:inline-block;margin:.15em 0"
    return Markup('<span style="{}">{}</span>').format(style, text)


def draw(paint: Callable[[Figure], None], *, size: tuple[float, float], alt: str, texts: Iterable[str] = ()) -> Picture:
    """Let ``paint`` draw on a figure of ``size`` inches with the notebooks' style.

    Args:
        paint: draws on the figure it is given; everything it writes must be drawn before it returns.
        size: width and height in inches.
        alt: what the picture shows, in words.
        texts: whatever is written on it, so that fonts are found that have every character; what no installed font has
            is shown as a box.
    """
    families, _ = families_for([*texts])
    with warnings.catch_warnings(), rc_context({**_STYLE, "font.family": families}):
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        paint(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=_DPI, format="png", metadata={"Software": None})
    return Picture(buffer.getvalue(), alt, round(size[0] * 96))


def short(text: str, letters: int) -> str:
    """A text, or its beginning where it is longer; Chinese characters count twice."""
    room, out = float(letters), ""
    for character in text:
        room -= 2 if "\u2e80" <= character <= "\uffef" else 1
        if room < 0:
            return out.rstrip() + "…"
        out += character
    return out


def percent(share: float) -> str:
    """``0.9375`` as ``93.8 %``, which no line breaks."""
    return f"{100 * share:.1f}\N{NARROW NO-BREAK SPACE}%"


def _cell(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape(value)
