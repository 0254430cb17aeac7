"""Misread intents and failed searches, shown: figures that are those of the data, in the order a reader needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.evaluation.retrieval import Query
from assistant.evaluation.search_misses import Missing, Outcome, Placed
from assistant.labelled.utterances import Utterance
from assistant.notebooks import intents, searches
from assistant.notebooks.intents import Read
from assistant.notebooks.searches import Searches
from assistant.notebooks.showing import Html
from assistant.retrieval.shares import Shares
from assistant.types import Constraints, Product
from assistant.understanding.intent import IntentPrediction

EVIL = "<script>alert(1)</script>"


def cells(shown: Html) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", shown._repr_html_(), re.S)
    return [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows][1:]


def guess(**shares: float) -> IntentPrediction:
    best = max(shares, key=lambda name: shares[name])
    return IntentPrediction(best, shares[best], shares)


TEXTS = (
    Utterance("where is it", "order_status", "en"),
    Utterance("is it cheaper today", "check_promotion", "en"),
    Utterance(f"再便宜点 {EVIL}", "refine_results", "zh"),
    Utterance("退货", "return_refund", "zh"),
)
FOUND = (
    guess(order_status=0.9, shipping_delivery=0.1),
    guess(product_question=0.55, check_promotion=0.45),
    guess(check_promotion=0.97, refine_results=0.03),
    guess(return_refund=0.99, order_status=0.01),
)
READ = Read(TEXTS, FOUND, tuple(p.intent for p in FOUND), 40)


def test_errors_are_counted_and_slices_are_named() -> None:
    told = str(intents.summary(READ))
    assert told.startswith("2 of 4 messages were read as another intent")
    assert "the file holds 40" in told
    assert "slice" not in str(intents.summary(Read(TEXTS, FOUND, READ.read, 4)))


def test_accuracy_is_given_by_language() -> None:
    rows = {row[0]: row for row in cells(intents.accuracy(READ))}
    assert [rows[g][1] for g in ("all", "en", "zh")] == ["4", "2", "2"]
    assert all(rows[g][2].startswith("50.0") for g in ("all", "en", "zh"))


def test_the_surest_errors_come_first_and_are_escaped() -> None:
    shown = intents.surest(READ)
    rows = cells(shown)
    assert [row[2:4] for row in rows] == [
        ["refine_results", "check_promotion"],
        ["check_promotion", "product_question"],
    ]
    assert EVIL not in shown._repr_html_()
    assert "alert(1)" in shown._repr_html_()
    assert len(cells(intents.surest(READ, 1))) == 1


def test_the_closest_calls_come_first() -> None:
    rows = cells(intents.closest(READ))
    assert rows[0][0] == "is it cheaper today"
    assert rows[0][-1] == "no: check_promotion"
    assert rows[-1][0] == "退货"


def test_a_language_can_be_chosen() -> None:
    assert [u.language for u in READ.only("zh").texts] == ["zh", "zh"]
    assert READ.only(None).texts == READ.texts
    assert "1 of 2 messages" in str(intents.summary(READ.only("zh")))


def test_pictures_of_intents_say_their_figures() -> None:
    assert intents.matrix(READ).alt.startswith("2 of 4 read rightly")
    assert "refine_results read as check_promotion 1" in intents.matrix(READ).alt
    assert "zh 0 of 1" in intents.by_language(READ).alt
    assert "of 1" in intents.calibration(READ).alt
    for picture in (intents.matrix(READ), intents.by_language(READ), intents.calibration(READ)):
        assert picture.png.startswith(b"\x89PNG")


def test_a_bound_on_confidence_is_told_by_what_it_catches() -> None:
    assert "lie 1 of 4 messages, and 1 of the 2 errors" in str(intents.sureness(READ, 0.9))


class Classifier:
    def predict(self, texts: list[str]) -> list[IntentPrediction]:
        return [guess(product_search=0.8, smalltalk=0.2) for _ in texts]


class Parts:
    classifier = Classifier()


def test_own_messages_are_read_in_an_even_slice(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    rows = [{"text": f"message {n}", "intent": "product_search", "lang": "en"} for n in range(10)]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    read = intents.read_intents(Parts(), limit=5, file=str(file))  # type: ignore[arg-type]
    assert [u.text for u in read.texts] == [f"message {n}" for n in (0, 2, 4, 6, 8)]
    assert read.of == 10
    assert set(read.read) == {"product_search"}
    assert len(intents.read_intents(Parts(), limit=None).texts) > 500  # type: ignore[arg-type]


# --- searches


def outcome(name: str, language: str, ndcg: float, *missing: Missing) -> Outcome:
    wrong = Placed(Product("x", "Wool scarf", 10.0), 1, 0.0, Shares(0.2, 1.25, 0.4))
    query = Query(name, f"query {name}", language, {"v": 3.0})
    return Outcome(query, language, Constraints(product="vase", colors=("blue",)), ndcg, 7, (wrong,), missing)


VASE = Product("v", "Blue vase", 10.0, translations={"zh": {"title": "蓝花瓶"}})
FILTERED = outcome("filtered", "en", 0.0, Missing(VASE, 3.0, None, "colors", None))
MISLED = outcome("misled", "zh", 0.3, Missing(VASE, 3.0, 14, None, "words", Shares(0.9, 0.1)))
GONE = outcome("gone", "zh", 0.1, Missing(VASE, 3.0, 99, None, "sold_out", Shares(0.9, 0.1, 0.0, -3.0)))
FINE = outcome("fine", "en", 0.95)
ALL = Searches((FINE, FILTERED, MISLED, GONE), 4)


def test_searches_are_summed_up_by_language() -> None:
    rows = {row[0]: row[1:] for row in cells(searches.summary(ALL))}
    assert rows["all"] == ["4", "0.338", "1", "3", "0"]
    assert rows["zh"][:2] == ["2", "0.200"]
    assert "An even slice of 4 of 200 queries." in str(searches.summary(Searches(ALL.outcomes, 200)))


def test_the_worst_searches_come_first_with_their_causes() -> None:
    rows = cells(searches.lowest(ALL, 3))
    assert [row[0] for row in rows] == ["query filtered", "query gone", "query misled"]
    assert rows[0][3] == "the kind of product: vase; in one of these colours: blue"
    assert [row[-1] for row in rows] == [
        "filter: in one of these colours",
        "sold out, so it goes last on purpose",
        "ranking: words in common",
    ]
    assert rows[1][-2] == "蓝花瓶"
    assert [row[0] for row in cells(searches.lowest(ALL, 3, language="en"))] == ["query filtered", "query fine"]


def test_one_reason_is_counted_for_each_query() -> None:
    told = searches.reasons(ALL).alt
    assert "filter: in one of these colours: 1" in told
    assert "ranking: words in common: 1" in told
    assert searches.reasons(Searches((FINE,), 1)).alt == "No query misses anything."
    assert "zh: mean 0.20 of 2 queries" in searches.spread(ALL).alt


def test_the_worst_that_the_score_decided_is_neither_filtered_nor_sold_out() -> None:
    assert searches.the_worst(ALL) is FILTERED
    assert searches.the_worst(ALL, ranked=True) is MISLED
    assert searches.the_worst(ALL, language="zh") is GONE
    assert searches.the_worst(Searches((FINE,), 1), ranked=True) is FINE


@pytest.mark.parametrize("one", [FILTERED, MISLED, FINE])
def test_a_search_is_shown_in_detail_and_in_parts(one: Outcome) -> None:
    told = str(searches.in_detail(one))
    assert "7 products were left" in told
    assert ("wanted, but not among the first 10" in told) == bool(one.missing)
    picture = searches.in_parts(one)
    assert ("蓝花瓶: 1.00, grade 3" in picture.alt) == (one is MISLED)
    assert "Wool scarf: 1.85, grade 0" in picture.alt
