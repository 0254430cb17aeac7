from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.neighbours import SequentialRules
from assistant.recommendation.popularity import Popularity
from assistant.training import recommender
from assistant.training.recommender import Recipe, current, load_current, roll_back, train_recommender

N = 20
RULES = Recipe("sequential-rules", {})
POPULAR = Recipe("popularity", {})


def cycles(users: int = 60) -> Interactions:
    items = Items(tuple(map(str, range(N))))
    return Interactions.from_sequences([[(user * 7 + k) % N for k in range(6)] for user in range(users)], items)


def test_the_first_version_answers_and_a_better_one_takes_over(tmp_path: Path) -> None:
    first = train_recommender(cycles(), tmp_path, POPULAR)
    assert first["promoted"]
    assert first["current"] is None
    second = train_recommender(cycles(), tmp_path, RULES)
    assert second["promoted"]
    assert second["held_out"]["ndcg@10"] > second["current"]["ndcg@10"]
    assert isinstance(load_current(tmp_path), SequentialRules)
    assert load_current(tmp_path).recommend(History.of([3, 4]), 1).rows.tolist() == [5]


def test_a_worse_one_is_kept_and_does_not_answer(tmp_path: Path) -> None:
    train_recommender(cycles(), tmp_path, RULES)
    report = train_recommender(cycles(), tmp_path, POPULAR)
    assert not report["promoted"]
    assert isinstance(load_current(tmp_path), SequentialRules)
    assert (tmp_path / "versions" / report["version"] / "report.json").is_file()


def test_rollback_goes_back_and_forth_between_two(tmp_path: Path) -> None:
    train_recommender(cycles(), tmp_path, POPULAR)
    train_recommender(cycles(), tmp_path, RULES)
    assert roll_back(tmp_path).name == "0001"
    assert isinstance(load_current(tmp_path), Popularity)
    assert roll_back(tmp_path).name == "0002"


def test_without_an_earlier_version_rollback_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no earlier version"):
        roll_back(tmp_path)
    with pytest.raises(TrainingError, match="train recommender"):
        load_current(tmp_path)


def test_old_versions_are_removed(tmp_path: Path) -> None:
    for _ in range(4):
        train_recommender(cycles(), tmp_path, RULES, keep=2)
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == ["0003", "0004"]
    train_recommender(cycles(), tmp_path, RULES, keep=1)
    assert [path.name for path in (tmp_path / "versions").iterdir()] == ["0005"]
    with pytest.raises(TrainingError, match="no earlier version"):
        roll_back(tmp_path)


def test_a_training_that_was_cut_off_does_not_measure_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_recommender(cycles(), tmp_path, POPULAR)
    calls: list[str] = []
    measure, replace = recommender._measure, recommender._replace
    monkeypatch.setattr(
        recommender, "_measure", lambda recipe, *rest: calls.append(recipe.model) or measure(recipe, *rest)
    )

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recommender, "_replace", cut)
    with pytest.raises(KeyboardInterrupt):
        train_recommender(cycles(), tmp_path, RULES)
    assert calls == ["sequential-rules", "popularity"]
    assert isinstance(load_current(tmp_path), Popularity)
    monkeypatch.setattr(recommender, "_replace", replace)
    report = train_recommender(cycles(), tmp_path, RULES)
    assert calls == ["sequential-rules", "popularity"]
    assert report["version"] == "0002"
    assert isinstance(load_current(tmp_path), SequentialRules)
    assert not (tmp_path / "run.json").exists()


def test_other_events_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = recommender._replace

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recommender, "_replace", cut)
    with pytest.raises(KeyboardInterrupt):
        train_recommender(cycles(), tmp_path, RULES)
    monkeypatch.setattr(recommender, "_replace", replace)
    assert train_recommender(cycles(50), tmp_path, RULES)["users"] == 50


def test_who_is_forgotten_leaves_no_trace_in_the_next_version(tmp_path: Path) -> None:
    """One shopper alone went from 2 to 12; without them nothing says that 12 follows 2."""
    data = cycles()
    items = data.items
    sequences = [one.tolist() for one in data.sequences()]
    with_them = Interactions.from_sequences([*sequences, [2, 12, 5]], items)
    train_recommender(with_them, tmp_path, RULES)
    assert load_current(tmp_path).scores([History.of([2])])[0, 12] > 0
    train_recommender(Interactions.from_sequences(sequences, items), tmp_path, RULES, keep=1)
    clean = SequentialRules().fit(data)
    np.testing.assert_array_equal(load_current(tmp_path).scores([History.of([2])]), clean.scores([History.of([2])]))
    assert clean.scores([History.of([2])])[0, 12] == 0
    assert len(list((tmp_path / "versions").iterdir())) == 1


def left_one(tmp_path: Path) -> Interactions:
    """Trains on everybody and on one more, who alone went from 2 to 12; gives the events without that one."""
    told = [one.tolist() for one in cycles().sequences()]
    train_recommender(cycles(), tmp_path, POPULAR)
    train_recommender(Interactions.from_sequences([*told, [2, 12, 5]], cycles().items), tmp_path, RULES)
    return cycles()


