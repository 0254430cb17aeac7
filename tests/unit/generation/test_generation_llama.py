"""The llama.cpp backend over a stand-in for its binding; the real one is tried where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from generator_contract import check_generator

from assistant.errors import GenerationError, WeightsError
from assistant.generation.llama import LlamaCppGenerator, load_llama


class ByteModel:
    """What of ``llama_cpp.Llama`` is used: tokens are bytes, 256 begins and 257 ends a text, the last byte decides."""

    def __init__(self, path: str = "", **_: Any) -> None:
        if path.endswith("broken.gguf"):
            raise ValueError("Failed to load model from file")
        self.evaluated: list[int] = []

    def n_vocab(self) -> int:
        return 258

    def token_eos(self) -> int:
        return 257

    def tokenize(self, text: bytes, add_bos: bool = True) -> list[int]:
        return ([256] if add_bos else []) + list(text)

    def detokenize(self, tokens: list[int], prev_tokens: list[int] | None = None) -> bytes:
        return bytes(t for t in tokens if t < 256)

    def reset(self) -> None:
        self.evaluated = []

    def eval(self, tokens: list[int]) -> None:
        self.evaluated = list(tokens)

    def set_seed(self, seed: int) -> None:
        self.seed = seed

    def generate(self, tokens: list[int], *, temp: float, logits_processor: Any) -> Iterator[int]:
        written = list(tokens)
        while True:
            # The digit 0 is always the likeliest, so that only the ban keeps it out.
            scores = np.zeros(258, dtype=np.single)
            scores[ord("0")] = 2.0
            scores[ord("a") + (written[-1] * 7 + len(written)) % 26] = 1.0
            for process in logits_processor or []:
                scores = process(np.array(written, dtype=np.intc), scores)
            written.append(int(scores.argmax()))
            yield written[-1]


@pytest.fixture
def binding(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("llama_cpp")
    module.Llama = ByteModel  # type: ignore[attr-defined]
    module.LogitsProcessorList = list  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "llama_cpp", module)


def test_it_keeps_the_contract(binding: None) -> None:
    generator = LlamaCppGenerator("llama:bytes", ByteModel())
    text = "".join(generator.stream("a prompt", max_tokens=12))
    assert len(text) == 12
    check_generator(generator, "a prompt", stop=text[3])


def test_digits_come_only_where_they_are_allowed(binding: None) -> None:
    generator = LlamaCppGenerator("llama:bytes", ByteModel())
    assert "".join(generator.stream("x", max_tokens=4, ban_digits=False)) == "0000"
    assert "0" not in "".join(generator.stream("x", max_tokens=4))


def test_a_prepared_beginning_is_evaluated(binding: None) -> None:
    model = ByteModel()
    LlamaCppGenerator("llama:bytes", model).prepare("ab")
    assert model.evaluated == [256, 97, 98]


def test_a_file_that_does_not_load_is_one_clear_error(binding: None, tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match=r"does not load .*broken\.gguf"):
        load_llama(str(tmp_path / "broken.gguf"), cache=tmp_path)


def test_an_unknown_name_lists_the_known_ones(binding: None, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="known are gemma-3-270m"):
        load_llama("nonsense", cache=tmp_path)


@pytest.mark.models
def test_the_parts_are_joined_once(binding: None, tmp_path: Path) -> None:
    assert load_llama("gemma-3-270m", cache=tmp_path).name == "llama:gemma-3-270m"
    whole = tmp_path / "gguf" / "gemma-3-270m.gguf"
    with whole.open("rb") as file:
        assert file.read(4) == b"GGUF"
    before = whole.stat().st_mtime_ns
    load_llama("gemma-3-270m", cache=tmp_path)
    assert whole.stat().st_mtime_ns == before
    assert [p.name for p in whole.parent.iterdir()] == [whole.name]
