"""The folder of figures from made-up predictions: what it says, that it escapes, that it asks nobody for anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from assistant.evaluation.intent_figures import Examples
from assistant.evaluation.intent_report import write_intent_report
from assistant.labelled.utterances import Utterance
from assistant.understanding.intent import IntentPrediction

ATTACK = '<script>alert("x")</script><img src=x onerror=y>'


def prediction(label: str, confidence: float, *others: str) -> IntentPrediction:
    rest = (1 - confidence) / max(1, len(others))
    return IntentPrediction(label, confidence, {label: confidence} | dict.fromkeys(others, rest))


TEST = [
    Utterance("where is it", "order", "en"),
    Utterance(ATTACK, "order", "en"),
    Utterance("我要退货", "refund", "zh"),
    Utterance("half \ud800 pair", "refund", "zh"),
    Utterance("what is the moon", "oos", "en"),
]
FOUND = [
    prediction("order", 0.9, "refund", "oos"),
    prediction("refund", 0.8, "order", "oos"),
    prediction("refund", 0.95, "order", "oos"),
    prediction("oos", 0.6, "refund", "order"),
    prediction("oos", 0.7, "refund", "order"),
]
EXAMPLES = Examples(
    [Utterance("send <b>back</b>", "refund"), Utterance("my parcel", "order")],
    np.eye(2, dtype=np.float32),
    np.asarray([[1, 0], [1, 0.2], [0, 1], [0.1, 1], [1, 1]], dtype=np.float32),
)


class Page(HTMLParser):
    """Collects tags, attributes and the text a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.skipping = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.skipping = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.skipping = False

    def handle_data(self, data: str) -> None:
        if not self.skipping and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.words)


def write(folder: Path, **more: object) -> Page:
    page = write_intent_report(folder, TEST, FOUND, **more)  # type: ignore[arg-type]
    return Page(page.read_text(encoding="utf-8"))


FULL = {"scores": [0.1, 0.3, 0.05, 0.7, 0.8], "threshold": 0.65, "examples": EXAMPLES, "ms_per_text": 12.34}


def test_the_folder_holds_three_files_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    write(tmp_path, **FULL)
    assert {p.name for p in tmp_path.iterdir()} == {"index.html", "labels.html", "confusion.png", "mine.txt"}


def test_the_headline_figures_are_those_of_the_scores(tmp_path: Path) -> None:
    text = write(tmp_path / "new" / "folder", **FULL).text
    assert "Accuracy 60.0 % 3 of 5" in text
    assert "Out of scope caught 100.0 % 1 of 1" in text
    assert "Turned away wrongly 25.0 %" in text
    assert "Misread 2 of 5 texts" in text
    assert "12.3 ms" in text
    assert "English 66.7 %" in text
    assert "Chinese 50.0 %" in text


def test_misread_messages_show_confidence_second_choice_and_neighbours(tmp_path: Path) -> None:
    text = write(tmp_path, **FULL).text
    at = text.index("All 2, the surest first")
    assert ATTACK in text[at:]
    assert "confidence 80.0 % second choice order 10.0 %" in text[at:]
    assert "0.981 refund send <b>back</b>" in text[at:]
    assert "The nearest training text has the label that was read in 1, the true one in 0, another in 1." in text


def test_the_scores_are_told_apart(tmp_path: Path) -> None:
    page = write(tmp_path, **FULL)
    assert "100.0 % of the time (AUROC)" in page.text
    assert "Above the threshold: 1 in scope, 1 out of scope." in page.text
    assert "threshold 0.650" in page.text
    drawn = [a.get("class") for tag, a in page.tags if tag == "rect"]
    assert drawn.count("outside") == 1
    assert drawn.count("inside") == 4


def test_user_text_stays_text_and_nothing_is_loaded(tmp_path: Path) -> None:
    page = write(tmp_path, **FULL, about={"test file": "<i>.jsonl"})
    scripts = [a for tag, a in page.tags if tag == "script"]
    assert scripts == [{}], "only the page's own inline script"
    assert not [tag for tag, _ in page.tags if tag in ("img", "b onerror", "i.jsonl", "iframe")]
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attributes.get(name) or ""
            assert not re.match(r"(https?:)?//", value), (tag, value)
    assert [a for tag, a in page.tags if tag == "link"] == [{"rel": "icon", "href": "data:,"}]
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy


