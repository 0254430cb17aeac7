"""HTML pages of figures that need nothing but themselves, and the table of every label.

Knows templates and the common frame. Every value is escaped; what a page may load is nothing. Does not measure.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assistant.labelled.confusion import Confusion, figures_by_label

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_TEXT_LETTERS = 600


def write_page(path: Path, template: str, /, folders: tuple[Path, ...] = (), **values: Any) -> None:
    """Fill a template of this package, or of ``folders``, and write it; a reader never finds half a page."""
    environment = Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["short"] = short
    environment.filters["breakable"] = breakable
    html = environment.get_template(template).render(values)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(html.encode("utf-8", "replace"))  # messages may hold half a surrogate pair
    os.replace(partial, path)


def write_labels_page(path: Path, confusion: Confusion, *, title: str, back: str | None = None) -> None:
    """Write the table of every label of a full matrix, the worst first; ``back`` is a page to link to."""
    rows = sorted(figures_by_label(confusion), key=lambda row: (row.f1, -row.support, row.label))
    write_page(path, "labels.html", title=title, rows=rows, texts=int(confusion.counts.sum()), back=back)


def percent(share: float | None, digits: int = 1) -> str:
    """``0.9375`` as ``93.8 %``; a dash for ``None``."""
    return "–" if share is None else f"{100 * share:.{digits}f}\N{NARROW NO-BREAK SPACE}%"


def short(text: str) -> str:
    """A text as it is shown: the beginning of one that is very long."""
    return text if len(text) <= _TEXT_LETTERS else text[: _TEXT_LETTERS - 1] + "…"


def breakable(label: str) -> Markup:
    """A label, escaped, that a narrow column breaks between its words rather than within them."""
    return Markup("<wbr>").join(re.split(r"(?<=[_./:-])(?=[^_./:-])", label))
