"""The commands as they are called: what they print and how they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.evaluate import app as evaluate
from assistant.cli.train import app as train
from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.reading import read_interactions
from assistant.recommendation.registry import make
from assistant.recommendation.splits import leave_one_out

CONTRACT = ("hr@10", "ndcg@10", "mrr@10", "recall@10", "coverage", "novelty", "intra_list_diversity")


@pytest.fixture
def sequences(tmp_path: Path) -> Path:
    path = tmp_path / "shop.txt"
    lines = [f"{user} " + " ".join(str((user * 7 + step) % 20 + 1) for step in range(6)) for user in range(1, 50)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    rows = [
        {
            "user_id": f"u{u}",
            "sku": f"s{(u + k) % 12}",
            "event": "view",
            "timestamp": f"2026-01-{1 + u % 20 + k:02d}T00:00:00Z",
        }
        for u in range(40)
        for k in range(5)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def last(output: str) -> dict[str, object]:
    found = json.loads(output.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_one_object_with_the_figures_of_the_contract_is_the_last_line(sequences: Path) -> None:
    arguments = ["recommender", "--data", str(sequences), "--model", "sequential-rules", "--model", "popularity"]
    run = CliRunner().invoke(evaluate, [*arguments, "--protocol", "leave-one-out"], catch_exceptions=False)
    figures = last(run.stdout)
    assert run.exit_code == 0
    assert all(isinstance(figures[name], float) for name in CONTRACT)
    assert figures["model"] == "sequential-rules"
    assert run.stdout.startswith("| model |")


def test_a_time_split_needs_times(sequences: Path, tmp_path: Path) -> None:
    arguments = ["--model", "popularity", "--protocol", "time-split"]
    run = CliRunner().invoke(
        evaluate, ["recommender", "--data", str(events(tmp_path)), *arguments], catch_exceptions=False
    )
    assert last(run.stdout)["protocol"] == "time-split"
    with pytest.raises(TrainingError, match="leave-one-out"):
        CliRunner().invoke(evaluate, ["recommender", "--data", str(sequences), *arguments], catch_exceptions=False)


def test_options_and_data_that_cannot_be_used_are_told(sequences: Path) -> None:
    ask = ["recommender", "--data", str(sequences), "--model", "popularity"]
    assert CliRunner().invoke(evaluate, [*ask, "--options", "{"]).exit_code == 2
    assert CliRunner().invoke(evaluate, [*ask, "--options", '{"popularity": 3}']).exit_code == 2
    with pytest.raises(ConfigurationError, match="2 times"):
        CliRunner().invoke(evaluate, [*ask, "--data", str(sequences)], catch_exceptions=False)


def test_train_then_a_worse_one_then_back(sequences: Path, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    ask = ["recommender", "--data", str(sequences), "--output", str(folder)]
    good = CliRunner().invoke(train, [*ask, "--model", "sequential-rules"], catch_exceptions=False)
    assert last(good.stdout)["promoted"] is True
    with pytest.raises(TrainingError, match="ranks worse"):
        CliRunner().invoke(train, [*ask, "--model", "popularity"], catch_exceptions=False)
    again = CliRunner().invoke(train, [*ask, "--model", "sequential-rules"], catch_exceptions=False)
    assert last(again.stdout)["promoted"] is True
    back = CliRunner().invoke(train, ["recommender", "--output", str(folder), "--rollback"], catch_exceptions=False)
    assert last(back.stdout)["version"] == "0001"


def shelf(tmp_path: Path) -> Path:
    path = tmp_path / "products.jsonl"
    rows = [
        {"sku": f"s{n}", "title": f"Thing {n}", "price": 5.0 + n, "currency": "USD", "brand": f"b{n % 3}",
         "category": ["things", f"type {n % 4}"]}
        for n in range(1, 15)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_a_catalogue_gives_brands_prices_categories_and_items_nobody_met(tmp_path: Path) -> None:
    ask = ["recommender", "--data", str(events(tmp_path)), "--catalog", str(shelf(tmp_path)), "--model", "popularity"]
    run = CliRunner().invoke(
        evaluate, [*ask, "--options", '{"popularity": {"by_category": 4}}'], catch_exceptions=False
    )
    figures = last(run.stdout)
    assert {"gini_brands", "gini_price_bands"} <= set(figures)
    assert figures["items"] == 14
    assert "events of products not in" in run.stderr  # s0
    plain = last(CliRunner().invoke(evaluate, [*ask[:3], *ask[5:]], catch_exceptions=False).stdout)
    assert "gini_brands" not in plain
    assert CliRunner().invoke(evaluate, [*ask[:3], *ask[5:], "--text"]).exit_code == 2


def test_training_over_a_catalogue(tmp_path: Path) -> None:
    ask = ["recommender", "--data", str(events(tmp_path)), "--output", str(tmp_path / "v"), "--model"]
    given = ["--catalog", str(shelf(tmp_path))]
    assert last(CliRunner().invoke(train, [*ask, "popularity", *given], catch_exceptions=False).stdout)["items"] == 14
    with pytest.raises(TrainingError, match="--catalog"):
        CliRunner().invoke(train, [*ask, "private-knn"], catch_exceptions=False)


@pytest.fixture
def trained(sequences: Path, tmp_path: Path) -> Path:
    """A set's folder as the sequence trainings leave it, with a Transformer of seed 0."""
    train_split = leave_one_out(read_interactions(sequences)).train
    small = {"network": {"width": 8, "length": 8}, "training": {"epochs": 15, "positions": 64, "rate": 0.01}}
    make("sequence", **small, device="cpu").fit(train_split).save(tmp_path / "runs" / "next-1-0" / "model")
    return tmp_path / "runs"


