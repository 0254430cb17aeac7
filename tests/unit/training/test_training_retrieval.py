"""Adapting a toy encoder: sentence-transformers' own trainer over a network of two layers, seconds not minutes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import product, write_jsonl
from fakes_intent import build_toy_encoder
from typer.testing import CliRunner

from assistant.encoder import load_encoder
from assistant.encoder.adapter import CARD, POINTER, TENSORS, read_adapter
from assistant.errors import IndexFolderError, TrainingError, WeightsError
from assistant.retrieval import build_index, open_index
from assistant.training import heldout
from assistant.training import retrieval as retrieval_module
from assistant.training.contrastive import Example, batches_of
from assistant.training.retrieval import REPORT, RetrievalOptions, train_retrieval

TYPES = ("belt", "laptop", "tent", "lamp", "coat", "mouse", "kettle", "chair", "wallet", "candle")
COLORS = ("red", "black", "blue", "green", "white", "pink")
QUICK = RetrievalOptions(
    products=200, pairs=48, batch_size=8, learning_rate=5e-3, rank=4, held_out=0.25, validation=0.2, queries=60,
    evaluations=3, patience=0, max_tokens=48, noise=0.0,
)  # fmt: skip


def sentence_folder(folder: Path) -> Path:
    """The toy network as sentence-transformers lays it out."""
    build_toy_encoder(folder, hidden=32)
    kinds = ("Transformer", "Pooling", "Normalize")
    rows = [
        {"idx": i, "name": str(i), "path": f"{i}_{k}" if i else "", "type": f"sentence_transformers.models.{k}"}
        for i, k in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(rows))
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 96, "do_lower_case": False}))
    prompts = {"prompts": {"query": "q: ", "passage": "p: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentence_folder(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        product(
            f"S{i}",
            f"{brand} {color} {kind}",
            brand=brand,
            category=[kind],
            color=color,
            description=f"A {kind} that lasts for years and looks good in {color}.",
        )
        for i, (kind, color, brand) in enumerate(
            (k, c, b) for k in TYPES for c in COLORS for b in ("Nova", "Orla", "Pico")
        )
    ]
    return write_jsonl(tmp_path_factory.mktemp("catalog") / "shop.jsonl", rows)


def run(catalog: Path, output: Path, encoder: Path, options: RetrievalOptions = QUICK, **more: Any) -> dict[str, Any]:
    return train_retrieval(
        catalog, output, encoder=str(encoder), cache=output / "cache", device="cpu", options=options, **more
    )


@pytest.fixture(scope="module")
def trained(
    catalog: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any], list[tuple[str, float]]]:
    output, seen = tmp_path_factory.mktemp("adapted"), []
    options = replace(
        QUICK, pairs=320, batch_size=16, rank=8, scale=20.0, epochs=5, chinese=0.0, queries=120, evaluations=2
    )
    figures = run(catalog, output, encoder, options, progress=lambda m, s: seen.append((m, s)))
    return output, figures, seen


def test_a_run_that_ranks_better_is_promoted_and_says_what_it_did(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]], catalog: Path
) -> None:
    output, figures, seen = trained
    assert figures["promoted"], figures["reason"]
    assert figures["ndcg@10"] > figures["ndcg@10_before"]
    assert figures["interval"][0] > 0
    adapter = output / (output / POINTER).read_text().strip()
    assert adapter.name == figures["adapter"]
    assert {p.name for p in adapter.iterdir()} == {CARD, "adapter_config.json", TENSORS}
    assert {p.name for p in output.iterdir()} == {POINTER, REPORT, adapter.name}
    report = json.loads((output / REPORT).read_text(encoding="utf-8"))
    assert report["metrics"] == figures
    assert report["catalog"]["file"] == catalog.name
    assert str(output) not in (adapter / "adapter_config.json").read_text()
    assert seen[-1] == ("done", 1.0)
    assert all(0.0 <= share <= 1.0 for _, share in seen)


def test_an_adapted_encoder_is_a_space_of_its_own(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]], encoder: Path, catalog: Path, tmp_path: Path
) -> None:
    output = trained[0]
    plain = load_encoder(str(encoder), cache=tmp_path, device="cpu", dtype="float32")
    adapted = load_encoder(str(encoder), cache=tmp_path, device="cpu", dtype="float32", adapter=output)
    assert adapted.name == f"{plain.name}+{read_adapter(output).id}"
    one, other = (e.encode(["red belt"], kind="query") for e in (plain, adapted))
    assert np.linalg.norm(other) == pytest.approx(1.0, abs=1e-5)
    assert float((one * other).sum()) < 0.999
    build_index(catalog, tmp_path / "index", plain)
    with pytest.raises(IndexFolderError, match=r"made by encoder .* build it again"):
        open_index(tmp_path / "index", adapted)
    build_index(catalog, tmp_path / "index", adapted)
    assert open_index(tmp_path / "index", adapted).encoder == adapted.name


def test_it_is_compiled_as_the_plain_one_is(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]], encoder: Path, tmp_path: Path
) -> None:
    texts = ["red belt", "a tent for two", "我的手机", "x"]
    torch_one = load_encoder(str(encoder), cache=tmp_path, device="cpu", dtype="float32", adapter=trained[0])
    compiled = load_encoder(str(encoder), cache=tmp_path, device="cpu", compiled=True, threads=1, adapter=trained[0])
    plain = load_encoder(str(encoder), cache=tmp_path, device="cpu", compiled=True, threads=1)
    assert type(compiled).__name__ == "CompiledEncoder"
    assert compiled.name == torch_one.name
    assert plain.name == str(encoder)
    for kind in ("query", "passage"):
        likeness = (compiled.encode(texts, kind=kind) * torch_one.encode(texts, kind=kind)).sum(axis=1)  # type: ignore[arg-type]
        assert likeness.min() > 0.98
    assert float((plain.encode(texts, kind="query") * compiled.encode(texts, kind="query")).sum(axis=1).min()) < 0.99


def test_held_out_products_and_their_words_are_never_trained_on(
    catalog: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def examples(wishes: Sequence[Any], *more: Any) -> list[Example]:
        seen["trained"] = wishes
        return original(wishes, *more)

    def rank(wishes: Sequence[Any], *more: Any) -> Any:
        seen["measured"] = wishes
        return ranked(wishes, *more)

    original, ranked = retrieval_module._examples, heldout.rank
    monkeypatch.setattr(retrieval_module, "_examples", examples)
    monkeypatch.setattr(heldout, "rank", rank)
    run(catalog, tmp_path / "out", encoder)
    assert not {w.row for w in seen["trained"]} & {w.row for w in seen["measured"]}
    assert not {w.text.lower() for w in seen["trained"]} & {w.text.lower() for w in seen["measured"]}
    assert len({w.text for w in seen["measured"]}) == len(seen["measured"])


def test_a_run_that_ranks_no_better_is_refused_and_leaves_what_was_there(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]],
    catalog: Path,
    encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from assistant.cli.main import app

    monkeypatch.setenv("ASSISTANT_ENCODER", str(encoder))
    monkeypatch.setenv("ASSISTANT_CACHE", str(tmp_path / "cache"))
    output = tmp_path / "out"
    command = ["train", "retrieval", "--catalog", str(catalog), "--output", str(output), "--learning-rate", "1e-12"]
    monkeypatch.setattr(retrieval_module, "RetrievalOptions", lambda **given: replace(QUICK, **given))
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, TrainingError)
    assert "not promoted" in str(done.exception)
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert figures["promoted"] is False
    assert figures["reason"]
    assert not (output / POINTER).exists()
    assert json.loads((output / REPORT).read_text())["metrics"]["promoted"] is False
    with pytest.raises(WeightsError, match=r"no promoted adapter.*report\.json"):
        read_adapter(output)
    assert read_adapter(output / figures["adapter"]).encoder == encoder.name


def test_an_interrupted_run_goes_on_and_ends_like_an_uninterrupted_one(
    catalog: Path, encoder: Path, tmp_path: Path
) -> None:
    class Stop(Exception):
        pass

    shares: list[float] = []

    def interrupt(message: str, share: float) -> None:
        if message.startswith("training") and share >= 0.6:
            raise Stop

    def watch(message: str, share: float) -> None:
        if message.startswith("training"):
            shares.append(share)

    with pytest.raises(Stop):
        run(catalog, tmp_path / "cut", encoder, progress=interrupt)
    assert list((tmp_path / "cut" / "checkpoints").glob("checkpoint-*"))
    assert not (tmp_path / "cut" / REPORT).exists()
    resumed = run(catalog, tmp_path / "cut", encoder, progress=watch)
    assert min(shares) > 0.3
    whole = run(catalog, tmp_path / "whole", encoder)
    differing = {"seconds"}
    assert {k: v for k, v in resumed.items() if k not in differing} == {
        k: v for k, v in whole.items() if k not in differing
    }


def test_batches_hold_no_query_whose_answer_is_anothers_wrong_one() -> None:
    def example(answer: int, wrong: int, relevant: Sequence[int]) -> Example:
        return Example("q", "p", "n", answer, wrong, frozenset(relevant))

    rows = [example(i, (i + 1) % 40, [j for j in range(40) if j % 5 == i % 5]) for i in range(40)]
    met: list[int] = []
    for batch in batches_of(rows, 2, seed=1, epoch=0):
        met += batch
        for one in batch:
            for other in batch:
                if one != other:
                    assert not {rows[other].answer, rows[other].wrong} & rows[one].relevant
    assert len(met) == len(set(met))
    assert len(met) > 30
    assert list(batches_of(rows, 2, seed=1, epoch=0)) != list(batches_of(rows, 2, seed=1, epoch=1))


def test_catalogues_and_options_that_cannot_be_used_are_refused(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="batch_size 1"):
        RetrievalOptions(batch_size=1)
    with pytest.raises(TrainingError, match="no catalogue file"):
        run(tmp_path / "none.jsonl", tmp_path / "out", encoder)
    few = write_jsonl(tmp_path / "few.jsonl", [product("A", "Red belt")])
    with pytest.raises(TrainingError, match="1 usable products"):
        run(few, tmp_path / "out", encoder)
    mute = write_jsonl(tmp_path / "mute.jsonl", [product(f"A{i}", f"Zq{i}") for i in range(60)])
    with pytest.raises(TrainingError, match="must name product types"):
        run(mute, tmp_path / "out", encoder)


def test_adapters_that_do_not_fit_are_clear_errors(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]],
    encoder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    other = sentence_folder(tmp_path / "other")
    build_toy_encoder(other, hidden=32, seed=5)
    for compiled in (False, True):
        with pytest.raises(WeightsError, match=r"was trained on the encoder .* agrees with it to"):
            load_encoder(str(other), cache=tmp_path, device="cpu", compiled=compiled, adapter=trained[0])
    with pytest.raises(WeightsError, match="no adapter folder"):
        load_encoder(str(encoder), cache=tmp_path, device="cpu", adapter=tmp_path / "nothing")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in read_adapter(trained[0]).folder.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    (damaged / TENSORS).write_bytes(b"not tensors")
    with pytest.raises(WeightsError, match="cannot be merged"):
        load_encoder(str(encoder), cache=tmp_path, device="cpu", adapter=damaged)
    (damaged / CARD).write_text("{}")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_adapter(damaged)


def test_matrices_under_other_names_are_an_error_not_a_plain_encoder(
    trained: tuple[Path, dict[str, Any], list[tuple[str, float]]], encoder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for path in read_adapter(trained[0]).folder.iterdir():
        (renamed / path.name).write_bytes(path.read_bytes())
    save_file({f"other.{k}": t for k, t in load_file(renamed / TENSORS).items()}, renamed / TENSORS)
    with pytest.raises(WeightsError, match="missing adapter keys"):
        load_encoder(str(encoder), cache=tmp_path, device="cpu", adapter=renamed)
