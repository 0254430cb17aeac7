"""The shipped text adapter: it reaches what its recipe states, a prompt steers it, and both backends take it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.generation import BlurbWriter, PromptBook, load_generator
from assistant.generation.adapter import TextAdapter, choose_adapter
from assistant.generation.slots import SLOT
from assistant.generation.writer import card_for
from assistant.labelled.blurbs import Wish, length_of, read_wishes
from assistant.lexicon import Lexicon
from assistant.training.blurb import RECIPE, held_out_loss

pytestmark = pytest.mark.models

GENERATOR = "gemma-3-270m"
_MOST_BYTES = 12_000_000


@pytest.fixture(scope="module")
def adapter() -> TextAdapter:
    found = choose_adapter("auto", GENERATOR)
    if found is None:
        pytest.skip(f"no adapter is shipped for {GENERATOR}; train one with `assistant train blurb`")
    return found


@pytest.fixture(scope="module")
def book(repo_root: Path) -> PromptBook:
    return PromptBook.load(repo_root / "prompts")


@pytest.fixture(scope="module")
def writer(adapter: TextAdapter, book: PromptBook, weights_cache: Path) -> BlurbWriter:
    generator = load_generator(GENERATOR, cache=weights_cache, adapter=adapter)
    return BlurbWriter(generator, book, Lexicon.load(), versions=adapter.versions, patience=600)


@pytest.fixture(scope="module")
def wishes(repo_root: Path) -> list[Wish]:
    return list(read_wishes(repo_root / "tests" / "benchmarks" / "blurbs.heldout.jsonl").lines[::34])


def raw(writer: BlurbWriter, wish: Wish, defaults: Mapping[str, str]) -> str:
    prompt = writer.prompt(wish.language)
    prompt = replace(prompt, defaults={**prompt.defaults, **defaults})
    with writer.begin(card_for(wish.product, wish.language), wish.request, wish.language, prompt=prompt) as run:
        list(run)
    return " ".join(run.raw)


def test_it_is_small_and_names_its_prompts(adapter: TextAdapter, book: PromptBook) -> None:
    assert sum(p.stat().st_size for p in adapter.folder.iterdir()) <= _MOST_BYTES
    recipe = json.loads((adapter.folder / RECIPE).read_text(encoding="utf-8"))
    # A prompt that was edited after training is another prompt: the adapter must then be trained again.
    for language, identity in recipe["prompts"].items():
        assert book.get(f"blurb.{language}", adapter.versions[f"blurb.{language}"]).identity == identity


def test_it_reaches_what_its_recipe_states(
    adapter: TextAdapter, book: PromptBook, repo_root: Path, weights_cache: Path
) -> None:
    recipe = json.loads((adapter.folder / RECIPE).read_text(encoding="utf-8"))
    data = repo_root / "assistant" / "generation" / "data" / "blurbs.validation.jsonl"
    found = held_out_loss(data, adapter.folder, prompts=book, generator=GENERATOR, cache=weights_cache)
    assert found["all"] == pytest.approx(recipe["metrics"]["validation_loss"]["all"], abs=0.05)


def test_length_and_style_in_the_prompt_change_the_text(writer: BlurbWriter, wishes: list[Wish]) -> None:
    short = [length_of(raw(writer, w, {"length": "short"}), w.language) for w in wishes]
    long = [length_of(raw(writer, w, {"length": "long"}), w.language) for w in wishes]
    assert sum(long) > 1.3 * sum(short)
    plain = [raw(writer, w, {"style": "plain"}) for w in wishes]
    lively = [raw(writer, w, {"style": "lively"}) for w in wishes]
    assert sum(a != b for a, b in zip(plain, lively, strict=True)) > len(wishes) / 2


def test_focus_draws_the_price_in(writer: BlurbWriter, wishes: list[Wish]) -> None:
    focused = [raw(writer, w, {"focus": "price", "length": "short"}) for w in wishes]
    other = [raw(writer, w, {"focus": "materials", "length": "short"}) for w in wishes]
    assert sum("{price}" in t for t in focused) > sum("{price}" in t for t in other)


@pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="the extra 'llama' is not installed")
def test_llama_cpp_writes_with_it_too(
    adapter: TextAdapter, book: PromptBook, weights_cache: Path, wishes: list[Wish]
) -> None:
    generator = load_generator(f"llama:{GENERATOR}", cache=weights_cache, adapter=adapter)
    writer = BlurbWriter(generator, book, Lexicon.load(), versions=adapter.versions, patience=600)
    texts = [raw(writer, w, {}) for w in wishes]
    assert sum(bool(SLOT.search(t)) for t in texts) > 0.8 * len(texts)
