"""Training on a toy encoder and a toy label set: real transformers and peft, seconds instead of minutes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_intent import build_toy_encoder

from assistant.errors import TrainingError
from assistant.training.batches import BalancedSampler
from assistant.training.intent import IntentOptions, train_intent
from assistant.understanding.intent import EncoderIntentClassifier

GOODS = ("red shoes", "blue hat", "a phone", "green tea", "big sofa", "black cup", "warm scarf", "small lamp")
QUICK = IntentOptions(epochs=2, batch_size=8, learning_rate=5e-3, rank=4, held_out=0.2, patience=0, noise=0.1)


def lines() -> list[dict[str, str]]:
    out = []
    for goods in GOODS:
        out += [{"text": f"{verb} {goods}", "intent": "buy"} for verb in ("want", "buy", "need")]
        out += [{"text": f"return {goods} {why}", "intent": "return"} for why in ("!!", "now", "ok")]
        out += [{"text": f"hello {goods[:3]} {n}", "intent": "greet"} for n in range(3)]
    return out


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toy_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def data(tmp_path: Path) -> tuple[Path, Path]:
    rows = lines()
    return write(tmp_path / "train.jsonl", rows[::2] + rows[1::4]), write(tmp_path / "test.jsonl", rows[3::4])


def run(data: tuple[Path, Path], output: Path, encoder: Path, options: IntentOptions = QUICK, **more: object) -> dict:  # type: ignore[type-arg]
    return train_intent(
        data[0], data[1], output, encoder=str(encoder), cache=output / "cache", device="cpu", options=options, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_run_writes_a_classifier_that_reaches_its_own_figures(
    data: tuple[Path, Path], encoder: Path, tmp_path: Path, method: str
) -> None:
    seen: list[tuple[str, float]] = []
    options = IntentOptions(
        method=method,  # type: ignore[arg-type]
        epochs=8,
        batch_size=8,
        learning_rate=3e-3,
        rank=4,
        held_out=0.2,
        patience=0,
    )
    figures = run(
        data, tmp_path / "out", encoder, options, command="the command", progress=lambda m, s: seen.append((m, s))
    )
    output = tmp_path / "out"
    weights = {"adapter_config.json", "adapter_model.safetensors"} if method == "lora" else {"model.safetensors"}
    assert {p.name for p in output.iterdir()} == weights | {
        "classifier.json",
        "recipe.json",
        "confusion.png",
        "labels.html",
    }
    assert (output / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert all(f">{label}<" in (output / "labels.html").read_text("utf-8") for label in ("buy", "return", "greet"))
    assert figures["accuracy"] > 0.8
    assert {"accuracy", "macro_f1", "ece", "ms_per_text"} <= set(figures)
    recipe = json.loads((output / "recipe.json").read_text(encoding="utf-8"))
    assert recipe["command"] == "the command"
    assert recipe["metrics"] == figures
    assert recipe["data"]["train"][0]["sha256"] == hashlib.sha256(data[0].read_bytes()).hexdigest()
    assert recipe["data"]["test"]["lines"] == len(data[1].read_text().splitlines())
    classifier = EncoderIntentClassifier.load(output, str(encoder), cache=tmp_path / "cache", device="cpu")
    rows = [json.loads(line) for line in data[1].read_text(encoding="utf-8").splitlines()]
    found = classifier.predict([row["text"] for row in rows])
    right = sum(p.intent == row["intent"] for p, row in zip(found, rows, strict=True))
    assert right / len(rows) == pytest.approx(figures["accuracy"], abs=1e-4)
    assert seen[-1] == ("done", 1.0)
    assert all(0.0 <= share <= 1.0 for _, share in seen)


def test_an_interrupted_run_goes_on_and_ends_like_an_uninterrupted_one(
    data: tuple[Path, Path], encoder: Path, tmp_path: Path
) -> None:
    class Stop(Exception):
        pass

    epochs: list[str] = []

    def interrupt(message: str, share: float) -> None:
        if message.startswith("training, epoch 2"):
            raise Stop

    def watch(message: str, share: float) -> None:
        if message.startswith("training"):
            epochs.append(message.split(",")[1].strip())

    options = IntentOptions(epochs=3, batch_size=4, learning_rate=5e-3, rank=4, held_out=0.2, patience=0)
    with pytest.raises(Stop):
        run(data, tmp_path / "out", encoder, options, progress=interrupt)
    left = tmp_path / "out" / "checkpoints"
    assert [p.name for p in left.glob("checkpoint-*")]
    assert not (tmp_path / "out" / "classifier.json").exists()
    resumed = run(data, tmp_path / "out", encoder, options, progress=watch)
    assert "epoch 1" not in epochs
    assert {"epoch 2", "epoch 3"} <= set(epochs)
    assert not left.exists()
    straight = run(data, tmp_path / "straight", encoder, options)
    for key in ("accuracy", "macro_f1", "ece"):
        assert resumed[key] == pytest.approx(straight[key], abs=0.02)


def test_a_checkpoint_of_other_data_is_not_continued(data: tuple[Path, Path], encoder: Path, tmp_path: Path) -> None:
    left = tmp_path / "out" / "checkpoints"
    (left / "checkpoint-999").mkdir(parents=True)
    (left / "checkpoint-999" / "trainer_state.json").write_text("{}", encoding="utf-8")
    (left / "run.json").write_text("{}", encoding="utf-8")
    figures = run(data, tmp_path / "out", encoder)
    assert json.loads((tmp_path / "out" / "recipe.json").read_text(encoding="utf-8"))["epochs_run"] == 2
    assert figures["accuracy"] > 0.3


def test_other_files_in_the_folder_stay_and_stale_weights_go(
    data: tuple[Path, Path], encoder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "NOTES.md").write_text("mine", encoding="utf-8")
    (output / "model.safetensors").write_bytes(b"old")
    run(data, output, encoder, replace(QUICK, method="lora"))
    assert (output / "NOTES.md").read_text(encoding="utf-8") == "mine"
    assert not (output / "model.safetensors").exists()


def test_out_of_scope_texts_never_trained_on_are_measured(encoder: Path, tmp_path: Path) -> None:
    rows = lines()
    train = write(tmp_path / "train.jsonl", rows)
    test = write(
        tmp_path / "test.jsonl", [{"text": "hello x", "intent": "greet"}, {"text": "zzz qqq", "intent": "oos"}]
    )
    figures = run((train, test), tmp_path / "out", encoder)
    assert 0.0 <= figures["oos_recall"] <= 1.0
    assert 0.0 <= figures["oos_false_reject"] <= 1.0
    assert 0.0 <= figures["accuracy_in_scope"] <= 1.0


def test_unusable_data_are_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", [{"text": f"t{i}", "intent": "a"} for i in range(5)])
    two = write(tmp_path / "two.jsonl", lines())
    other = write(tmp_path / "other.jsonl", [{"text": "x", "intent": "unheard"}])
    nowhere = tmp_path / "no-encoder"
    with pytest.raises(TrainingError, match="two or more"):
        run((one, two), tmp_path / "out", nowhere)
    with pytest.raises(TrainingError, match="unheard"):
        run((two, other), tmp_path / "out", nowhere)
    with pytest.raises(TrainingError, match="no file"):
        run((tmp_path / "gone.jsonl", two), tmp_path / "out", nowhere)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"method": "magic"}, {"held_out": 0.9}, {"noise": -1}, {"rank": 0}])
def test_impossible_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TrainingError, match=next(iter(wrong))):
        IntentOptions(**wrong)  # type: ignore[arg-type]


def test_the_sampler_lifts_rare_labels_and_groups_lengths() -> None:
    labels = [0] * 900 + [1] * 100
    lengths = [n % 50 for n in range(1000)]
    sampler = BalancedSampler(labels, lengths, balance=0.5, batch_size=10, seed=1)
    order = list(sampler)
    assert len(order) == len(sampler)
    counts = Counter(labels[row] for row in order)
    assert counts[1] / len(order) == pytest.approx(100**0.5 / (900**0.5 + 100**0.5), abs=0.01)
    spread = [
        max(lengths[r] for r in order[at : at + 10]) - min(lengths[r] for r in order[at : at + 10])
        for at in range(0, 1000, 10)
    ]
    assert sum(spread) / len(spread) < 8
    sampler.epoch = 1
    assert list(sampler) != order
    sampler.epoch = 0
    assert list(sampler) == order


def test_without_balancing_every_row_comes_once() -> None:
    sampler = BalancedSampler([0] * 30 + [1] * 7, [5] * 37, balance=0.0, batch_size=8, seed=1)
    assert sorted(sampler) == list(range(37))


def test_a_run_that_fails_after_the_loop_leaves_the_former_classifier(
    data: tuple[Path, Path], encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    run(data, output, encoder)
    before = {p.name: p.read_bytes() for p in output.iterdir() if p.is_file()}

    def fail(*_: object, **__: object) -> None:
        raise MemoryError("no room for the views")

    monkeypatch.setattr("assistant.training.intent._complete", fail)
    with pytest.raises(MemoryError):
        run(data, output, encoder, replace(QUICK, seed=99))
    assert {p.name: p.read_bytes() for p in output.iterdir() if p.is_file()} == before


def test_a_validation_file_of_test_lines_is_refused(data: tuple[Path, Path], encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="also in the test file"):
        run(data, tmp_path / "out", encoder, validation=data[1])