def test_a_trained_transformer_joins_the_hybrid_and_the_curve_is_drawn(
    sequences: Path, trained: Path, tmp_path: Path
) -> None:
    parts = {"hybrid": {"parts": {"popularity": {}, "sequential-rules": {}}}}
    drawn = tmp_path / "curve.svg"
    ask = ["recommender", "--data", str(sequences), "--with-sequence", str(trained), "--curve", str(drawn)]
    run = CliRunner().invoke(
        evaluate,
        [*ask, "--model", "hybrid", "--model", "sequence", "--options", json.dumps(parts)],
        catch_exceptions=False,
    )
    figures = last(run.stdout)
    models = figures["models"]
    assert isinstance(models, dict)
    assert set(models["hybrid"]["weights"]) == {"popularity", "sequential-rules", "sequence"}
    assert models["sequence"]["fit_seconds"] < 5
    curve = figures["curve"]
    assert isinstance(curve, list)
    assert curve[0]["weight"] == 0.0
    assert {"ndcg@10", "intra_list_diversity", "coverage", "gini_items"} <= set(curve[0])
    assert drawn.read_text(encoding="utf-8").startswith("<?xml")


def test_a_transformer_that_does_not_fit_is_refused(sequences: Path, trained: Path, tmp_path: Path) -> None:
    def ask(*given: str, data: Path = sequences) -> None:
        CliRunner().invoke(
            evaluate, ["recommender", "--data", str(data), "--model", "sequence", *given], catch_exceptions=False
        )

    with pytest.raises(TrainingError, match="--no-refit"):
        ask("--with-sequence", str(trained), "--refit")
    with pytest.raises(TrainingError, match="0 trained Transformers for the seed 7"):
        ask("--with-sequence", str(trained), "--seed", "7")
    other = tmp_path / "other.txt"
    other.write_text(sequences.read_text(encoding="utf-8") + "\n99 31 32 33 34", encoding="utf-8")
    with pytest.raises(TrainingError, match="other items"):
        ask("--with-sequence", str(trained), data=other)
    (trained / "next-1-0").rename(trained / "next-1-0-refit")
    with pytest.raises(TrainingError, match="validation events"):
        ask("--with-sequence", str(trained / "next-1-0-refit"))
    with pytest.raises(ConfigurationError, match=r"\.png or \.svg"):
        ask("--curve", str(tmp_path / "curve.txt"))
