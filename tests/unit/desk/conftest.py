"""A desk over a real SQLite file and the scripted assistant."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fakes_desk import DeskAssistant

from assistant.catalog import Passage, PolicyBook
from assistant.desk import Desk, DraftReady, EditedPolicies, Suggestion
from assistant.lexicon import Lexicon
from assistant.sessions import Sessions
from assistant.store import ConversationStore, LabelStore, QueueStore, UserStore
from assistant.store.desk import DeskStore
from assistant.turns import Done

BOOK = PolicyBook(
    (
        Passage("returns", "en", "How long do I have to return something?", "You have 30 days from delivery."),
        Passage("returns", "en", "When do I get my money?", "Within 5 working days of the parcel arriving."),
        Passage("returns", "zh", "多久以内可以退货？", "签收之日起 30 天内都可以退。"),
        Passage("contact", "en", "How do I reach a person?", "Say that you want a person."),
    )
)


def order(number: str, name: str, status: str, **more: Any) -> dict[str, Any]:
    """A line of an order file."""
    shipping = {"method": "standard", "fee": 0, "carrier": "Larkway", "tracking": "LT1", "events": [], **more}
    return {
        "order_id": number,
        "customer": {
            "id": f"C-{name}",
            "name": name,
            "email": f"{name.split()[0].lower()}@example.com",
            "city": "York",
        },
        "placed_at": "2026-03-01T10:00:00Z",
        "status": status,
        "currency": "USD",
        "items": [
            {"sku": "TST-SHOE-01", "title": "Trundle Dash", "title_zh": "疾风", "quantity": 2, "unit_price": 59.0}
        ],
        "shipping": shipping,
        "payment": {"method": "card", "state": "paid"},
        "total": 118.0,
        "notes": [],
    }


ORDERS = (
    order(
        "A-20001",
        "Ann Field",
        "delayed",
        eta="2026-03-12",
        original_eta="2026-03-08",
        events=[{"at": "2026-03-05T08:00:00Z", "what_en": "Held at the hub.", "what_zh": "滞留在转运中心。"}],
    ),
    order("A-20002", "Ann Field", "delivered"),
    order("A-20003", "温以宁", "out_for_delivery"),
    order("A-20004", "Sam Twin", "shipped"),
    {
        **order("A-20005", "Sam Twin", "shipped"),
        "customer": {"id": "C-9", "name": "Sam Twin", "email": "s2@example.com"},
    },
)


@dataclass
class Office:
    """The desk and what stands behind it."""

    desk: Desk
    sessions: Sessions
    queue: QueueStore
    store: DeskStore
    labels: LabelStore
    cases: Path
    gates: dict[str, threading.Event] = field(default_factory=dict)
    reached: dict[str, threading.Event] = field(default_factory=dict)

    def shop(self, conversation: str, message: str) -> Done:
        """A shopper's message, to its end."""
        *_, done = self.sessions.say(conversation, message)
        assert isinstance(done, Done)
        return done

    def waiting(self, *messages: str) -> str:
        """A conversation of the shop that was handed over."""
        conversation = self.sessions.new_id()
        for message in (*messages, "I want to talk to a person"):
            self.shop(conversation, message)
        return conversation

    def taken(self, *messages: str, agent: str = "eve") -> str:
        """One that an agent took."""
        conversation = self.waiting(*messages)
        assert self.desk.take(conversation, agent)
        return conversation

    def draft(self, conversation: str, agent: str = "eve", **more: Any) -> Suggestion:
        """A finished draft."""
        *_, last = self.desk.draft(conversation, agent, **more)
        assert isinstance(last, DraftReady)
        return last.draft


@pytest.fixture
def office(tmp_path: Path, lexicon: Lexicon) -> Iterator[Office]:
    gates: dict[str, threading.Event] = {}
    reached: dict[str, threading.Event] = {}

    def hold(message: str) -> None:
        for word, gate in gates.items():
            if word in message:
                reached[word].set()
                assert gate.wait(10)

    store = ConversationStore(f"sqlite:///{tmp_path / 'desk.sqlite'}")
    database = store.database
    users = UserStore(database, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("eve", "bob"):
        users.add(name, "agent", "correct horse battery")
    sessions = Sessions(DeskAssistant(before_text=hold), store)  # type: ignore[arg-type]
    orders = tmp_path / "orders.jsonl"
    orders.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in ORDERS), encoding="utf-8")
    cases = tmp_path / "prompts"
    desk = Desk.of(sessions, lexicon=lexicon, policies=EditedPolicies(BOOK, database), orders=orders, cases=cases)
    yield Office(desk, sessions, QueueStore(database), DeskStore(database), LabelStore(database), cases, gates, reached)
    for gate in gates.values():
        gate.set()
    sessions.close()
    store.close()
