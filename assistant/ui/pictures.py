"""The picture of a product type: small SVG drawings out of a catalogue's folder, inlined and tinted by the page.

Reads each drawing once and keeps only plain shapes, so a file in a catalogue folder can draw but cannot run or load
anything. Knows nothing of HTML beyond the fragment it hands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup

from assistant.errors import CatalogError
from assistant.lexicon import Lexicon, fold
from assistant.types import Product

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset("svg g path rect circle ellipse line polygon polyline".split())
_ATTRIBUTES = frozenset(
    "viewBox d x y x1 y1 x2 y2 width height cx cy r rx ry points transform fill fill-opacity fill-rule stroke "
    "stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray opacity".split()
)
_VALUE = re.compile(r"[-+\w\s.,#()%]*\Z")
_MAX_BYTES = 20_000

PLACEHOLDER = Markup(
    '<svg viewBox="0 0 200 160" aria-hidden="true">'
    '<ellipse cx="100" cy="146" rx="52" ry="6" fill="#000" opacity=".08"/>'
    '<path d="M52 62 100 40l48 22v58l-48 22-48-22Z" fill="currentColor" stroke="#2b2f36" stroke-opacity=".25" '
    'stroke-width="2" stroke-linejoin="round"/><path d="M52 62l48 22 48-22M100 84v58" fill="none" stroke="#2b2f36" '
    'stroke-opacity=".35" stroke-width="2" stroke-linejoin="round"/><path d="M76 51l48 22v16l-10-5-8 5V81L60 58Z" '
    'fill="#fff" opacity=".45"/></svg>'
)
"""A parcel, for products of a type nobody has drawn."""


def slug(name: str) -> str:
    """The file name, without extension, of a type's drawing."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def clean_svg(source: str) -> Markup:
    """The drawing with nothing but plain shapes in it.

    Raises:
        CatalogError: it is not well-formed SVG, or too large to inline.
    """
    if len(source) > _MAX_BYTES or "<!" in source:
        raise CatalogError(f"a drawing must be plain SVG of at most {_MAX_BYTES} characters without declarations")
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        raise CatalogError(f"not well-formed SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise CatalogError(f"expected an <svg> element, found <{root.tag}>")
    return Markup("".join(_plain(root)))


def _plain(element: ElementTree.Element) -> Iterable[str]:
    name = element.tag.removeprefix(_SVG)
    if name not in _SHAPES:
        return
    attributes = "".join(f' {k}="{v}"' for k, v in element.attrib.items() if k in _ATTRIBUTES and _VALUE.match(v))
    hidden = ' aria-hidden="true"' if name == "svg" else ""
    yield f"<{name}{attributes}{hidden}>"
    for child in element:
        yield from _plain(child)
    yield f"</{name}>"


class Pictures:
    """Drawings by product type. Reads only after construction; safe to share."""

    def __init__(self, drawings: Mapping[str, Markup], lexicon: Lexicon) -> None:
        """Take drawings by slug; the lexicon finds the drawing of a type that goes by another name."""
        self._drawings = dict(drawings)
        self.lexicon = lexicon
        self._by_concept: dict[str, Markup] = {}
        for name, drawing in self._drawings.items():
            for key in self._concepts(name.replace("-", " ")):
                self._by_concept.setdefault(key, drawing)

    @classmethod
    def load(cls, folders: Iterable[Path], lexicon: Lexicon) -> Pictures:
        """Read ``*.svg`` of every folder that exists; earlier folders win.

        Raises:
            CatalogError: a drawing cannot be used; the message names it.
        """
        drawings: dict[str, Markup] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.svg")):
                if path.stem not in drawings:
                    try:
                        drawings[path.stem] = clean_svg(path.read_text(encoding="utf-8"))
                    except (CatalogError, UnicodeDecodeError) as error:
                        raise CatalogError(f"{path}: {error}") from error
        return cls(drawings, lexicon)

    def of(self, product: Product) -> Markup:
        """The drawing of the product's type, or the parcel."""
        found = self._drawings.get(slug(product.type)) if product.type else None
        if found is not None:
            return found
        for name in (product.type, str(product.translations.get("zh", {}).get("category") or ""), product.title):
            for key in self._concepts(name):
                if key in self._by_concept:
                    return self._by_concept[key]
        return PLACEHOLDER

    def _concepts(self, name: str) -> list[str]:
        mentions = self.lexicon.mentions(fold(name), ("product",)) if name else []
        return [c.key for c in mentions[-1].concepts] if mentions else []
