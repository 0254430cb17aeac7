"""BM25 over both languages."""

from __future__ import annotations

from pathlib import Path

import bm25s
import numpy as np
import pytest
from builders import product

from assistant.retrieval import keywords as keywords_module
from assistant.retrieval import postings
from assistant.retrieval.keywords import Keywords, KeywordWriter, Named
from assistant.retrieval.text import keyword_document, tokens

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
    group = named.scores("", [Named("laptop", ("laptop", "notebook computer", "zorbulator"))])
    np.testing.assert_allclose(group, 0.4 * np.maximum(laptop, notebook), rtol=1e-5)
    assert group[ROW["computer"]] > 0
    assert group[ROW["sleeve"]] > 0
    beside = named.scores("laptop", [Named("laptop", ("laptop", "notebook computer"))])
    np.testing.assert_allclose(beside, np.maximum(laptop, group), rtol=1e-5)
    # The words that were said still lead.
    assert int(beside.argmax()) == ROW["sleeve"]


def test_a_row_with_two_names_of_one_thing_is_not_counted_twice() -> None:
    rows = [product("both", "Rabbit bunny"), product("one", "Rabbit mug"), product("none", "Oak table")]
    keywords = Keywords.build(rows)
    one, two = keywords.scores("rabbit"), keywords.scores("bunny")
    both = keywords.scores("", [Named("rabbit", ("rabbit", "bunny", "rabbit"))])
    assert both[0] == pytest.approx(0.4 * max(one[0], two[0]), rel=1e-5)
    assert both[0] < 0.4 * (one[0] + two[0])


def test_the_shares_of_different_things_add_up(named: Keywords) -> None:
    water, bottle = Named("water", ("water",)), Named("bottle", ("bottle", "flask"))
    one, two = (named.scores("", [thing]) for thing in (water, bottle))
    both = named.scores("", [water, bottle])
    np.testing.assert_allclose(both, one + two, rtol=1e-5)
    assert both[ROW["bottle"]] > max(one[ROW["bottle"]], two[ROW["bottle"]]) > 0


def test_a_name_in_the_other_language_finds_what_the_text_alone_does_not(named: Keywords) -> None:
    assert (
        named.scores("ordenador", [Named("ordenador", ("笔记本电脑",))])[ROW["computer"]]
        > named.scores("ordenador")[ROW["computer"]]
        == 0
    )


@pytest.mark.parametrize("names", [(), ((),), (("",),), (("zorbulator", "的"),)])
def test_empty_and_unknown_names_change_nothing(named: Keywords, names: tuple[tuple[str, ...], ...]) -> None:
    things = [Named("bottle", of_one) for of_one in names]
    np.testing.assert_allclose(named.scores("water bottle", things), named.scores("water bottle"), rtol=1e-6)


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


MANY = [
    product(f"S{i}", title, description=f"{title} number {i % 7}", category=("home", title.split()[-1]))
    for i, title in enumerate(["Clay vase", "Glass vase", "Wool scarf", "花瓶", "", "Steel pan pan pan"] * 20)
    if title
]


@pytest.mark.parametrize("held", [1 << 22, 64])
def test_scores_are_those_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(postings, "_HELD", held)
    monkeypatch.setattr(keywords_module, "_CHUNK", 100)
    writer = KeywordWriter(tmp_path / "bm25")
    for start in range(0, len(MANY), 7):
        writer.add(MANY[start : start + 7])
    ours = writer.finish()
    library = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    library.index([keyword_document(p) for p in MANY], show_progress=False)
    for text in ("vase", "glass vase", "花瓶", "steel pan", "s17", "number 3"):
        wanted = [t for t in dict.fromkeys(tokens(text)) if t in library.vocab_dict]
        assert wanted, text
        expected = sum(np.asarray(library.get_scores([t])) for t in wanted)
        np.testing.assert_allclose(ours._of(tokens(text)), expected, atol=1e-5)
    assert not list((tmp_path / "bm25").glob("counts.*"))


def test_keywords_of_other_rows_are_refused(tmp_path: Path) -> None:
    Keywords.build(ROWS).save(tmp_path)
    with pytest.raises(ValueError, match="3 rows for 4"):
        Keywords.load(tmp_path, 4)


def test_what_few_listings_say_mends_nothing_in_a_very_large_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [product(f"S{i}", "Wool scarf") for i in range(4)] + [product("odd", "Wool scrof")]
    assert Keywords.build(rows).scores("scrofs").argmax() == 4
    assert Keywords.build(rows).scores("scerf")[:4].all()
    monkeypatch.setattr(keywords_module, "_VOCABULARY", 0)
    assert Keywords.build(rows).scores("scerf")[:4].all()
    assert not Keywords.build(rows).scores("skrof")[4]


def test_where_a_row_is_surely_the_thing_its_other_names_count_for_more(named: Keywords) -> None:
    sure = np.zeros(len(NAMED), dtype=np.bool_)
    sure[ROW["computer"]] = True
    usual = [Named("laptop", ("laptop", "notebook computer"), usual=True)]
    special = [Named("laptop", ("laptop", "notebook computer"))]
    plain = named.scores("laptop", usual)
    raised = named.scores("laptop", usual, sure=sure)
    assert raised[ROW["computer"]] > plain[ROW["computer"]]
    assert np.array_equal(np.delete(raised, ROW["computer"]), np.delete(plain, ROW["computer"]))
    np.testing.assert_array_equal(named.scores("laptop", special, sure=sure), plain)


def test_a_name_is_foreign_where_the_catalogue_is_not_written_in_its_language() -> None:
    english = Keywords.build([product(str(i), title) for i, title in enumerate(["Desk fan", "USB hub", "Tripod"])])
    assert english.foreign("风扇")
    assert english.foreign("usb集线器")
    assert not english.foreign("ventilator")
    both = Keywords.build(ROWS)
    assert not both.foreign("风扇")
    assert not both.foreign("围巾")
