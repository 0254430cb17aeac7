"""BM25 over both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import product

from assistant.retrieval.keywords import Keywords

ROWS = [
    product("A", "Red wool scarf", zh="红色羊毛围巾"),
    product("B", "Steel frying pan", zh="不锈钢平底锅", description="Not a scarf."),
    product("C", "🎉", category=()),
]


@pytest.fixture(params=["built", "loaded"])
def keywords(request: pytest.FixtureRequest, tmp_path: Path) -> Keywords:
    built = Keywords.build(ROWS)
    if request.param == "built":
        return built
    built.save(tmp_path / "bm25")
    return Keywords.load(tmp_path / "bm25", len(ROWS))


@pytest.mark.parametrize(("text", "best"), [("scarves", 0), ("frying pan", 1), ("羊毛围巾", 0), ("平底锅", 1)])
def test_the_right_row_scores_highest(keywords: Keywords, text: str, best: int) -> None:
    scores = keywords.scores(text)
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert int(scores.argmax()) == best
    assert scores[best] > 0


@pytest.mark.parametrize("text", ["", "zorbulator", "🎉", "\x00", "的"])
def test_unknown_words_score_nothing(keywords: Keywords, text: str) -> None:
    assert not keywords.scores(text).any()


def test_saying_a_word_twice_changes_nothing(keywords: Keywords) -> None:
    np.testing.assert_array_equal(keywords.scores("scarf"), keywords.scores("scarf scarf"))


NAMED = [
    product("computer", "Notebook computer", zh="笔记本电脑"),
    product("sleeve", "Laptop sleeve", zh="内胆包"),
    product("headphones", "Bluetooth headphones"),
    product("bottle", "Water bottle"),
    product("boots", "Waterproof boots"),
    product("holder", "Phone holder"),
    product("tooth", "Tooth brush"),
    product("jewel", "Steel earring"),
]
ROW = {p.sku: i for i, p in enumerate(NAMED)}


@pytest.fixture(scope="module")
def named() -> Keywords:
    return Keywords.build(NAMED)


def test_of_the_names_of_a_thing_the_best_counts_and_less_than_own_words(named: Keywords) -> None:
    laptop, notebook = named.scores("laptop"), named.scores("notebook computer")
    group = named.scores("", [("laptop", "notebook computer", "zorbulator")])
    np.testing.assert_allclose(group, 0.4 * np.maximum(laptop, notebook), rtol=1e-5)
    assert group[ROW["computer"]] > 0
    assert group[ROW["sleeve"]] > 0
    beside = named.scores("laptop", [("laptop", "notebook computer")])
    np.testing.assert_allclose(beside, laptop + group, rtol=1e-5)
    # The words that were said still lead.
    assert int(beside.argmax()) == ROW["sleeve"]


def test_a_row_with_two_names_of_one_thing_is_not_counted_twice() -> None:
    rows = [product("both", "Rabbit bunny"), product("one", "Rabbit mug"), product("none", "Oak table")]
    keywords = Keywords.build(rows)
    one, two = keywords.scores("rabbit"), keywords.scores("bunny")
    both = keywords.scores("", [("rabbit", "bunny", "rabbit")])
    assert both[0] == pytest.approx(0.4 * max(one[0], two[0]), rel=1e-5)
    assert both[0] < 0.4 * (one[0] + two[0])


def test_the_shares_of_different_things_add_up(named: Keywords) -> None:
    one, two = named.scores("", [("water",)]), named.scores("", [("bottle", "flask")])
    both = named.scores("", [("water",), ("bottle", "flask")])
    np.testing.assert_allclose(both, one + two, rtol=1e-5)
    assert both[ROW["bottle"]] > max(one[ROW["bottle"]], two[ROW["bottle"]]) > 0


def test_a_name_in_the_other_language_finds_what_the_text_alone_does_not(named: Keywords) -> None:
    assert (
        named.scores("ordenador", [("笔记本电脑",)])[ROW["computer"]] > named.scores("ordenador")[ROW["computer"]] == 0
    )


@pytest.mark.parametrize("names", [(), ((),), (("",),), (("zorbulator", "的"),)])
def test_empty_and_unknown_names_change_nothing(named: Keywords, names: tuple[tuple[str, ...], ...]) -> None:
    np.testing.assert_array_equal(named.scores("water bottle", names), named.scores("water bottle"))


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("ear ring", "jewel"),  # joined
        ("waterbottle", "bottle"),  # parted
        ("toothbrush", "tooth"),
        ("watrproof", "boots"),  # a letter missing
        ("bluetootth", "headphones"),  # added
        ("laptup", "sleeve"),  # changed
        ("botlte", "bottle"),  # swapped
    ],
)
def test_other_spellings_find_it(named: Keywords, text: str, sku: str) -> None:
    scores = named.scores(text)
    assert int(scores.argmax()) == ROW[sku]
    assert scores[ROW[sku]] > 0


def test_a_spelling_counts_less_than_what_was_written(named: Keywords) -> None:
    assert 0 < named.scores("botle")[ROW["bottle"]] < named.scores("bottle")[ROW["bottle"]]
    # "head phones" holds a word of the phone holder as it stands, so that leads; both are found.
    scores = named.scores("head phones")
    assert scores[ROW["holder"]] > scores[ROW["headphones"]] > 0


@pytest.mark.parametrize("text", ["bottle", "waterproof", "phone holder"])
def test_known_words_are_not_respelt(named: Keywords, text: str) -> None:
    found = {NAMED[i].sku for i in np.flatnonzero(named.scores(text))}
    assert found == {p.sku for p in NAMED if set(text.split()) & set(p.title.lower().split())}


@pytest.mark.parametrize("text", ["xylotomb", "qwrtz", "bo", "12345", "battle4", "保温坏"])
def test_what_resembles_nothing_stays_unknown(named: Keywords, text: str) -> None:
    assert not named.scores(text).any()


def test_mending_survives_saving(tmp_path: Path) -> None:
    Keywords.build(NAMED).save(tmp_path / "bm25")
    loaded = Keywords.load(tmp_path / "bm25", len(NAMED))
    for text in ("watrproof", "waterbottle", "head phones"):
        np.testing.assert_array_equal(loaded.scores(text), Keywords.build(NAMED).scores(text))
