"""Trainings of the behaviour Transformer: validation chooses, the test is asked once, nothing done is done again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.registry import load
from assistant.recommendation.splits import leave_one_out
from assistant.training import sequence, sequence_runs
from assistant.training.sequence import CHECKPOINT, MODEL, Setting, train_sequence
from assistant.training.sequence_runs import RESULTS, SELECTION, append, main, read_set, read_settings, records

NETWORK = {"width": 8, "length": 6, "dropout": 0.0, "input_dropout": 0.0}
TRAINING = {"epochs": 8, "positions": 64, "rate": 0.02, "average": 0.0, "every": 2, "patience": 0}
SMALL = Setting("small", NETWORK, TRAINING)


def walks(users: int = 40, items: int = 14) -> list[list[int]]:
    rng = np.random.default_rng(1)
    return [[int(s + step) % items for step in range(7)] for s in rng.integers(items, size=users)]


def interactions() -> Interactions:
    return Interactions.from_sequences(walks(), Items(tuple(str(n) for n in range(14))))


def write_set(folder: Path, name: str = "Tiny") -> Path:
    folder.mkdir(exist_ok=True)
    lines = [" ".join(map(str, [user, *(item + 1 for item in walk)])) for user, walk in enumerate(walks(), 1)]
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_settings(path: Path, **extra: object) -> Path:
    found = {"small": {"network": NETWORK, "training": TRAINING}, **extra}
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def test_the_kept_model_is_the_best_on_validation_and_is_what_was_measured(tmp_path: Path) -> None:
    data = interactions()
    outcome = train_sequence(data, SMALL, seed=0, folder=tmp_path, dtype="float32")
    assert outcome.validation == max(outcome.curve, key=lambda m: m.ndcg)
    assert outcome.best_epoch == outcome.validation.epoch
    assert outcome.test is not None
    assert outcome.test.ndcg > 0.8
    test = leave_one_out(data, "test")
    model = load(tmp_path / MODEL)
    firsts = [model.recommend(one, 1).rows[0] for one in test.histories]
    assert np.mean(firsts == test.targets) > 0.5


def test_neither_the_test_nor_without_refit_the_validation_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[list[list[int]]] = []
    whole = sequence.SequenceTransformer.fit

    def watched(self: sequence.SequenceTransformer, data: Interactions, **given: object) -> object:
        learnt.append([rows.tolist() for rows in data.sequences()])
        return whole(self, data, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(sequence.SequenceTransformer, "fit", watched)
    first = train_sequence(interactions(), SMALL, seed=0, folder=tmp_path / "a", dtype="float32")
    again = train_sequence(interactions(), SMALL, seed=0, folder=tmp_path / "b", refit_epochs=3, dtype="float32")
    assert learnt == [[walk[:-2] for walk in walks()], [walk[:-1] for walk in walks()]]
    assert not first.refit
    assert (again.refit, again.epochs, again.validation) == (True, 3, None)


def test_a_comparison_does_not_look_at_the_test(tmp_path: Path) -> None:
    outcome = train_sequence(interactions(), SMALL, seed=0, folder=tmp_path, sample=10, test=False, dtype="float32")
    assert outcome.test is None


def test_one_command_trains_all_and_goes_on_with_what_has_no_result(tmp_path: Path) -> None:
    data, out = write_set(tmp_path / "data"), tmp_path / "out"
    settings = write_settings(tmp_path / "settings.json")
    command = ["--data", str(data), "--out", str(out), "--sets", "Tiny", "--settings", str(settings)]
    command += ["--dtype", "float32", "--seeds"]
    assert main([*command, "0"]) == 0
    first = records(out / RESULTS)
    assert [(line["data"], line["setting"], line["seed"], line["refit"]) for line in first] == [
        ("Tiny", "small", 0, False)
    ]
    assert first[0]["test"]["recall"] > 0
    assert first[0]["network"] == NETWORK
    assert not list(out.rglob(CHECKPOINT))
    assert main([*command, "0", "1", "--refit"]) == 0
    lines = records(out / RESULTS)
    assert lines[0] == first[0]
    assert sorted((line["seed"], line["refit"]) for line in lines) == [(0, False), (0, True), (1, False), (1, True)]
    assert "test R@10" in (out / "runs.log").read_text(encoding="utf-8")
    before = (out / RESULTS).read_bytes()
    assert main([*command, "0", "1", "--refit"]) == 0
    assert (out / RESULTS).read_bytes() == before


def test_a_stopped_command_goes_on_to_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, settings = write_set(tmp_path / "data"), write_settings(tmp_path / "settings.json")

    def command(out: str) -> list[str]:
        return [
            "--data", str(data), "--out", str(tmp_path / out), "--sets", "Tiny", "--settings", str(settings),
            "--seeds", "0", "--dtype", "float32",
        ]  # fmt: skip

    assert main(command("whole")) == 0
    with monkeypatch.context() as patch:
        calls = iter(range(1000))

        class Stopping:
            def __enter__(self) -> object:
                return lambda: next(calls) == 5

            def __exit__(self, *_: object) -> None:
                return None

        patch.setattr(sequence, "stop_requested", Stopping)
        assert main(command("cut")) == 1
    assert (tmp_path / "cut/Tiny/small-0" / CHECKPOINT).is_file()
    assert main(command("cut")) == 0
    measured = [records(tmp_path / out / RESULTS)[0] for out in ("whole", "cut")]
    assert measured[0]["curve"] == measured[1]["curve"]
    assert measured[0]["test"] == measured[1]["test"]


def test_validation_selects_and_comparisons_are_remembered(tmp_path: Path) -> None:
    data, out = write_set(tmp_path / "data"), tmp_path / "out"
    slow = {"network": NETWORK, "training": {**TRAINING, "rate": 1e-7}}
    settings = write_settings(tmp_path / "settings.json", slow=slow)
    # The one that learns nothing stands first, so that it would be taken without a comparison.
    stated = json.loads(settings.read_text())
    settings.write_text(json.dumps({"slow": stated["slow"], "small": stated["small"]}), encoding="utf-8")
    command = [
        "--data", str(data), "--out", str(out), "--sets", "Tiny", "--settings", str(settings), "--seeds", "3",
        "--select", "4", "--dtype", "float32",
    ]  # fmt: skip
    assert main(command) == 0
    compared = records(out / SELECTION)
    assert [line["setting"] for line in compared] == ["slow", "small"]
    assert all("test" not in line for line in compared)
    assert compared[1]["ndcg"] > compared[0]["ndcg"]
    assert [line["setting"] for line in records(out / RESULTS)] == ["small"]
    assert main(command) == 0
    assert records(out / SELECTION) == compared


def test_a_result_that_was_cut_short_is_left_out_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / RESULTS
    append(path, {"a": 1})
    with path.open("a", encoding="utf-8") as handle:
        handle.write('{"a": 2')
    assert records(path) == [{"a": 1}]
    append(path, {"a": 3})
    assert records(path) == [{"a": 1}, {"a": 3}]
    path.write_text('{"a"\n{"a": 3}\n', encoding="utf-8")
    with pytest.raises(TrainingError, match="line 1"):
        records(path)


def test_attributes_are_read_beside_the_sequences(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    (folder / "Tiny_item2attributes.json").write_text('{"2": [7, 8]}', encoding="utf-8")
    items = read_set(folder, "Tiny").items
    assert items.categories is not None
    assert items.categories[items.rows["2"]] == ("7", "8")
    assert items.categories[items.rows["3"]] == ()
    (folder / "Tiny_item2attributes.json").write_text("[", encoding="utf-8")
    with pytest.raises(TrainingError, match="Tiny_item2attributes"):
        read_set(folder, "Tiny")


@pytest.mark.parametrize("text", ["{", "{}", '{"a": {"net": {}}}', '{"a": {"network": {"wide": 3}}}', '{"a": 3}'])
def test_settings_that_cannot_be_used_are_refused_before_anything_is_trained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_settings(path)


def test_a_missing_data_set_ends_the_command_with_its_name(tmp_path: Path) -> None:
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--sets", "Nowhere"]) == 1
    assert "Nowhere" in (tmp_path / "out/runs.log").read_text(encoding="utf-8")


def test_the_built_in_settings_can_be_used() -> None:
    names = [setting.name for setting in sequence_runs.SETTINGS]
    assert len(set(names)) == len(names)
    for setting in sequence_runs.SETTINGS:
        assert setting.model(seed=1).options["seed"] == 1
