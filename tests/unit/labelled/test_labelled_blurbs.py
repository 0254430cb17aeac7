"""Written recommendations: what the reader refuses, how records divide, and that the shipped files keep the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.generation.slots import SLOT
from assistant.labelled.blurbs import BlurbExample, held_out, length_of, read_blurbs, read_wishes
from assistant.lexicon import Lexicon

LEXICON = Lexicon.load()
DATA = Path(__file__).resolve().parents[3] / "assistant" / "generation" / "data"
RECORD = {
    "sku": "S1", "title": "Sova kettle", "price": 39.0, "category": ["Kitchen", "kettle"], "brand": "Sova",
    "description": "Boils quietly.", "attributes": {"capacity": "1.2 L", "material": "steel"},
}  # fmt: skip
GOOD = "{name} boils quietly and holds {capacity} of water in its steel body, and it costs {price}."


def line(**changed: Any) -> dict[str, Any]:
    base = {
        "id": "a", "language": "en", "request": "a quiet kettle", "blurb": GOOD, "product": RECORD,
        "instructions": {"style": "plain", "length": "short", "focus": None},
    }  # fmt: skip
    return {**base, **changed}


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), encoding="utf-8")
    return path


def test_reads_an_example_with_its_instructions(tmp_path: Path) -> None:
    read = read_blurbs(write(tmp_path / "b.jsonl", line()), LEXICON)
    assert not read.problems
    assert read.lines[0].instructions == {"style": "plain", "length": "short", "focus": "none"}
    assert read.lines[0].wish.product.attributes["capacity"] == "1.2 L"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"blurb": GOOD.replace("{capacity}", "2 litres")}, "digit outside slots"),
        ({"blurb": GOOD.replace("{capacity}", "{weight}")}, r"\{weight\}"),
        ({"blurb": "{name} boils quietly."}, "length 3"),
        ({"blurb": GOOD + "\nMore."}, "one line"),
        ({"language": "zh"}, "not in the language"),
        ({"language": "fr"}, "'language'"),
        ({"instructions": {"style": "plain", "length": "short"}}, "'instructions'"),
        ({"instructions": {"style": "plain", "length": "huge", "focus": None}}, "'length'"),
        ({"product": {"sku": "S1", "title": "Sova kettle"}}, "price"),
    ],
)
def test_names_what_breaks_a_rule(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    read = read_blurbs(write(tmp_path / "b.jsonl", line(), line(**changed)), LEXICON)
    assert len(read.lines) == 1
    assert re.search(reason, read.problems[0])
    assert read.problems[0].startswith("b.jsonl:2")


def test_length_counts_a_slot_as_a_word_or_four_characters() -> None:
    assert length_of("{name} holds {capacity}, no more.", "en") == 5
    assert length_of("{name}容量{capacity}。", "zh") == 10


def test_wishes_need_no_text(tmp_path: Path) -> None:
    one = {k: v for k, v in line().items() if k in ("id", "language", "request", "product")}
    assert read_wishes(write(tmp_path / "w.jsonl", one)).lines[0].request == "a quiet kettle"


def shipped(name: str) -> tuple[BlurbExample, ...]:
    read = read_blurbs(DATA / f"blurbs.{name}.jsonl", LEXICON)
    assert not read.problems
    return read.lines


def test_shipped_examples_keep_the_rules_and_divide_by_record() -> None:
    train, validation = shipped("train"), shipped("validation")
    assert len(train) + len(validation) >= 2000
    assert not {e.wish.product.sku for e in train} & {e.wish.product.sku for e in validation}
    assert len({e.wish.id for e in (*train, *validation)}) == len(train) + len(validation)
    assert len({e.blurb for e in (*train, *validation)}) == len(train) + len(validation)
    for language in ("en", "zh"):
        assert 0.45 < sum(e.wish.language == language for e in train) / len(train) < 0.55
    assert len({e.wish.product.category[0].lower() for e in train}) >= 15
    assert len({e.instructions["style"] for e in train}) >= 6
    # The product's own words come from its slot; an example that writes them out would teach the model to copy.
    assert all("{name}" in e.blurb or SLOT.search(e.blurb) for e in train if e.instructions["length"] != "short")


SHARE = 0.09
"""By which the two shipped files were divided; see the README beside them."""


def test_dividing_depends_on_the_record_alone() -> None:
    examples = shipped("validation") + shipped("train")
    _, held = held_out(examples, SHARE)
    _, again = held_out(examples[::-1][:500], SHARE)
    assert {e.wish.id for e in held} == {e.wish.id for e in shipped("validation")}
    assert {e.wish.id for e in again} <= {e.wish.id for e in held}
