from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toy_generator import build_toy_generator

from assistant.generation import batching
from assistant.generation.batching import Forward, Memory

KINDS = ["gemma3", "llama"]
NEAR = {torch.float32: 1e-4, torch.bfloat16: 0.02}
# Of each text the tokens of each step; the windows of the one toy are of 64 tokens, and memories have room for 64 more.
RUNS = [[90, 1, 7, 1, 30], [3, 25, 1, 1, 64], [1, 1, 1, 1, 1]]


def toy(folder: Path, kind: str, dtype: torch.dtype = torch.float32) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(build_toy_generator(folder, kind=kind, seed=3), dtype=dtype).eval()


def ids_of(count: int, seed: int) -> list[int]:
    made: list[int] = torch.randint(3, 200, (count,), generator=torch.Generator().manual_seed(seed)).tolist()
    return made


def plain(model: Any, ids: Sequence[int]) -> torch.Tensor:
    with torch.inference_mode():
        scores: torch.Tensor = model(input_ids=torch.tensor([list(ids)])).logits[0, -1]
    return scores.float()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_texts_of_different_lengths_get_the_scores_that_each_gets_alone(
    tmp_path: Path, kind: str, dtype: torch.dtype
) -> None:
    model = toy(tmp_path, kind, dtype)
    reference = copy.deepcopy(model)
    forward = Forward(model)
    assert forward.packs
    texts = [ids_of(sum(runs), seed) for seed, runs in enumerate(RUNS)]
    memories = [Memory() for _ in texts]
    for step in range(len(RUNS[0])):
        done = [sum(runs[:step]) for runs in RUNS]
        ends = [sum(runs[: step + 1]) for runs in RUNS]
        with torch.inference_mode():
            found = forward.step(memories, [text[a:b] for text, a, b in zip(texts, done, ends, strict=True)]).float()
        expected = torch.stack([plain(reference, text[:end]) for text, end in zip(texts, ends, strict=True)])
        assert expected.std() > 5 * NEAR[dtype], "the scores differ enough for the comparison to mean much"
        assert torch.allclose(found, expected, atol=NEAR[dtype], rtol=NEAR[dtype]), step
        assert [m.ids for m in memories] == [text[:end] for text, end in zip(texts, ends, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_goes_on_from_a_beginning_that_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    model = toy(tmp_path, kind)
    reference, forward = copy.deepcopy(model), Forward(model)
    start, ends = ids_of(80, 0), [ids_of(9, 1), ids_of(70, 2)]
    with torch.inference_mode():
        known = Memory()
        forward.step([known], [start])
        for _ in range(2):
            for length in (80, 41):
                scores = forward.step([known.beginning(length) for _ in ends], ends)
                expected = torch.stack([plain(reference, [*start[:length], *end]) for end in ends])
                assert torch.allclose(scores, expected, atol=1e-4, rtol=1e-4)
    assert known.ids == start


def test_how_much_of_a_text_is_known() -> None:
    known = Memory()
    known.ids = [5, 6, 7]
    assert [known.shared_with(ids) for ids in ([], [6], [5], [5, 6, 8], [5, 6, 7], [5, 6, 7, 8])] == [0, 0, 1, 2, 3, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_step_that_failed_the_texts_go_on_where_they_were(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = toy(tmp_path, kind)
    reference, forward = copy.deepcopy(model), Forward(model)
    text, other = ids_of(40, 0), ids_of(9, 1)
    memory = Memory()
    with torch.inference_mode():
        forward.step([memory], [text[:30]])
        with monkeypatch.context() as patch:
            last = model.model.layers[-1].mlp
            patch.setattr(last, "forward", lambda *_: (_ for _ in ()).throw(RuntimeError("out of memory")))
            with pytest.raises(RuntimeError, match="out of memory"):
                forward.step([memory, Memory()], [text[30:33], other])
        assert memory.ids == text[:30]
        found = forward.step([memory], [text[30:]])
    assert torch.allclose(found[0], plain(reference, text), atol=1e-4, rtol=1e-4)


def test_heads_that_share_keys_are_computed_as_queries_of_one_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = Forward(toy(tmp_path, "llama"))
    seen: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    real = nn.functional.scaled_dot_product_attention

    def watched(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **options: Any) -> torch.Tensor:
        seen.append((tuple(query.shape), tuple(key.shape)))
        return real(query, key, value, **options)

    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", watched)
    with torch.inference_mode():
        forward.step([Memory(), Memory()], [ids_of(9, 0), ids_of(5, 1)])
    assert seen[-2:] == [((1, 1, 18, 16), (1, 1, 9, 16)), ((1, 1, 10, 16), (1, 1, 5, 16))]


def test_a_model_that_attends_in_a_way_of_its_own_reads_one_text_at_a_time(tmp_path: Path) -> None:
    model = toy(tmp_path, "llama")
    model.set_attn_implementation("eager")
    reference, forward = copy.deepcopy(model), Forward(model)
    assert not forward.packs
    assert model.config._attn_implementation == "eager"
    texts = [ids_of(9, 0), ids_of(5, 1)]
    memories = [Memory(), Memory()]
    with torch.inference_mode():
        forward.step(memories, [text[:3] for text in texts])
        found = forward.step(memories, [text[3:] for text in texts])
    assert torch.allclose(found, torch.stack([plain(reference, text) for text in texts]), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"softcap": 50.0}, "LlamaForCausalLM writes one text at a time: LlamaAttention attends in another way"),
        ({"scaling": 3.0}, "LlamaForCausalLM writes one text at a time: put together they differ"),
    ],
)
def test_what_does_not_come_out_the_same_is_not_packed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    spoil: dict[str, float],
    why: str,
) -> None:
    model = toy(tmp_path, "llama")
    real = batching._packed_attention

    def spoilt(*parts: Any, **options: Any) -> Any:
        return real(*parts, **{**options, **(spoil if options.get("packed") is not None else {})})

    monkeypatch.setattr(batching, "_packed_attention", spoilt)
    with caplog.at_level(logging.WARNING, logger=batching.__name__):
        forward = Forward(model)
    assert not forward.packs
    assert why in caplog.text
    assert model.config._attn_implementation == "sdpa"
