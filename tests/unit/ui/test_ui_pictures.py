"""Drawings: only plain shapes survive, and every shipped one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import CatalogError
from assistant.lexicon import Lexicon
from assistant.ui.pictures import Pictures, clean_svg, slug

NS = 'xmlns="http://www.w3.org/2000/svg"'


def test_scripts_handlers_references_and_styles_are_left_out() -> None:
    svg = clean_svg(
        f'<svg {NS} xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 1 1" onload="alert(1)">'
        "<script>alert(1)</script><style>*{fill:red}</style><foreignObject><p>hi</p></foreignObject>"
        '<use x:href="https://evil.example/a.svg#b"/><image href="https://evil.example/a.png"/>'
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>'
        '<path d="M1 1" onclick="alert(1)" style="fill:url(https://evil.example)" fill="url(#&quot;x)"/></svg>'
    )
    assert svg == '<svg viewBox="0 0 1 1" aria-hidden="true"><path d="M1 1"></path></svg>'


@pytest.mark.parametrize(
    "source",
    [
        "",
        "not svg",
        "<p/>",
        f"<svg {NS}><path></svg>",
        f'<!DOCTYPE s [<!ENTITY a "a">]><svg {NS}>&a;</svg>',
        "<" * 30_000,
    ],
)
def test_what_is_no_drawing_is_refused(source: str) -> None:
    with pytest.raises(CatalogError):
        clean_svg(source)


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sofa.svg").write_text("<svg")
    with pytest.raises(CatalogError, match=r"sofa\.svg"):
        Pictures.load([tmp_path], Lexicon.load())


def test_every_shipped_drawing_keeps_its_shapes(repo_root: Path) -> None:
    files = sorted((repo_root / "catalog" / "images").glob("*.svg"))
    assert len(files) >= 60
    for path in files:
        source = path.read_text(encoding="utf-8")
        cleaned = clean_svg(source)
        assert "currentColor" in cleaned, path.name
        for shape in ("<path", "<rect", "<circle", "<ellipse", "<polygon"):
            assert cleaned.count(shape) == source.count(shape), path.name


def test_slug() -> None:
    assert slug("Wine glass set") == "wine-glass-set"
    assert slug("T-shirt") == "t-shirt"
