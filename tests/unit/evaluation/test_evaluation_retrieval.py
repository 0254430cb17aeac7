"""Scoring of rankings: queries read with their grades, the measures by hand, intervals, and the rankings compared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import engine_of, product
from fakes import HashEncoder

from assistant.errors import TrainingError
from assistant.evaluation.rankings import CONVERSATION, FUSION, OPEN, rankings, reciprocal_ranks
from assistant.evaluation.retrieval import (
    MEASURES,
    Measured,
    Query,
    Ranker,
    by_language,
    measure,
    read_queries,
    retrieval_figures,
    retrieval_table,
)
from assistant.lexicon import Lexicon
from assistant.understanding import ConstraintParser


def write(path: Path, *rows: Mapping[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- reading


def test_queries_get_their_grades(tmp_path: Path) -> None:
    queries = write(
        tmp_path / "queries.jsonl",
        {"id": "a", "text": "red shoes", "lang": "en"},
        {"id": 7, "text": "红鞋", "lang": "zh"},
        {"id": "b", "text": "hat", "lang": 3},
    )
    grades = write(
        tmp_path / "grades.jsonl",
        {"id": "a", "sku": "S1", "grade": 3},
        {"id": "a", "sku": "S2", "grade": 0},
        {"id": "7", "sku": "S1", "grade": 0.5},
        {"id": "b", "sku": "S3", "grade": 10},
        {"id": "stray", "sku": "S1", "grade": 1},
    )
    read, unscorable = read_queries(queries, grades)
    assert unscorable == 0
    assert read.problems == ()
    assert read.lines == (
        Query("a", "red shoes", "en", {"S1": 3.0, "S2": 0.0}),
        Query("7", "红鞋", "zh", {"S1": 0.5}),
        Query("b", "hat", None, {"S3": 10.0}),
    )
    assert read.lines[0].relevant == {"S1"}


def test_bad_lines_of_both_files_are_named(tmp_path: Path) -> None:
    good = [{"id": str(i), "text": f"query {i}"} for i in range(6)]
    queries = write(
        tmp_path / "q.jsonl", *good, {"text": "no id"}, {"id": "", "text": "x"}, {"id": True, "text": "x"},
        {"id": "n", "text": " "}, "{",
    )  # fmt: skip
    judged = [{"id": str(i), "sku": "S", "grade": 1} for i in range(6)]
    bad: list[Any] = [11, -1, True, "3", None, float("nan")]
    grades = write(tmp_path / "g.jsonl", *judged, *({"id": "0", "sku": "S", "grade": grade} for grade in bad))
    read, _ = read_queries(queries, grades)
    assert len(read.lines) == 6
    assert [p.split(": ")[0] for p in read.problems] == [
        *(f"q.jsonl:{n}" for n in range(7, 12)),
        *(f"g.jsonl:{n}" for n in range(7, 13)),
    ]
    assert all("'id' is missing" in p for p in read.problems[:3])
    assert "'text' is missing" in read.problems[3]
    assert "'grade' must be a number from 0 to 10, got 11" in read.problems[5]
    assert all(q.grades == {"S": 1.0} for q in read.lines)


def test_queries_without_a_right_product_are_counted(tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", *({"id": i, "text": i} for i in "abc"))
    grades = write(tmp_path / "g.jsonl", {"id": "a", "sku": "S", "grade": 0}, {"id": "b", "sku": "S", "grade": 1})
    read, unscorable = read_queries(queries, grades)
    assert [q.id for q in read.lines] == ["b"]
    assert unscorable == 2


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", {"id": "a", "text": "x"})
    grades = write(tmp_path / "g.jsonl", {"id": "b", "sku": "S", "grade": 3})
    with pytest.raises(TrainingError, match=r"no query of q\.jsonl has a product graded above 0 in g\.jsonl"):
        read_queries(queries, grades)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_queries(tmp_path / "absent.jsonl", grades)
    with pytest.raises(TrainingError, match="2 bad of 2 lines"):
        read_queries(queries, write(tmp_path / "bad.jsonl", {"id": "a"}, "[]"))


# --- measuring

Q1 = Query("1", "first", "en", {"A": 3.0, "B": 0.0, "C": 1.0})
Q2 = Query("2", "second", "zh", {"D": 2.0})
Q3 = Query("3", "third", None, {"Z": 1.0})
QUERIES = (Q1, Q2, Q3)
FILLER = [f"F{i}" for i in range(98)]
RANKED = {"first": ["X", "B", "A", "Y", "C"], "second": [*FILLER, "N", "D"], "third": ["A"]}


def ranker(text: str) -> list[str]:
    return RANKED.get(text, [])


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure("hand", QUERIES, ranker)


def test_the_measures_by_hand(measured: Measured) -> None:
    # Gains are 2^grade - 1, so 7 for A and 1 for C; the ideal order is A, C.
    ideal = 7 / math.log2(2) + 1 / math.log2(3)
    plain = 7 / math.log2(4) + 1 / math.log2(6)
    # Without X and Y, which nobody graded, the order is B, A, C.
    judged = 7 / math.log2(3) + 1 / math.log2(4)
    assert measured.name == "hand"
    assert measured.values["ndcg@10"] == pytest.approx([plain / ideal, 0.0, 0.0])
    assert measured.values["ndcg@10_judged"] == pytest.approx([judged / ideal, 1.0, 0.0])
    assert measured.values["mrr@10"] == pytest.approx([1 / 3, 0.0, 0.0])
    assert measured.values["recall@100"] == pytest.approx([1.0, 1.0, 0.0])
    assert len(measured.took) == 3
    assert min(measured.took) >= 0


def test_what_stands_beyond_a_hundred_is_not_recalled() -> None:
    one = measure("late", [Q2], lambda _: [*FILLER, "N", "M", "D"])
    assert one.values["recall@100"] == [0.0]
    assert one.values["ndcg@10_judged"] == [1.0]


def test_no_query_is_asked_twice() -> None:
    asked: list[str] = []

    def spy(text: str) -> list[str]:
        asked.append(text)
        return []

    measure("spy", QUERIES, spy)
    assert asked[1:] == [q.text for q in QUERIES]
    assert asked[0] not in asked[1:]


# --- figures


def run(name: str, *values: float, took: float = 5.0) -> Measured:
    return Measured(name, dict.fromkeys(MEASURES, values), [took] * len(values))


GOOD = run("good", *([0.9, 0.7, 0.8, 1.0] * 25))
POOR = run("poor", *([0.5, 0.4, 0.2, 0.7] * 25))


def test_intervals_hold_the_mean_and_are_wider_where_less_is_known() -> None:
    many, few = retrieval_figures(POOR), retrieval_figures(run("few", 0.5, 0.4, 0.2, 0.7))
    assert (many["queries"], few["queries"]) == (100, 4)
    for name in MEASURES:
        assert many[name] == few[name] == 0.45
        low, high = many["intervals"][name]
        lower, higher = few["intervals"][name]
        assert 0.2 <= lower < low < 0.45 < high < higher <= 0.7
    assert "against" not in many


def test_an_interval_covers_what_the_theory_says() -> None:
    # 100 values of 0 or 1, half of each: the mean lies within 1.96 · 0.5 / 10 of a half.
    low, high = retrieval_figures(run("coin", *([0.0, 1.0] * 50)))["intervals"]["mrr@10"]
    assert low == pytest.approx(0.5 - 0.098, abs=0.015)
    assert high == pytest.approx(0.5 + 0.098, abs=0.015)


def test_figures_depend_on_nothing_but_the_values_and_the_seed() -> None:
    assert retrieval_figures(GOOD, against=POOR) == retrieval_figures(GOOD, against=POOR)
    rough = run("rough", *np.random.default_rng(1).random(40).tolist())
    assert retrieval_figures(rough, seed=1)["intervals"] != retrieval_figures(rough, seed=2)["intervals"]
    assert json.loads(json.dumps(retrieval_figures(GOOD, against=POOR))) == retrieval_figures(GOOD, against=POOR)


def test_the_difference_to_another_ranking_is_paired() -> None:
    against = retrieval_figures(GOOD, against=POOR)["against"]
    assert against["name"] == "poor"
    for name in MEASURES:
        assert against[name]["value"] == 0.45
        assert against[name]["difference"] == pytest.approx(0.4)
        low, high = against[name]["interval"]
        assert 0.3 < low < 0.4 < high < 0.6
    # The same step at every query leaves nothing to chance, however far apart the queries are.
    spread = [0.0, 0.9] * 10
    step = retrieval_figures(run("one", *(v + 0.1 for v in spread)), against=run("other", *spread))["against"]
    assert step["mrr@10"]["interval"] == pytest.approx([0.1, 0.1])
    worse = retrieval_figures(POOR, against=GOOD)["against"]["mrr@10"]
    assert worse["difference"] == pytest.approx(-0.4)
    assert worse["interval"][1] < 0


def test_times_are_percentiles() -> None:
    one = Measured("t", dict.fromkeys(MEASURES, [1.0] * 5), [1.0, 2.0, 3.0, 4.0, 100.0])
    figures = retrieval_figures(one)
    assert figures["ms_p50"] == 3.0
    assert figures["ms_p99"] == pytest.approx(96.16)


def test_languages_are_told_apart(measured: Measured) -> None:
    found = by_language(measured, QUERIES)
    assert list(found) == ["en", "zh"]
    assert found["zh"] == {"ndcg@10": 0.0, "ndcg@10_judged": 1.0, "mrr@10": 0.0, "recall@100": 1.0, "queries": 1}
    assert found["en"]["mrr@10"] == 0.3333
    both = by_language(measured, [Q1, Query("2", "second", "en", {"D": 2.0}), Q3])
    assert both["en"]["queries"] == 2
    assert both["en"]["mrr@10"] == 0.1667


def test_the_table_has_a_row_for_every_ranking(measured: Measured) -> None:
    lines = retrieval_table([measured, POOR])
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| hand | ")
    assert lines[3] == "| poor | 0.4500 | 0.4500 | 0.4500 | 0.4500 | 5.0 |"


# --- the rankings

SHOP = [
    product("mug", "Blue ceramic mug", 12, zh="蓝色陶瓷马克杯", category=["kitchen", "mug"], color="blue"),
    product("dear", "Porcelain mug", 80, zh="瓷马克杯", category=["kitchen", "mug"], brand="Harrow"),
    product("vase", "Blue vase", 25, zh="蓝色花瓶", category=["home", "vase"], color="blue"),
    product("phone", "Nova smartphone", 449, zh="新星智能手机", category=["electronics", "smartphone"]),
    product("case", "Phone case", 15, zh="手机壳", category=["electronics", "phone case"], stock=0),
    product("scarf", "Red wool scarf", 30, zh="红色羊毛围巾", category=["accessories", "scarf"], color="red"),
]  # fmt: skip
PRICES = {p.sku: p.price for p in SHOP}
EVERY = set(PRICES)
NAMES = (
    "words (BM25)",
    "meaning (cosine)",
    FUSION,
    "open, without parsed constraints",
    OPEN,
    CONVERSATION,
)


@pytest.fixture(scope="module")
def all_rankings(
    tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder
) -> Mapping[str, Ranker]:
    engine = engine_of(tmp_path_factory.mktemp("shop"), SHOP, hash_encoder, lexicon)
    return rankings(engine, ConstraintParser(lexicon))


def test_the_rankings_are_named(all_rankings: Mapping[str, Ranker]) -> None:
    assert tuple(all_rankings) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text", ["mug", "蓝色马克杯", "手機殼", "a blue vase under $40", "zorbulator", "", "🎉", "\ud83d", "gift for mum"]
)
def test_every_ranking_returns_every_product_at_most_once(
    all_rankings: Mapping[str, Ranker], name: str, text: str
) -> None:
    found = list(all_rankings[name](text))
    assert len(found) == len(set(found))
    assert set(found) <= EVERY
    if name in NAMES[:4]:
        assert set(found) == EVERY
    assert list(all_rankings[name](text)) == found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("text", "best"),
    [("blue ceramic mug", "mug"), ("red wool scarf", "scarf"), ("新星智能手机", "phone"), ("手机壳", "case")],
)
def test_every_ranking_puts_the_plain_answer_first(
    all_rankings: Mapping[str, Ranker], name: str, text: str, best: str
) -> None:
    assert all_rankings[name](text)[0] == best


@pytest.mark.parametrize("name", NAMES[3:])
def test_traditional_characters_find_the_same(all_rankings: Mapping[str, Ranker], name: str) -> None:
    assert all_rankings[name]("手機殼") == all_rankings[name]("手机壳")
    assert all_rankings[name]("手機殼")[0] == "case"


def test_the_ranking_that_is_used_keeps_to_a_price(all_rankings: Mapping[str, Ranker]) -> None:
    cheap = {sku for sku, price in PRICES.items() if price <= 40}
    for text in ("a mug under $40", "mug, at most 40 dollars"):
        assert set(all_rankings[OPEN](text)) == cheap
        assert all_rankings[OPEN](text)[0] == "mug"
        assert set(all_rankings["open, without parsed constraints"](text)) == EVERY
    assert set(all_rankings[OPEN]("something over $40")) == EVERY - cheap


def test_a_type_filters_in_conversation_only(all_rankings: Mapping[str, Ranker]) -> None:
    assert set(all_rankings[CONVERSATION]("mug")) == {"mug", "dear"}
    found = all_rankings[OPEN]("mug")
    assert set(found) == EVERY
    assert set(found[:2]) == {"mug", "dear"}


def test_a_refused_thing_is_left_out(all_rankings: Mapping[str, Ranker]) -> None:
    assert "vase" not in all_rankings[OPEN]("something blue but no vase")
    assert "vase" in all_rankings[OPEN]("something blue")


def test_reciprocal_ranks() -> None:
    found = reciprocal_ranks(np.array([0.2, 0.9, 0.2, -1.0]))
    np.testing.assert_allclose(found, [1 / 62, 1 / 61, 1 / 63, 1 / 64])
    assert reciprocal_ranks(np.array([])).shape == (0,)