def test_every_wide_table_can_be_reached_by_keyboard(tmp_path: Path) -> None:
    page = write(tmp_path, **FULL)
    regions = [a for _, a in page.tags if "scroll" in (a.get("class") or "").split()]
    assert len(regions) == sum(tag == "table" for tag, _ in page.tags) == 4
    assert all(a.get("tabindex") == "0" and a.get("role") == "region" and a.get("aria-label") for a in regions)
    links = {(a.get("href") or "")[1:] for tag, a in page.tags if tag == "a" and (a.get("href") or "").startswith("#")}
    assert links <= {a.get("id") for _, a in page.tags}


def test_what_is_not_given_is_not_shown(tmp_path: Path) -> None:
    test = [Utterance("x", "a"), Utterance("y", "b")]
    page = write_intent_report(tmp_path, test, [prediction("a", 0.9, "b"), prediction("b", 0.6, "a")])
    read = Page(page.read_text(encoding="utf-8"))
    ids = {a.get("id") for _, a in read.tags}
    assert {"confusions", "calibration", "misread"} <= ids
    assert not {"scope", "languages", "filter"} & ids
    assert "No text was misread." in read.text


def test_scores_without_out_of_scope_texts_are_shown_alone(tmp_path: Path) -> None:
    page = write_intent_report(tmp_path, [Utterance("x", "a")], [prediction("a", 0.9, "b")], scores=[0.1])
    text = Page(page.read_text(encoding="utf-8")).text
    assert "none of these texts is labelled out of scope" in text
    assert "AUROC" not in text


def test_only_out_of_scope_texts(tmp_path: Path) -> None:
    page = write_intent_report(tmp_path, [Utterance("x", "oos")], [prediction("a", 0.9, "b")], scores=[0.1])
    assert "Out of scope caught 0.0 %" in Page(page.read_text(encoding="utf-8")).text


def test_many_labels_show_their_busiest_corner(tmp_path: Path) -> None:
    labels = [f"label{i:03}" for i in range(150)]
    test = [Utterance(f"text {i} {n}", label) for i, label in enumerate(labels) for n in range(2)]
    found = [prediction(u.label, 0.9, "label000") for u in test]
    for i in range(0, 60, 2):
        found[i] = prediction(labels[(i // 2 + 1) % 150], 0.8, "label149")
    page = write_intent_report(tmp_path, test, found)
    read = Page(page.read_text(encoding="utf-8"))
    assert "labels of the most frequent confusions, of 150" in read.text
    cells = sum(tag == "td" and "--v" in (a.get("style") or "") for tag, a in read.tags)
    assert cells > 10
    assert sum(tag == "td" for tag, _ in read.tags) < 1000
    labels_page = (tmp_path / "labels.html").read_text(encoding="utf-8")
    assert all(label in labels_page for label in labels)


def test_very_many_misread_texts_are_cut_and_counted(tmp_path: Path) -> None:
    test = [Utterance(f"text {i}", "a") for i in range(700)]
    page = write_intent_report(tmp_path, test, [prediction("b", 0.5 + i / 2000, "a") for i in range(700)])
    read = Page(page.read_text(encoding="utf-8"))
    assert "The 500 surest of 700" in read.text
    assert "text 699" in read.words
    assert "text 199" not in read.words


def test_a_text_without_end_is_cut(tmp_path: Path) -> None:
    page = write_intent_report(tmp_path, [Utterance("word " * 9000, "a")], [prediction("b", 0.9, "a")])
    assert page.stat().st_size < 60_000


def test_lists_of_other_lengths_are_refused(tmp_path: Path) -> None:
    for test, found, scores in ((TEST, FOUND[:2], None), ([], [], None), (TEST, FOUND, [0.1])):
        with pytest.raises(ValueError, match="cannot be shown"):
            write_intent_report(tmp_path / "none", test, found, scores=scores)
    assert not (tmp_path / "none").exists()
