"""Orders: read from both layouts, found by what customers write, told as they are recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ORDERS

from assistant.assembly import Parts
from assistant.desk.order_words import best_order, day, order_facts, order_sentences, status_word
from assistant.desk.orders import OrderBook
from assistant.errors import ConfigurationError
from assistant.settings import Settings


@pytest.fixture
def book(tmp_path: Path) -> OrderBook:
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(json.dumps(o, ensure_ascii=False) for o in ORDERS), encoding="utf-8")
    return OrderBook.read(path)


@pytest.mark.parametrize(
    ("text", "found", "by"),
    [
        ("where is A-20001?", ["A-20001"], "number"),
        ("a20001", ["A-20001"], "number"),
        ("order 20001", ["A-20001"], "number"),
        ("订单Ａ－２０００１到哪了", ["A-20001"], "number"),
        ("#A-20002 and A-20001", ["A-20002", "A-20001"], "number"),
        ("mail me at ANN@example.com", ["A-20001", "A-20002"], "email"),
        ("I'm ann field", ["A-20001", "A-20002"], "name"),
        ("Ms. Ann Field", ["A-20001", "A-20002"], "name"),
        ("我是温以宁", ["A-20003"], "name"),
        ("温以宁女士", ["A-20003"], "name"),
        ("Joann Fielding", [], ""),
        ("A-2000", [], ""),
        ("120001 of them", [], ""),
        ("", [], ""),
    ],
)
def test_an_order_is_found_by_what_a_customer_writes(book: OrderBook, text: str, found: list[str], by: str) -> None:
    result = book.find(text)
    assert sorted(f.order.number for f in result) == sorted(found)
    assert {f.matched_by for f in result} == ({by} if by else set())


def test_a_number_weighs_more_than_a_known_name(book: OrderBook) -> None:
    assert [f.order.number for f in book.find("A-20003 please", name="Ann Field")] == ["A-20003"]
    assert {f.matched_by for f in book.find("hello", name="Ann Field")} == {"name"}


@pytest.mark.parametrize(("language", "status", "news"), [("en", "delayed", "Held at the hub"), ("zh", "延误", "滞留")])
def test_an_order_says_what_is_recorded(book: OrderBook, language: str, status: str, news: str) -> None:
    order = book.find("A-20001")[0].order
    text = " ".join(order_sentences(order, language))
    for part in (status, news, "A-20001", "LT1"):
        assert part in text
    facts = dict(order_facts(order, language))
    assert status in facts.values()
    assert any("$118" in v or "118美元" in v for v in facts.values())


def test_what_is_not_recorded_is_not_said(book: OrderBook) -> None:
    order = book.find("A-20002")[0].order
    text = " ".join(order_sentences(order, "en"))
    assert "news" not in text
    assert "expected" not in text
    assert "paid back" not in text


@pytest.mark.parametrize(
    ("intent", "number"), [("order_status", "A-20001"), ("return_refund", "A-20002"), ("complaint_feedback", "A-20001")]
)
def test_without_a_number_the_order_is_the_one_the_question_fits(book: OrderBook, intent: str, number: str) -> None:
    best = best_order([f.order for f in book.find("ann@example.com")], intent)
    assert best is not None
    assert best.number == number


@pytest.mark.parametrize(
    ("status", "told"),
    [("packed", "has not left"), ("shipped", "has left our warehouse already"), ("lost", "")],
)
def test_whether_it_can_still_be_stopped(book: OrderBook, status: str, told: str) -> None:
    order = replace(book.find("A-20001")[0].order, status=status)
    text = " ".join(order_sentences(order, "en", intent="modify_cancel_order"))
    assert told in text if told else "warehouse" not in text


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [("2026-03-12", "12 March 2026", "2026年3月12日"), ("2026-03-12T23:00:00Z", "12 March 2026", "2026年3月12日"),
     ("soon", "soon", "soon"), (None, "", "")],
)  # fmt: skip
def test_days(value: str | None, en: str, zh: str) -> None:
    assert (day(value, "en"), day(value, "zh")) == (en, zh)


def test_a_status_nobody_knows_is_shown_as_recorded() -> None:
    assert status_word("pending_(item_modified)", "en") == "pending (item modified)"


def test_orders_that_name_users_by_id(tmp_path: Path) -> None:
    orders = {
        "#W1234567": {
            "order_id": "#W1234567",
            "user_id": "sam_1",
            "address": {"city": "York", "country": "UK"},
            "items": [{"name": "Lamp", "item_id": "9", "price": 40.5, "options": {"color": "blue"}}],
            "fulfillments": [{"tracking_id": ["77"], "item_ids": ["9"]}],
            "status": "delivered",
            "payment_history": [
                {"transaction_type": "payment", "amount": 40.5, "payment_method_id": "card_1"},
                {"transaction_type": "refund", "amount": 40.5, "payment_method_id": "card_1"},
            ],
        }
    }
    users = {
        "sam_1": {
            "name": {"first_name": "Sam", "last_name": "Hill"},
            "email": "sam@example.com",
            "payment_methods": {"card_1": {"source": "credit_card"}},
        }
    }
    (tmp_path / "orders.json").write_text(json.dumps(orders))
    (tmp_path / "users.json").write_text(json.dumps(users))
    book = OrderBook.read(tmp_path)
    for text in ("w1234567", "Sam Hill", "sam@example.com", "my order #W1234567 is wrong"):
        (found,) = book.find(text)
        assert found.order.number == "#W1234567"
    order = found.order
    assert (order.total, order.refunded, order.payment, order.tracking) == (40.5, 40.5, "credit_card", "77")
    assert order.items[0].options == (("color", "blue"),)
    # No currency is recorded, so none is named.
    assert dict(order_facts(order, "en"))["Total"] == "40.5"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("orders.jsonl", "{}\n", "line 1"),
        ("orders.jsonl", '{"order_id": "A", "customer": {}, "status": "x", "items": [{}]}\n', "line 1"),
        ("orders.jsonl", "not json", "line 1"),
        ("missing.jsonl", None, "ASSISTANT_ORDERS"),
    ],
)
def test_orders_that_cannot_be_read_are_named(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        OrderBook.read(tmp_path / name)


def test_a_folder_without_users_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        OrderBook.read(tmp_path)


def test_the_shipped_orders(repo_root: Path) -> None:
    book = OrderBook.read(repo_root / "catalog" / "orders.jsonl")
    assert len(book.orders) >= 200
    assert len({o.number for o in book.orders}) == len(book.orders)
    for order in book.orders:
        assert book.find(order.number)[0].order is order
        for language in ("en", "zh"):
            text = " ".join(order_sentences(order, language))
            assert order.number in text
            assert "_" not in text
            assert "None" not in text


def test_the_shipped_orders_belong_to_the_shipped_catalogue(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orders(index: Path | None = None) -> Path | None:
        return Parts(Settings(), index=index).orders

    monkeypatch.chdir(tmp_path)
    assert orders() == repo_root / "catalog" / "orders.jsonl"
    assert orders(index=tmp_path) is None
    monkeypatch.setenv("ASSISTANT_CATALOG", str(tmp_path / "mine.jsonl"))
    assert orders() is None
    monkeypatch.setenv("ASSISTANT_ORDERS", str(tmp_path / "orders.jsonl"))
    assert orders() == tmp_path / "orders.jsonl"


@pytest.mark.shared
def test_orders_of_another_shop(repo_root: Path) -> None:
    folder = repo_root.parent / "shared" / "data" / "tau-retail"
    if not folder.is_dir():
        pytest.skip("no ../shared/data/tau-retail here")
    book = OrderBook.read(folder)
    assert len(book.orders) == 1000
    assert all(book.find(o.number)[0].order is o for o in book.orders)
    assert all(o.customer and o.email for o in book.orders)
