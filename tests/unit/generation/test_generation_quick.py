from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toy_generator import build_toy_generator

from assistant.generation import quick
from assistant.generation.quick import JoinedNorm, PackedLinear, quicken

NEAR = {torch.float32: 1e-4, torch.bfloat16: 0.015}
packs = pytest.mark.skipif(not quick._can_pack(), reason="this torch has no oneDNN")


def toy(folder: Path, kind: str, dtype: torch.dtype = torch.float32) -> Any:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(build_toy_generator(folder, kind=kind, seed=3), dtype=dtype)
    # A scale of its own for each norm: as they are initialised, scaling by the wrong weights would not show.
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name:
                weight.add_(torch.rand_like(weight))
    return model.eval()


def scores(model: Any, rows: int, mask: torch.Tensor | None) -> torch.Tensor:
    """Of a prompt of 90 tokens, and of three further tokens, one by one."""
    ids = torch.randint(3, 200, (rows, 93), generator=torch.Generator().manual_seed(rows))
    found = []
    with torch.inference_mode():
        seen = model(input_ids=ids[:, :90], attention_mask=None if mask is None else mask[:, :90], use_cache=True)
        found.append(seen.logits[:, -1])
        for at in range(90, 93):
            seen = model(
                input_ids=ids[:, at : at + 1],
                attention_mask=None if mask is None else mask[:, : at + 1],
                past_key_values=seen.past_key_values,
                use_cache=True,
            )
            found.append(seen.logits[:, -1])
    return torch.stack(found).float()


def padding(rows: int) -> torch.Tensor:
    return torch.stack([(torch.arange(93) >= 9 * row).long() for row in range(rows)])


@pytest.mark.parametrize("kind", ["gemma3", "llama"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rows", "padded"), [(1, False), (3, False), (3, True)])
def test_the_scores_are_those_of_the_plain_model(
    tmp_path: Path, kind: str, dtype: torch.dtype, rows: int, padded: bool
) -> None:
    plain = toy(tmp_path, kind, dtype)
    quicker = copy.deepcopy(plain)
    quicken(quicker)
    mask = padding(rows) if padded else None
    expected, found = scores(plain, rows, mask), scores(quicker, rows, mask)
    assert expected.std() > 10 * NEAR[dtype], "the scores differ enough between tokens for the comparison to mean much"
    assert torch.allclose(found, expected, atol=NEAR[dtype], rtol=NEAR[dtype])


@packs
@pytest.mark.parametrize("kind", ["gemma3", "llama"])
def test_everything_that_can_be_quicker_is_replaced(tmp_path: Path, kind: str) -> None:
    model = toy(tmp_path, kind)
    names = {name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
    norms = {name for name, layer in model.named_modules() if type(layer).__name__.endswith("RMSNorm")}
    assert len(names) == 2 * 7 + 1
    assert norms
    quicken(model)
    assert {name for name, layer in model.named_modules() if isinstance(layer, PackedLinear)} == names
    assert {name for name, layer in model.named_modules() if isinstance(layer, JoinedNorm)} == norms
    # What is looked up by row stays, and of the rest nothing is there twice.
    assert [name for name, _ in model.named_parameters()] == ["model.embed_tokens.weight"]


@pytest.mark.parametrize("error", [AttributeError("'_OpNamespace' has no '_linear_pointwise'"), RuntimeError("no")])
def test_without_the_operations_the_weights_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    plain = toy(tmp_path, "gemma3")
    model = copy.deepcopy(plain)

    def missing(*_: Any) -> torch.Tensor:
        raise error

    monkeypatch.setattr(quick.PackedLinear, "forward", missing)
    quicken(model)
    assert not [layer for layer in model.modules() if isinstance(layer, PackedLinear)]
    assert torch.allclose(scores(model, 1, None), scores(plain, 1, None), atol=NEAR[torch.float32])


def test_operations_that_compute_something_else_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = toy(tmp_path, "gemma3")
    real = quick.PackedLinear.forward
    monkeypatch.setattr(quick.PackedLinear, "forward", lambda self, rows: real(self, rows) * 1.01)
    quicken(model)
    assert not [layer for layer in model.modules() if isinstance(layer, PackedLinear)]


class HalfRMSNorm(nn.Module):
    """Named as the others, and not computing what they do."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.rand(32)), 1e-6

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.rms_norm(rows, [32], 0.5 + self.weight, self.eps)


def test_a_norm_of_another_kind_stays(tmp_path: Path) -> None:
    model = toy(tmp_path, "llama")
    model.model.norm = odd = HalfRMSNorm()
    quicken(model)
    assert model.model.norm is odd


def test_a_layer_that_somebody_watches_stays(tmp_path: Path) -> None:
    model = toy(tmp_path, "llama")
    layer = model.model.layers[0].mlp.up_proj
    layer.register_forward_hook(lambda *_: None)
    quicken(model)
    assert model.model.layers[0].mlp.up_proj is layer


def test_a_linear_layer_with_a_bias_and_any_number_of_rows() -> None:
    if not quick._can_pack():
        pytest.skip("this torch has no oneDNN")
    torch.manual_seed(0)
    layer = nn.Linear(24, 40)
    made = PackedLinear(layer)
    for shape in ((24,), (1, 24), (5, 24), (2, 3, 24), (0, 24)):
        rows = torch.randn(shape)
        with torch.no_grad():
            assert torch.allclose(made(rows), layer(rows), atol=1e-5), shape
