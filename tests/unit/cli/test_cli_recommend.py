"""``assistant recommend``, and where its recommender comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import engine_of
from fakes import HashEncoder
from small_shop import SHELF

from assistant.assembly import Parts
from assistant.cli.recommend import answer
from assistant.companions import Companions
from assistant.errors import RecordError, TrainingError, UnknownProductError
from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.neighbours import ItemNeighbours
from assistant.recommendation.registry import make
from assistant.server.shelf import Shelf
from assistant.settings import Settings
from assistant.training.recommender import Recipe, train_recommender

SKUS = tuple(p.sku for p in SHELF)


def walks() -> Interactions:
    return Interactions.from_sequences([[u % len(SKUS), (u + 1) % len(SKUS)] for u in range(40)], Items(SKUS))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Any:
    engine = engine_of(tmp_path_factory.mktemp("recommend"), SHELF, HashEncoder(), lexicon)
    model = make("hybrid", parts={"popularity": {}, "item-knn": {}}).fit(walks())
    companions = Companions(engine, Complements.load(lexicon), model)
    return Shelf(None, engine, companions, None)  # type: ignore[arg-type]


def test_an_answer_per_contract_with_parts_that_sum_up(shelf: Any) -> None:
    found = answer(shelf, "a", {"id": "a", "history": [SKUS[0]]}, 5)
    assert set(found) == {"id", "skus", "scores", "parts"}
    assert len(found["skus"]) == len(found["scores"]) == len(found["parts"]) <= 5
    assert SKUS[0] not in found["skus"]
    assert max(parts["behaviour"] for parts in found["parts"]) > 0
    for parts in found["parts"]:
        inside = sum(value for name, value in parts.items() if name.startswith("behaviour:"))
        assert inside == pytest.approx(parts["behaviour"], abs=2e-3)


def test_across_categories_nothing_is_of_the_anchor_s_type(shelf: Any) -> None:
    found = answer(shelf, 1, {"id": 1, "history": [SKUS[0]], "cross_category": True}, 5)
    own = SHELF[0].type
    assert found["skus"]
    assert all(SHELF[SKUS.index(sku)].type != own for sku in found["skus"])


@pytest.mark.parametrize("across", [True, False])
def test_somebody_new_is_shown_what_is_rated_best(shelf: Any, across: bool) -> None:
    found = answer(shelf, 1, {"id": 1, "history": [], "cross_category": across}, 5)
    assert found["skus"]
    assert found["scores"] == sorted(found["scores"], reverse=True)
    rated = {p.sku: p for p in SHELF}
    in_stock = [sku for sku in found["skus"] if rated[sku].in_stock]
    assert all(0 < parts["popularity"] <= 1 for parts in found["parts"])
    assert found["skus"][: len(in_stock)] == in_stock


def test_what_cannot_be_answered_is_said(shelf: Any) -> None:
    with pytest.raises(RecordError, match="history"):
        answer(shelf, 1, {"history": "nothing"}, 5)
    with pytest.raises(UnknownProductError, match="nothing"):
        answer(shelf, 1, {"history": ["nothing"]}, 5)


def test_the_recommender_is_the_one_in_the_data_folder(tmp_path: Path) -> None:
    def parts() -> Parts:
        return Parts(Settings(data=tmp_path))

    assert parts().recommender is None
    train_recommender(walks(), tmp_path / "recommender", Recipe("item-knn", {}))
    assert isinstance(parts().recommender, ItemNeighbours)
    (tmp_path / "recommender" / "current.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match="cannot be read"):
        _ = parts().recommender
