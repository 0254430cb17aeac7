"""The llama.cpp backend over a stand-in for its binding; the real one is tried where it is installed."""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from generator_contract import check_crowd, check_generator, check_line

from assistant.errors import GenerationError, WeightsError
from assistant.generation.llama import LlamaCppGenerator, load_llama
from assistant.generation.lookup import PromptLookup


class ByteModel:
    """What of ``llama_cpp.Llama`` is used: tokens are bytes, 256 begins and 257 ends a text, the last bytes decide."""

    def __init__(self, path: str = "", **_: Any) -> None:
        if path.endswith("broken.gguf"):
            raise ValueError("Failed to load model from file")
        self.model_params = SimpleNamespace(use_extra_bufts=True)
        self.input_ids = np.zeros(4096, dtype=np.intc)
        self.n_tokens = 0
        self.read: list[list[int]] = []
        self.forgets = True
        self.scores = np.zeros((1, 258), dtype=np.single)

    @property
    def ctx(self) -> ByteModel:
        return self

    model = ctx

    def n_vocab(self) -> int:
        return 258

    def token_eos(self) -> int:
        return 257

    def tokenize(self, text: bytes, add_bos: bool = True) -> list[int]:
        return ([256] if add_bos else []) + list(text)

    def detokenize(self, tokens: list[int], prev_tokens: list[int] | None = None) -> bytes:
        return bytes(t for t in tokens if t < 256)

    def reset(self) -> None:
        self.n_tokens = 0

    def eval(self, tokens: list[int], scored: int = 1) -> None:
        # A real model lets go of the interpreter while it computes; or a reader would come to its first token too late.
        time.sleep(0.0002)
        self.read.append(list(tokens))
        self.input_ids[self.n_tokens : self.n_tokens + len(tokens)] = tokens
        self.n_tokens += len(tokens)
        held = self.input_ids[: self.n_tokens].tolist()
        # The digit 0 is always the likeliest, so that only the ban keeps it out.
        self.scores = np.zeros((scored, 258), dtype=np.single)
        self.scores[:, ord("0")] = 2.0
        for n in range(scored):
            self.scores[n, self.next(held[: len(held) - scored + 1 + n])] = 1.0

    def next(self, held: list[int]) -> int:
        """The likeliest token but for the digit."""
        return ord("a") + (sum(held) * 7 + len(held)) % 26


class Parrot(ByteModel):
    """Goes on as the last two bytes went on the first time they were read, after which it does what the other does."""

    def next(self, held: list[int]) -> int:
        pairs = (held[n + 2] for n in range(len(held) - 2) if held[n : n + 2] == held[-2:])
        return next(pairs, super().next(held))


class Batch(SimpleNamespace):
    """What of ``llama_batch`` is used."""

    def __init__(self, size: int) -> None:
        places = {name: [0] * size for name in ("token", "pos", "n_seq_id", "logits")}
        super().__init__(n_tokens=0, seq_id=[[-1] for _ in range(size)], freed=False, **places)


def decode(model: ByteModel, batch: Batch) -> int:
    assert batch.n_tokens == len(batch.token)
    assert batch.pos == list(range(model.n_tokens, model.n_tokens + batch.n_tokens)), "each after those that are held"
    assert [ids[0] for ids in batch.seq_id] == [0] * batch.n_tokens
    assert batch.n_seq_id == [1] * batch.n_tokens
    before = model.n_tokens
    model.eval(batch.token, sum(batch.logits))
    model.n_tokens = before
    return 0


def module_for(model: type[ByteModel] = ByteModel) -> ModuleType:
    module: Any = ModuleType("llama_cpp")
    module.Llama = model
    module.llama_get_logits_ith = lambda ctx, at: ctx.scores[at].ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    module.llama_model_is_recurrent = lambda model: not model.forgets
    module.llama_model_is_hybrid = lambda _: False
    module.llama_batch_init = lambda size, *_: Batch(size)
    module.llama_batch_free = lambda batch: setattr(batch, "freed", True)
    module.llama_decode = decode
    module.llama_get_memory = lambda ctx: ctx
    module.llama_memory_seq_rm = lambda memory, *_: memory.forgets
    module.llama_memory_clear = lambda memory, _: setattr(memory, "n_tokens", 0)
    module.llama_state_seq_get_size = lambda ctx, _: ctx.n_tokens

    def get(ctx: ByteModel, state: Any, size: int, _: int) -> None:
        state[:] = [1] * size

    module.llama_state_seq_get_data = get
    module.llama_state_seq_set_data = lambda ctx, state, size, _: size
    return module


@pytest.fixture
def binding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", module_for())


def test_it_keeps_the_contract(binding: None) -> None:
    generator = LlamaCppGenerator("llama:bytes", ByteModel())
    text = "".join(generator.stream("a prompt", max_tokens=12))
    assert len(text) == 12
    check_generator(generator, "a prompt", stop=text[3])
    check_crowd(generator, [f"prompt {chr(97 + n)}" for n in range(8)], same=8)
    check_line(generator, "a prompt")