def test_who_left_goes_from_every_version_whatever_the_figures_say(tmp_path: Path) -> None:
    """The new recipe is worse and refused; what answers is the standing recipe, fitted without who left."""
    report = train_recommender(left_one(tmp_path), tmp_path, POPULAR)
    assert not report["promoted"]
    assert report["forgotten"] == 1
    model = load_current(tmp_path)
    assert isinstance(model, SequentialRules)
    assert model.scores([History.of([2])])[0, 12] == 0
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == [report["version"], "0004"]
    with pytest.raises(TrainingError, match="no earlier version"):
        roll_back(tmp_path)
    # Nobody else left: the next one is held to the gate again and may be rolled back.
    assert train_recommender(cycles(), tmp_path, RULES)["forgotten"] == 0
    assert roll_back(tmp_path).name == "0004"


def test_a_better_recipe_takes_over_when_somebody_left(tmp_path: Path) -> None:
    told = [one.tolist() for one in cycles().sequences()]
    train_recommender(Interactions.from_sequences([*told, [2, 12, 5]], cycles().items), tmp_path, POPULAR)
    assert train_recommender(cycles(), tmp_path, RULES)["promoted"]
    assert [path.name for path in (tmp_path / "versions").iterdir()] == ["0002"]


def test_who_left_and_came_back_has_left(tmp_path: Path) -> None:
    train_recommender(stamped(), tmp_path, RULES)
    data = stamped(later=1)
    keep = (data.users != 3) | (data.times > stamped().times.max())
    report = train_recommender(data.select(keep), tmp_path, RULES)
    assert report["forgotten"] == 1
    assert report["promoted"]
    assert [path.name for path in (tmp_path / "versions").iterdir()] == ["0002"]


def test_pseudonyms_are_not_written_down(tmp_path: Path) -> None:
    data = Interactions.from_sequences([[0, 1, 2], [1, 2, 3]], cycles().items, ["pseudonym-a", "pseudonym-b"])
    train_recommender(data, tmp_path, RULES)
    assert not any("pseudonym" in path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file())


def test_when_everybody_left_nothing_answers(tmp_path: Path) -> None:
    train_recommender(cycles(), tmp_path, RULES)
    with pytest.raises(TrainingError, match="no events"):
        train_recommender(cycles().select(np.zeros(len(cycles()), dtype=bool)), tmp_path, RULES)
    assert current(tmp_path) is None
    assert not list((tmp_path / "versions").iterdir())


def stamped(later: int = 0, *, broken: bool = False) -> Interactions:
    """Everybody goes round the circle, an item a day; ``broken``: what came since the first days is drawn by chance."""
    steps = 6 + 2 * later
    users, days = np.repeat(np.arange(60), steps), np.tile(np.arange(steps), 60)
    rows = (users * 7 + days) % N
    if broken:
        rows = np.where(days >= 1, np.random.default_rng(0).integers(0, N, len(rows)), rows)
    return Interactions.build(users, rows, days * 86400.0, cycles().items, list(map(str, range(60))))


def test_the_same_recipe_is_measured_on_what_came_since(tmp_path: Path) -> None:
    first = train_recommender(stamped(), tmp_path, RULES)
    assert first["until"] == 5 * 86400.0
    second = train_recommender(stamped(later=1), tmp_path, RULES)
    assert second["promoted"]
    assert second["current"]["version"] == "0001"
    assert second["current"]["questions"] == 60
    assert second["current"]["ndcg@10"] > 0.9


def test_the_same_recipe_on_broken_events_is_refused(tmp_path: Path) -> None:
    train_recommender(stamped(), tmp_path, RULES)
    report = train_recommender(stamped(broken=True), tmp_path, RULES)
    assert not report["promoted"]
    assert current(tmp_path).name == "0001"  # type: ignore[union-attr]


def test_the_standing_model_is_asked_in_its_own_rows(tmp_path: Path) -> None:
    train_recommender(stamped(), tmp_path, RULES)
    items = Items(("new", *reversed(cycles().items.ids)))
    report = train_recommender(stamped(later=1).over(items), tmp_path, RULES)
    assert report["current"]["ndcg@10"] > 0.9
    assert report["promoted"]


def test_a_private_version_keeps_exact_figures_to_itself_and_losses_add_up(tmp_path: Path) -> None:
    pytest.importorskip("opendp")
    recipe = Recipe("private-knn", {"epsilon": 2.0})
    with pytest.raises(TrainingError, match="catalogue"):
        train_recommender(stamped(), tmp_path, recipe)
    first = train_recommender(stamped(), tmp_path, recipe, catalogued=True)
    second = train_recommender(stamped(later=1), tmp_path, recipe, catalogued=True, keep=1)
    assert set(first) == {"version", "model", "options", "items", "promoted", "privacy", "seconds"}
    assert set(first["privacy"]) == {"epsilon", "delta", "threshold", "pairs", "all"}
    assert first["privacy"]["all"]["releases"] == 1
    assert second["privacy"]["all"]["releases"] == 2
    assert 3.9 < second["privacy"]["all"]["epsilon"] <= 4.0
    assert sorted(path.name for path in (tmp_path / "versions" / "0002").iterdir()) == [
        "arrays.safetensors",
        "items.json",
        "manifest.json",
        "report.json",
    ]


def test_damaged_folders_and_no_events_are_errors(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no events"):
        train_recommender(Interactions.from_sequences([[]], Items(("a",))), tmp_path, RULES)
    (tmp_path / "current.json").write_text(json.dumps({"version": "0009", "previous": None}), encoding="utf-8")
    with pytest.raises(TrainingError, match="0009"):
        current(tmp_path)
    (tmp_path / "current.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match="cannot be read"):
        current(tmp_path)
