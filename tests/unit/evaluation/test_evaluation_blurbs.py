"""Measuring recommendations: each figure on texts whose right answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes_generation import BOOTS, PHONE, ScriptedGenerator

from assistant.evaluation.blurbs import Wants, Written, blurb_figures, blurb_table, by_language, distinct, write_all
from assistant.generation.prompts import PromptBook
from assistant.generation.writer import BlurbWriter
from assistant.labelled.blurbs import Wish, read_wishes
from assistant.lexicon import Lexicon
from assistant.types import Claims

ROOT = Path(__file__).resolve().parents[3]
BOOK = PromptBook.load(ROOT / "prompts")
LEXICON = Lexicon.load()
VERSIONS = {"blurb.en": "2", "blurb.zh": "2"}
EN = Wish("a", "en", "waterproof boots for rain", BOOTS)
ZH = Wish("b", "zh", "拍照清楚的手机", PHONE)


def writer(*texts: str) -> BlurbWriter:
    return BlurbWriter(ScriptedGenerator(*texts), BOOK, LEXICON, versions=VERSIONS, patience=60)


def quiet(_message: str, _share: float) -> None:
    pass


def written(wish: Wish, *raw: str, **more: object) -> Written:
    base: dict[str, object] = {
        "text": " ".join(raw), "claims": Claims(), "unsupported": 0, "addressed": True, "tokens": 10,
        "first_token": 20.0, "ms": 520.0,
    }  # fmt: skip
    return Written(wish, raw=raw, **{**base, **more})  # type: ignore[arg-type]


def test_what_the_model_wrote_is_measured_before_the_check() -> None:
    texts = (
        " {name} is waterproof and made of leather, so it suits rain. It is the best boot and it costs {price}.",
        "{name}磨砂机身不沾指纹，室内拍照清楚。售价{price}。",
    )
    found = write_all(writer(*texts), [EN, ZH], what="x", progress=quiet)
    assert found[0].unsupported >= 1
    assert found[1].unsupported == 0
    assert [w.addressed for w in found] == [True, True]
    assert all(w.right_language for w in found)
    figures = blurb_figures(found)
    assert figures["unsupported_per_100"] == 100 * (found[0].unsupported + found[1].unsupported) / 2
    assert figures["unsupported_as_shown"] == 0
    assert figures["sentences_repaired"] + figures["sentences_replaced"] > 0
    assert "best" not in found[0].text
    assert set(by_language(found)) == {"en", "zh"}


def test_a_text_that_ignores_the_request_does_not_address_it() -> None:
    wants = Wants(writer())
    none: frozenset[str] = frozenset()
    assert wants.addressed(EN, "{name} is waterproof.", none) is True
    assert wants.addressed(EN, "{name}能防水。", none) is True
    assert wants.addressed(EN, "{name} comes with red laces.", none) is False
    assert wants.addressed(Wish("c", "en", "boots", BOOTS), "{name}.", frozenset(("boot", "boots"))) is None


@pytest.mark.parametrize(
    ("wish", "raw", "right"),
    [
        (EN, "{name} is waterproof.", True),
        (EN, "{name}能防水。", False),
        (ZH, "{name}能防水，用USB-C充电。", True),
        (ZH, "{name} is waterproof and 好.", False),
    ],
)
def test_the_language_is_told_by_its_script(wish: Wish, raw: str, right: bool) -> None:
    assert written(wish, raw).right_language is right


def test_distinct_counts_runs_over_the_whole_set() -> None:
    assert distinct(["a b", "a b"], "en", 1) == 0.5
    assert distinct(["a b.", "A c"], "en", 2) == 1.0
    assert distinct(["防水 防水"], "zh", 1) == 0.5
    assert distinct([], "en", 1) == 0.0


def test_figures_and_table() -> None:
    rows = [
        written(EN, "One.", "Two.", claims=Claims(repaired=1, replaced=1), unsupported=2, addressed=False),
        written(EN, "One.", claims=Claims(replaced=1), unsupported=1, addressed=None, first_token=None, ms=200.0),
    ]
    figures = blurb_figures(rows)
    assert figures["unsupported_per_100"] == 150.0
    assert figures["sentences_repaired"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["sentences_replaced"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["blurbs_replaced"] == 0.5
    assert figures["true_as_written"] == 0.0
    assert figures["request_addressed"] == 0.0
    assert figures["requests_counted"] == 1
    assert figures["in_length"] == 0.0
    assert figures["tokens_per_second"] == round(20 / 0.7, 1)
    table = blurb_table({"one": figures, "other": figures})
    assert len({line.count("|") for line in table}) == 1
    assert json.loads(json.dumps(figures)) is not None


def test_held_out_records_are_of_types_the_training_data_lack() -> None:
    held = read_wishes(ROOT / "tests" / "benchmarks" / "blurbs.heldout.jsonl")
    assert not held.problems
    assert len(held.lines) >= 400
    data = ROOT / "assistant" / "generation" / "data"
    trained = [w for name in ("train", "validation") for w in read_wishes(data / f"blurbs.{name}.jsonl").lines]
    assert not {w.product.sku for w in held.lines} & {w.product.sku for w in trained}
    assert not {w.product.category[-1].lower() for w in held.lines} & {w.product.category[-1].lower() for w in trained}
    assert 0.4 < sum(w.language == "zh" for w in held.lines) / len(held.lines) < 0.6
