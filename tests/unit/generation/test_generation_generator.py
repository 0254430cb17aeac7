from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes_generation import ScriptedGenerator
from generator_contract import check_generator
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import GenerationError, WeightsError
from assistant.generation import load_generator
from assistant.generation.causal import TransformersGenerator
from assistant.generation.generator import bears_number, cut_at, number_tokens


@pytest.fixture(scope="module")
def tiny() -> TransformersGenerator:
    """A real transformers model, too small to know anything, over a byte-level vocabulary."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": 0, "</s>": 1, **{piece: i + 2 for i, piece in enumerate(alphabet)}}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        bos_token_id=0,
        eos_token_id=None,
        pad_token_id=1,
    )
    return TransformersGenerator("tiny", LlamaForCausalLM(config).eval(), wrapped)


def test_the_scripted_generator_keeps_the_contract() -> None:
    generator = ScriptedGenerator(*["a text with a stop and more text after it " * 20] * 6)
    check_generator(generator, "a prompt", stop="stop")


def test_the_transformers_generator_keeps_the_contract(tiny: TransformersGenerator) -> None:
    text = "".join(tiny.stream("a prompt", max_tokens=12))
    check_generator(tiny, "a prompt", stop=text[3])


def test_a_prepared_beginning_changes_nothing_but_speed(tiny: TransformersGenerator) -> None:
    prompt = "The constant beginning. And the end"
    plain = "".join(tiny.stream(prompt, max_tokens=20))
    tiny.prepare("The constant beginning.")
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain, "a generation must not write into the kept cache"
    assert "".join(tiny.stream("The constant beginning.", max_tokens=5))
    for n in range(10):
        tiny.prepare(f"beginning {n}")
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain


def test_a_seed_makes_sampling_repeatable(tiny: TransformersGenerator) -> None:
    def sample(seed: int) -> str:
        return "".join(tiny.stream("x", max_tokens=16, temperature=1.5, seed=seed))

    assert sample(1) == sample(1)
    assert len({sample(n) for n in range(4)}) > 1


def test_digits_are_banned_only_where_asked(tiny: TransformersGenerator) -> None:
    free = "".join(
        "".join(tiny.stream(f"{n}", max_tokens=60, ban_digits=False, temperature=2.0, seed=n)) for n in range(6)
    )
    bound = "".join("".join(tiny.stream(f"{n}", max_tokens=60, temperature=2.0, seed=n)) for n in range(6))
    assert any(c.isdigit() for c in free)
    assert not any(bears_number(c) for c in bound)


def test_odd_prompts_do_not_break_it(tiny: TransformersGenerator) -> None:
    for prompt in ("", "\ud800", "\x00", "🙂" * 30):
        assert isinstance("".join(tiny.stream(prompt, max_tokens=4)), str)


def test_a_failing_model_is_one_clear_error(tiny: TransformersGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(tiny._model, "generate", fail)
        with pytest.raises(GenerationError, match="'tiny' failed: out of memory"):
            list(tiny.stream("x", max_tokens=4))
    assert list(tiny.stream("x", max_tokens=4))


@pytest.mark.parametrize("piece", ["1", "a2", "９", "½", "②", "$", "￥", "三百", "<0x39>", "▁五千", "Ⅷ"])
def test_pieces_that_bear_numbers(piece: str) -> None:
    assert bears_number(piece)


@pytest.mark.parametrize("piece", ["a", "一", "▁the", "万一", "十分", "好", "{", "三明治", "…"])
def test_pieces_that_do_not(piece: str) -> None:
    assert not bears_number(piece)


@given(st.text(max_size=12))
def test_no_text_with_a_decimal_digit_escapes_the_ban(text: str) -> None:
    if any(c.isdigit() for c in text):
        assert bears_number(text)


def test_number_tokens_are_found_in_a_vocabulary() -> None:
    assert number_tokens({"a": 0, "7": 1, "x9": 2, "三百": 3, "三": 4}) == [1, 2, 3]


@given(st.lists(st.text(alphabet="ab\n.", max_size=5), max_size=8), st.sampled_from(["\n", "ab", ".\n"]))
def test_text_ends_before_the_first_stop(pieces: list[str], stop: str) -> None:
    def stream() -> Iterator[str]:
        yield from pieces

    assert "".join(cut_at(stream(), [stop])) == "".join(pieces).split(stop)[0]


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no model is called 'nonsense'"):
        load_generator("nonsense", cache=tmp_path, offline=True)


def test_without_llama_cpp_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "llama_cpp":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    with pytest.raises(GenerationError, match=r"pip install 'shopping-assistant\[llama\]'"):
        load_generator("llama:gemma-3-270m", cache=tmp_path)


@pytest.mark.models
@pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed (extra llama)"
)
def test_llama_cpp_keeps_the_contract(weights_cache: Path) -> None:
    generator = load_generator("llama:gemma-3-270m", cache=weights_cache)
    text = "".join(generator.stream("The capital of France is", max_tokens=12))
    check_generator(generator, "The capital of France is", stop=text[3:5])
