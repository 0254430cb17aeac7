from __future__ import annotations

import struct

from markupsafe import Markup
from matplotlib.figure import Figure

from assistant.notebooks.showing import chip, draw, mark, percent, preformatted, say, short, stack, table

EVIL = '<img src=x onerror="alert(1)">'


def test_whatever_is_shown_is_escaped() -> None:
    for shown in (say(EVIL), table((EVIL,), [(EVIL,)], caption=EVIL), preformatted(EVIL, caption=EVIL)):
        assert "<img" not in shown._repr_html_()
        assert "onerror=" not in shown._repr_html_().replace("onerror=&#34;", "")
    for marked in (mark(EVIL, "red", title=EVIL), chip(EVIL, "red")):
        assert "<img" not in marked


def test_cells_may_hold_markup_and_anything_else() -> None:
    shown = table(("a", "b"), [(Markup("<em>x</em>"), None), (1.5, "y")])._repr_html_()
    assert "<em>x</em>" in shown
    assert ">1.5</td>" in shown
    assert shown.count("<tr>") == 3


def test_a_picture_is_a_png_of_the_size_asked_for_with_its_words() -> None:
    def paint(figure: Figure) -> None:
        figure.subplots().set_title("跑鞋 shoes")

    picture = draw(paint, size=(4.0, 2.0), alt='a "plot"', texts=["跑鞋 shoes"])
    assert picture.png.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture.png[16:24]) == (576, 288)
    html = picture._repr_html_()
    assert "a &#34;plot&#34;" in html
    assert 'width="384"' in html
    assert html in stack(picture, say("x"))._repr_html_()


def test_texts_are_cut_by_what_they_take_up() -> None:
    assert short("running shoes", 20) == "running shoes"
    assert short("running shoes", 7) == "running…"
    assert short("跑鞋跑鞋", 8) == "跑鞋跑鞋"
    assert short("跑鞋跑鞋", 5) == "跑鞋…"


def test_shares_become_percent() -> None:
    assert percent(0.9375) == "93.8\N{NARROW NO-BREAK SPACE}%"
