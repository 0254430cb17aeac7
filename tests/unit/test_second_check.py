"""The second check of recommendations marks invented facts with their kind, and no true text of either language."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import second_check  # noqa: E402
from second_check_lexicon import Tables, load_tables, mentions  # noqa: E402
from second_check_numbers import attribute_quantities, number_of, quantities  # noqa: E402

LAMP = {
    "sku": "X-1",
    "title": "Orlen reading lamp",
    "description": "Lamp with an oak base and a brass arm. Bulb not included. Wipe with a dry cloth. Not waterproof.",
    "brand": "Orlen",
    "category": ["home", "lamp"],
    "price": 80,
    "list_price": 100,
    "currency": "EUR",
    "color": "green",
    "stock": 4,
    "attributes": {"height_cm": 45, "weight": "1.2 kg", "cable": "2 m", "dimmable": True, "levels": 3},
}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables()


def kinds(tables: Tables, text: str, request: str = "") -> set[str]:
    found = second_check.check(tables, LAMP, text, request)
    return {m.kind for m in found if m.kind not in second_check.SOFT_KINDS}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The Orlen has a walnut base.", "material"),
        ("The arm is oak.", "swapped"),
        ("这盏灯的底座是真皮。", "material"),
        ("It comes in red.", "color"),
        ("It is 60 cm high.", "number"),
        ("它高 60 厘米。", "number"),
        ("A bulb is included.", "negation"),
        ("随箱附送灯泡。", "negation"),
        ("It is waterproof.", "negation"),
        ("这盏灯不能调光。", "negation"),
        ("It carries a two-year warranty.", "promise"),
        ("全网最低价。", "superlative"),
        ("It is brighter than other lamps.", "comparative"),
        ("Made in Denmark.", "origin"),
        ("It relieves eye strain.", "effect"),
        ("It works with Alexa.", "compat"),
        ("Parts go in the dishwasher.", "care"),
        ("It is a best-seller.", "popularity"),
        ("It is half price today.", "promotion"),
        ("目前缺货。", "availability"),
        ("Built by Norvik, it stands 45 cm high.", "brand"),
    ],
)
def test_marks_an_invented_fact(tables: Tables, text: str, kind: str) -> None:
    assert kind in kinds(tables, text)


@pytest.mark.parametrize(
    "text",
    [
        "The green Orlen stands 45 cm high on an oak base, with a brass arm you can dim in three levels.",
        "Orlen 台灯高 45 厘米，底座是橡木，灯臂是黄铜，可以调光，现价比原价低 20 欧元。",
        "It is down from €100 to €80. The bulb is sold separately, and it is not waterproof.",
        "电源线长 2 米，整灯重 1200 克，灯泡需另购，只剩 4 件。",
    ],
)
def test_leaves_a_true_text_alone(tables: Tables, text: str) -> None:
    assert kinds(tables, text) == set()


def test_numbers_are_read_with_units_in_both_languages() -> None:
    def read(text: str) -> list[tuple[float, str]]:
        return [(q.base, q.dimension) for q in quantities(text)]

    assert read("50 x 80 cm") == read("50×80 厘米") == [(500.0, "length"), (800.0, "length")]
    assert read("一个半小时") == [(5400.0, "time")]
    assert number_of("twenty-five") == number_of("二十五") == 25.0
    assert attribute_quantities("weight_g", 250)[0].dimension == "mass"


def test_longest_form_hides_the_shorter(tables: Tables) -> None:
    assert [m.names for m in mentions(tables, "faux leather")] == [("fauxleather",)]


def test_command_writes_marks_and_a_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts, marks = tmp_path / "texts.jsonl", tmp_path / "marks.jsonl"
    rows = [
        {"id": "a", "product": LAMP, "text": "It is titanium."},
        {"id": "b", "product": LAMP, "text": "It is green."},
    ]
    texts.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    assert second_check.main([str(texts), "--output", str(marks)]) == 0
    written = [json.loads(line) for line in marks.read_text(encoding="utf-8").splitlines()]
    assert [w["id"] for w in written] == ["a"]
    assert written[0]["marks"][0]["span"] == "titanium"
    assert "2 texts, 1 marked, 1 marks (50.0 per 100 texts)" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["It costs US$80.", "价格是US$80。"])
def test_the_sign_of_a_currency_is_no_name(tables: Tables, text: str) -> None:
    assert "name" not in kinds(tables, text)
