"""Teaching a toy generator: what is learnt, that a cut run goes on as if it had not been cut, and what is written."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from toy_generator import build_toy_generator

from assistant.errors import PromptError, TrainingError
from assistant.generation.adapter import TENSORS, read_text_adapter
from assistant.generation.prompts import PromptBook
from assistant.generation.writer import BlurbWriter
from assistant.labelled.blurbs import held_out, read_blurbs
from assistant.lexicon import Lexicon
from assistant.training.blurb import RECIPE, BlurbOptions, _NoGenerator, encode, held_out_loss, train_blurb
from assistant.training.completion import Encoded, LoopOptions, Work, plan, rate_at

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "assistant" / "generation" / "data" / "blurbs.train.jsonl"
BOOK = PromptBook.load(ROOT / "prompts")
QUICK = BlurbOptions(
    epochs=2.0, batch_size=4, micro_batch=2, learning_rate=6e-2, rank=4, evaluate_every=2, checkpoint_every=2,
    patience=0, held_out=0.34,
)  # fmt: skip
LOOP = LoopOptions(2.0, 4, 2, 1e-2, 0.1, 0.0, 1.0, 2, 2, 0, 1)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toy_generator(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = DATA.read_text(encoding="utf-8").splitlines()
    path = tmp_path_factory.mktemp("data") / "few.jsonl"
    path.write_text("\n".join(lines[:18]), encoding="utf-8")
    return path


def run(data: Path, output: Path, generator: Path, options: BlurbOptions = QUICK, **more: Any) -> dict[str, Any]:
    return train_blurb(
        data,
        output,
        prompts=BOOK,
        generator=str(generator),
        cache=output / "cache",
        device="cpu",
        options=options,
        **more,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, data: Path, toy: Path) -> tuple[Path, dict[str, Any]]:
    output = tmp_path_factory.mktemp("trained")
    return output, run(data, output, toy)


def test_it_learns_and_writes_a_whole_adapter(trained: tuple[Path, dict[str, Any]]) -> None:
    output, figures = trained
    assert figures["validation_loss"]["all"] < figures["validation_loss_before"]["all"] - 0.05
    assert figures["examples"] + figures["validation_examples"] == 18
    adapter = read_text_adapter(output)
    assert adapter.versions == {"blurb.en": "2", "blurb.zh": "2"}
    recipe = json.loads((output / RECIPE).read_text(encoding="utf-8"))
    assert recipe["metrics"] == figures
    assert recipe["base"]["sha256"]
    assert recipe["data"]["sha256"]
    assert recipe["prompts"]["en"] == BOOK.get("blurb.en", "2").identity
    assert str(output.parent) not in json.dumps(recipe)
    assert not (output / "checkpoints").exists()
    layers = {k.split(".")[-3] for k in load_file(output / TENSORS)}
    assert layers == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def test_the_written_adapter_reaches_the_stated_loss(
    trained: tuple[Path, dict[str, Any]], data: Path, toy: Path, tmp_path: Path
) -> None:
    lexicon = Lexicon.load()
    _, held = held_out(read_blurbs(data, lexicon).lines, QUICK.held_out)
    kept = {e.wish.id for e in held}
    lines = [line for line in data.read_text(encoding="utf-8").splitlines() if json.loads(line)["id"] in kept]
    few = tmp_path / "held.jsonl"
    few.write_text("\n".join(lines), encoding="utf-8")
    found = held_out_loss(few, trained[0], prompts=BOOK, generator=str(toy), cache=tmp_path)
    assert found["all"] == pytest.approx(trained[1]["validation_loss"]["all"], abs=0.02)


def test_a_model_of_another_architecture_learns_too(tmp_path: Path, data: Path) -> None:
    generator = build_toy_generator(tmp_path / "llama", kind="llama")
    figures = run(data, tmp_path / "out", generator, replace(QUICK, language="en"))
    assert figures["validation_loss"]["all"] < figures["validation_loss_before"]["all"]
    assert set(figures["validation_loss"]) == {"all", "en"}


def _killed(data: Path, output: Path, toy: Path, at: float) -> None:
    def die(message: str, share: float) -> None:
        if message.startswith("training") and share >= at:
            os.kill(os.getpid(), signal.SIGKILL)

    run(data, output, toy, progress=die)


def same(one: Path, other: Path) -> bool:
    a, b = load_file(one / TENSORS), load_file(other / TENSORS)
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(
    tmp_path: Path, data: Path, toy: Path, trained: tuple[Path, dict[str, Any]]
) -> None:
    output = tmp_path / "out"
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(data, output, toy, 0.7))
    process.start()
    process.join(300)
    assert process.exitcode == -signal.SIGKILL
    assert (output / "checkpoints" / "last.pt").is_file()
    notes: list[str] = []
    figures = run(data, output, toy, note=notes.append)
    assert notes[0].startswith("goes on after step ")
    assert same(output, trained[0])
    assert figures["validation_loss"] == trained[1]["validation_loss"]


def test_sigterm_saves_and_the_same_command_goes_on(
    tmp_path: Path, data: Path, toy: Path, trained: tuple[Path, dict[str, Any]]
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    asked: list[float] = []

    def progress(message: str, share: float) -> None:
        # A second signal in the same run would end the process; the first must be enough.
        if message.startswith("training") and share > 0.3 and not asked:
            asked.append(share)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(TrainingError, match=r"stopped after step \d+ of \d+; the same command goes on"):
        run(data, tmp_path, toy, progress=progress)
    assert signal.getsignal(signal.SIGTERM) == before
    run(data, tmp_path, toy)
    assert same(tmp_path, trained[0])


def test_other_options_start_anew(tmp_path: Path, data: Path, toy: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(data, tmp_path, toy, 0.7))
    process.start()
    process.join(300)
    notes: list[str] = []
    run(data, tmp_path, toy, replace(QUICK, learning_rate=1e-3), note=notes.append)
    assert not any("goes on" in line for line in notes)


def test_what_cannot_be_trained_is_refused(tmp_path: Path, data: Path, toy: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"id": 1}\n')
    with pytest.raises(TrainingError, match="1 bad of 1 lines"):
        run(empty, tmp_path / "a", toy)
    with pytest.raises(PromptError, match=r"blurb\.en/9"):
        run(data, tmp_path / "b", toy, replace(QUICK, prompt="9"))


def test_an_example_is_the_prompt_of_the_writer_and_ends_the_text(toy: Path, data: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(toy)
    lexicon = Lexicon.load()
    versions = {"blurb.en": "2", "blurb.zh": "2"}
    writer = BlurbWriter(_NoGenerator(), BOOK, lexicon, versions=versions)
    for example in read_blurbs(data, lexicon).lines[:6]:
        found = encode(example, writer, tokenizer)
        text = tokenizer.decode(found.prompt[1:])
        assert found.prompt[0] == tokenizer.bos_token_id
        assert found.completion[-1] == tokenizer.eos_token_id
        assert text.startswith(writer.prompt(example.wish.language).prefix)
        assert example.wish.request in text
        assert example.instructions["style"] in text
        assert text.endswith(("Answer:", "回答："))
        assert tokenizer.decode(found.completion[:-1]).strip() == example.blurb


def test_the_plan_visits_every_example_and_is_the_same_each_time() -> None:
    lengths = [i % 7 + 1 for i in range(30)]
    steps = plan(lengths, LOOP)
    assert steps == plan(lengths, LOOP)
    assert steps != plan(lengths, replace(LOOP, seed=2))
    assert len(steps) == 15
    seen = sorted(i for step in steps for batch in step for i in batch)
    assert set(seen) == set(range(30))
    assert all(len(batch) <= 2 for step in steps for batch in step)
    spread = [max(lengths[i] for i in b) - min(lengths[i] for i in b) for s in steps for b in s]
    assert sum(spread) / len(spread) < 2


def test_the_rate_rises_and_falls() -> None:
    rates = [rate_at(i, 100, LOOP) for i in range(100)]
    assert rates[0] < rates[9] == pytest.approx(1e-2)
    assert rates[9] > rates[50] > rates[99] >= 1e-3


@pytest.mark.parametrize("kind", ["gemma3", "llama"])
def test_the_loss_is_that_of_the_completion_alone(tmp_path: Path, kind: str) -> None:
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(build_toy_generator(tmp_path, kind=kind), dtype=torch.float32)
    rows = [Encoded((2, 5, 6, 7), (8, 9, 1)), Encoded((2, 5), (8, 9, 10, 11, 12, 1))]
    work = Work(model, 0, torch.device("cpu"), False)
    loss = work._loss(rows, 1.0, learn=True)
    gradient = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    wanted = torch.tensor(0.0)
    for row in rows:
        ids = torch.tensor([row.prompt + row.completion])
        scores = model(input_ids=ids).logits[0, len(row.prompt) - 1 : -1]
        wanted = wanted + torch.nn.functional.cross_entropy(scores, torch.tensor(row.completion), reduction="sum")
    wanted.backward()
    assert loss == pytest.approx(wanted.item(), rel=1e-5)
    assert not math.isnan(loss)
    for name, p in model.named_parameters():
        if p.grad is not None and "embed" not in name:
            assert torch.allclose(gradient[name], p.grad, atol=1e-4), name