def test_only_what_is_new_of_a_prompt_is_read(binding: None) -> None:
    model = ByteModel()
    generator = LlamaCppGenerator("llama:bytes", model)
    list(generator.stream("A long beginning. One", max_tokens=1))
    model.read.clear()
    list(generator.stream("A long beginning. Two", max_tokens=1))
    assert model.read == [list(b"Two")]
    model.read.clear()
    list(generator.stream("A long beginning. Two", max_tokens=1))
    assert model.read == [list(b"o")], "the last token is read again, for its scores"


def test_what_a_prompt_lets_guess_is_computed_together_and_changes_nothing(
    binding: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = "it is light and warm. it is light"
    model = Parrot()
    text = "".join(LlamaCppGenerator("llama:bytes", model).stream(prompt, max_tokens=30))
    assert text == " is light is light is light is"
    assert max(map(len, model.read[1:])) > 8
    plain = Parrot()
    monkeypatch.setattr(PromptLookup, "guess", lambda *_: [])
    assert "".join(LlamaCppGenerator("llama:bytes", plain).stream(prompt, max_tokens=30)) == text
    assert {len(tokens) for tokens in plain.read[1:]} == {1}
    assert len(model.read) < len(plain.read) / 3


def test_a_model_that_cannot_forget_guesses_nothing(binding: None) -> None:
    model = Parrot()
    model.forgets = False
    list(LlamaCppGenerator("llama:bytes", model).stream("it is light and warm. it is light", max_tokens=30))
    assert {len(tokens) for tokens in model.read[1:]} == {1}


def test_a_batch_that_fails_is_one_clear_error_and_the_next_text_is_written(
    binding: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = LlamaCppGenerator("llama:bytes", Parrot())
    prompt = "it is light and warm. it is light"
    text = "".join(generator.stream(prompt, max_tokens=30))
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["llama_cpp"], "llama_decode", lambda *_: 1)
        with pytest.raises(GenerationError, match=r"'llama:bytes' failed in llama.cpp: llama_decode returned 1"):
            list(generator.stream(prompt, max_tokens=30))
    assert "".join(generator.stream(prompt, max_tokens=30)) == text


def test_beginnings_are_read_once_also_when_they_take_turns(binding: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # So that only a prompt is more than one token.
    monkeypatch.setattr(PromptLookup, "guess", lambda *_: [])
    model = ByteModel()
    generator = LlamaCppGenerator("llama:bytes", model)
    generator.prepare("An English beginning, long enough. ")
    generator.prepare("Ein deutscher Anfang, lang genug. ")
    plain = "".join(
        LlamaCppGenerator("llama:bytes", ByteModel()).stream("An English beginning, long enough. X", max_tokens=9)
    )
    model.read.clear()
    assert "".join(generator.stream("An English beginning, long enough. X", max_tokens=9)) == plain
    list(generator.stream("Ein deutscher Anfang, lang genug. X", max_tokens=9))
    generator.prepare("An English beginning, long enough. ")
    assert max(len(tokens) for tokens in model.read) == 1


def test_a_model_that_cannot_forget_reads_anew(binding: None) -> None:
    model = ByteModel()
    model.forgets = False
    generator = LlamaCppGenerator("llama:bytes", model)
    first = "".join(generator.stream("A long beginning. One", max_tokens=5))
    list(generator.stream("A long beginning. Two", max_tokens=5))
    assert "".join(generator.stream("A long beginning. One", max_tokens=5)) == first


def test_a_prompt_that_does_not_fit_is_one_clear_error(binding: None) -> None:
    generator = LlamaCppGenerator("llama:bytes", ByteModel())
    with pytest.raises(GenerationError, match=r"3001 tokens does not fit into the 2048"):
        list(generator.stream("x" * 3000, max_tokens=5))
    assert len("".join(generator.stream("x" * 2040, max_tokens=50))) == 7


@pytest.mark.parametrize(("tiles", "extra"), [(True, False), (False, True)])
def test_weights_are_not_rearranged_for_tiles(
    binding: None, tiles: bool, extra: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.generation.llama.cpu_has_tiles", lambda: tiles)
    generator: Any = load_llama(str(tmp_path / "some.gguf"), cache=tmp_path)
    assert generator._model.model_params.use_extra_bufts is extra


def test_digits_come_only_where_they_are_allowed(binding: None) -> None:
    generator = LlamaCppGenerator("llama:bytes", ByteModel())
    assert "".join(generator.stream("x", max_tokens=4, ban_digits=False)) == "0000"
    assert "0" not in "".join(generator.stream("x", max_tokens=4))


def test_a_prepared_beginning_is_evaluated(binding: None) -> None:
    model = ByteModel()
    LlamaCppGenerator("llama:bytes", model).prepare("ab")
    assert model.read == [[256, 97, 98]]


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
