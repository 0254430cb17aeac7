"""The real generator writes about real rows of the shipped catalogue."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from generator_contract import check_generator

from assistant.generation import Blurb, BlurbWriter, Generator, PromptBook
from assistant.generation.slots import slots_of
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product

pytestmark = pytest.mark.models

HAN = re.compile(r"[\u3400-\u9fff]")
WISHES = [
    ("ELE-PHON-01", "a phone with a good camera", "想买一部拍照好的手机"),
    ("GRO-COFF-02", "something fruity for filter coffee", "果香的手冲咖啡豆"),
    ("CLO-TSHI-01", "a white t-shirt for summer", "夏天穿的白T恤"),
]


@pytest.fixture(scope="module")
def blurbs(gemma: Generator, repo_root: Path) -> BlurbWriter:
    return BlurbWriter(gemma, PromptBook.load(repo_root / "prompts"), Lexicon.load(), patience=600)


@pytest.fixture(scope="module")
def rows(repo_root: Path) -> list[Product]:
    files = sorted((repo_root / "catalog").glob("products.jsonl")) or sorted(
        (repo_root / "catalog" / "parts").glob("*")
    )
    raw = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines() if line]
    wanted = [w[0] for w in WISHES]
    spread = [r for r in raw if r["sku"] in wanted] + raw[7 :: len(raw) // 4][:3]
    return [Product(**{**r, "category": tuple(r["category"]), "sizes": tuple(r["sizes"])}) for r in spread]


def wish(product: Product, language: str) -> str:
    found = next((w for w in WISHES if w[0] == product.sku), None)
    if found:
        return found[1 if language == "en" else 2]
    return f"a nice {product.type}" if language == "en" else f"想买{product.translations['zh']['category']}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_recommendations_state_only_what_the_record_states(
    blurbs: BlurbWriter, rows: list[Product], language: Any
) -> None:
    assert len(rows) >= 6
    made: list[Blurb] = []
    for product in rows:
        blurb = blurbs.write(product, wish(product, language), language)
        made.append(blurb)
        assert blurb.claims.unsupported == 0, blurb
        assert re.fullmatch(rf"blurb\.{language}/[^@\s]+@[0-9a-f]{{8}}", str(blurb.prompt))
        assert blurb.tokens > 0
        values = slots_of(card_for(product, language), language, Lexicon.load()).values.values()
        rest = blurb.text
        for value in sorted(values, key=len, reverse=True):
            rest = rest.replace(value, "")
        described = product.description_in(language) + product.title_in(language)
        assert all(n in described for n in re.findall(r"\d+", rest)), blurb.text
        if language == "en":
            assert not HAN.search(blurb.text)
            assert len(blurb.text.split()) >= 8
        else:
            assert len(HAN.findall(blurb.text)) >= 10
    # The model, not only the stand-in, must have had a part in it.
    assert sum(b.claims.replaced for b in made) < 2 * len(made)


def test_gemma_keeps_the_contract(gemma: Generator) -> None:
    prompt = "The capital of France is Paris. The capital of Italy is"
    text = "".join(gemma.stream(prompt, max_tokens=12))
    check_generator(gemma, prompt, stop=text[3:6])


def test_a_prepared_prefix_gives_the_same_text(gemma: Generator) -> None:
    prefix, rest = "Cities and rivers.\nParis: the Seine\nLondon: the Thames\n", "Cairo:"
    plain = "".join(gemma.stream(prefix + rest, max_tokens=8))
    gemma.prepare(prefix)
    assert "".join(gemma.stream(prefix + rest, max_tokens=8)) == plain
