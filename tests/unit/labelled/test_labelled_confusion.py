"""Counts of what is read as what, the figures of every label, and the picture in any script."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from assistant import metrics
from assistant.labelled.confusion import busiest, count_confusions, figures_by_label
from assistant.labelled.fonts import families_for
from assistant.labelled.pages import breakable, percent, short, write_labels_page
from assistant.labelled.picture import write_confusion_picture

TRUTH = ["a", "a", "a", "a", "b", "b", "c"]
READ = ["a", "a", "b", "d", "b", "a", "c"]


def test_rows_are_true_labels_and_columns_what_was_read() -> None:
    confusion = count_confusions(TRUTH, READ)
    assert confusion.labels == ("a", "b", "c", "d")
    assert confusion.counts.tolist() == [[2, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert confusion.support.tolist() == [4, 2, 1, 0]
    assert confusion.shares[0].tolist() == [0.5, 0.25, 0.0, 0.25]
    assert confusion.shares[3].tolist() == [0.0] * 4


def test_nothing_or_unequal_lengths_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="0 true and 0"):
        count_confusions([], [])
    with pytest.raises(ValueError, match="2 true and 1"):
        count_confusions(["a", "b"], ["a"])


def test_figures_of_a_label() -> None:
    rows = {row.label: row for row in figures_by_label(count_confusions(TRUTH, READ))}
    assert (rows["a"].support, rows["a"].predicted) == (4, 3)
    assert rows["a"].precision == pytest.approx(2 / 3)
    assert rows["a"].recall == pytest.approx(0.5)
    assert (rows["a"].confused_with, rows["a"].confused) == ("b", 1)
    assert rows["c"].confused_with is None
    assert rows["d"].recall is None
    assert rows["d"].precision == 0.0
    expected = metrics.f1_by_label(TRUTH, READ)
    assert {label: row.f1 for label, row in rows.items()} == pytest.approx(expected)


def test_the_busiest_corner_keeps_whole_supports() -> None:
    truth = ["x"] * 5 + ["y"] * 5 + [f"calm{i}" for i in range(20)]
    read = ["y"] * 3 + ["x"] * 2 + ["y"] * 4 + ["calm0"] + [f"calm{i}" for i in range(20)]
    corner = busiest(truth, read, 2)
    assert corner.labels == ("x", "y")
    assert corner.counts.tolist() == [[2, 3], [0, 4]]
    assert corner.support.tolist() == [5, 5]
    assert corner.shares[1, 1] == pytest.approx(0.8)
    assert len(busiest(truth, read, 3).labels) == 3
    assert busiest(truth, read, 100).labels == count_confusions(truth, read).labels


def _pixels(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    from matplotlib.image import imread

    assert path.read_bytes().startswith(b"\x89PNG")
    return np.asarray(imread(path))


@pytest.mark.parametrize("count", [2, 21, 200])
def test_the_picture_of_few_and_of_many_labels(tmp_path: Path, count: int) -> None:
    labels = [f"{'a_rather_long_name_of_a_label_' * 2}{i}" for i in range(count)]
    truth = labels * 4
    confusion = count_confusions(truth, [*labels * 3, *labels[1:], labels[0]])
    write_confusion_picture(tmp_path / "c.png", confusion)
    pixels = _pixels(tmp_path / "c.png")
    height, width = pixels.shape[:2]
    assert 400 <= width <= 4500
    assert 400 <= height <= 4500
    red, green = pixels[..., 0].astype(float), pixels[..., 1].astype(float)
    assert (red - green > 0.1).sum() > 100, "no mistake is to be seen"
    assert (green - red > 0.03).sum() > 100, "nothing read rightly is to be seen"


def test_the_picture_tells_mistakes_from_their_absence(tmp_path: Path) -> None:
    write_confusion_picture(tmp_path / "right.png", count_confusions(["a", "b"], ["a", "b"]))
    pixels = _pixels(tmp_path / "right.png")
    # The frame and letters are warm, but no cell is red.
    assert (pixels[..., 0].astype(float) - pixels[..., 1] > 0.15).sum() == 0


def test_strange_labels_are_drawn_as_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    labels = ["$x_1$", "50% \\frac", "tab\there", "half \ud800 pair", "a<b>&c"]
    write_confusion_picture(tmp_path / "c.png", count_confusions(labels, labels[1:] + labels[:1]))
    _pixels(tmp_path / "c.png")
    write_labels_page(tmp_path / "l.html", count_confusions(labels, labels), title="t")
    html = (tmp_path / "l.html").read_text(encoding="utf-8")
    assert "a&lt;b&gt;&amp;c" in html
    assert "<b>" not in html


def test_chinese_labels_have_glyphs_where_a_font_has_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    families, missing = families_for(["退货", "投诉", "order"])
    if missing:
        pytest.skip("no font with Chinese characters is installed")
    with caplog.at_level(logging.WARNING):
        write_confusion_picture(tmp_path / "c.png", count_confusions(["退货", "投诉"], ["退货", "退货"]))
    assert len(families) > 1
    assert not caplog.records


def test_a_script_without_a_font_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    strange = "\U000f0123"  # private use: no font has it
    with caplog.at_level(logging.WARNING):
        write_confusion_picture(tmp_path / "c.png", count_confusions([strange, "a"], ["a", "a"]))
    assert [r for r in caplog.records if "no installed font has '\\U000f0123'" in r.getMessage()]


def test_plain_labels_need_one_font() -> None:
    assert families_for(["product_search", "émigré"]) == (["DejaVu Sans"], "")


def test_the_table_of_labels_is_sorted_and_escaped(tmp_path: Path) -> None:
    write_labels_page(tmp_path / "l.html", count_confusions(TRUTH, READ), title="<Labels>", back="index.html")
    html = (tmp_path / "l.html").read_text(encoding="utf-8")
    assert html.index(">d<") < html.index(">b<") < html.index(">c<")
    assert "&lt;Labels&gt;" in html
    assert 'href="index.html"' in html
    assert "http" not in html.replace("http-equiv", "")
    assert [p.name for p in tmp_path.iterdir()] == ["l.html"]


def test_percent() -> None:
    assert percent(0.9375) == "93.8\u202f%"
    assert percent(None) == "–"
    assert percent(1, 0) == "100\u202f%"


def test_a_label_breaks_between_its_words_and_stays_escaped() -> None:
    assert str(breakable("speak_to-<b>")) == "speak_<wbr>to-<wbr>&lt;b&gt;"
    assert str(breakable("__x__")) == "__<wbr>x__"
    assert str(breakable("退货")) == "退货"


def test_a_very_long_text_is_shown_in_part() -> None:
    assert short("x" * 600) == "x" * 600
    assert short("x" * 601) == "x" * 599 + "…"
