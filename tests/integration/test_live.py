"""A running assistant over an index that is built anew: the models stay, what is made of the index does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import product, write_jsonl

from assistant.assembly import Parts
from assistant.dialogue import DialogueState
from assistant.pipeline import Assistant
from assistant.retrieval import build_index

pytestmark = pytest.mark.models


def titles(assistant: Assistant) -> set[str]:
    return {card.title for card in assistant.reply(DialogueState(), "a vase by Orlune, please").turn.cards}


def test_a_new_version_is_taken_up_with_the_same_models(
    parts: Parts, lent: Callable[[Parts], Parts], tmp_path: Path
) -> None:
    catalog, folder = tmp_path / "products.jsonl", tmp_path / "index"
    old = [product(f"A{i}", f"Clay vase {i}", 10 + i, brand="Tarn", category=["home", "vase"]) for i in range(3)]
    new = [product(f"B{i}", f"Glass vase {i}", 10 + i, brand="Orlune", category=["home", "vase"]) for i in range(3)]
    build_index(write_jsonl(catalog, old), folder, parts.encoder)
    shop = lent(Parts(parts.settings, index=folder))
    shop.__dict__["policies"] = parts.policies
    live = shop.live()
    first = live.get()
    assert {p.brand for p in first.engine.products} == {"Tarn"}
    build_index(write_jsonl(catalog, [*old, *new]), folder, parts.encoder)
    second = live.settle()
    assert second is not first
    assert second.blurbs is first.blurbs
    assert second.engine.embed("vase") is not None
    # The brand that came with the new version is understood as one, and filters.
    assert titles(second) == {p.title for p in new}
    assert len(first.engine.products) == 3
    assert first.engine.product("B0") is None
