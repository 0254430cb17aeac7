"""Handing over: who has a conversation, when the assistant is silent, and what the shop is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import Office  # type: ignore[import-not-found]
from sqlalchemy import event

from assistant.errors import StoreError
from assistant.sessions import HEARD, Heard
from assistant.store import InsightStore
from assistant.store.desk import DeskStore
from assistant.store.users import UserStore
from assistant.turns import Done, Said


def test_asking_for_a_person_puts_the_conversation_into_the_queue(office: Office) -> None:
    office.shop("calm", "shoes under 80")
    conversation = office.waiting("shoes under 80")
    (row,) = office.desk.queue("waiting", "eve")
    assert (row.conversation, row.status, row.intent, row.bot) == (conversation, "waiting", "speak_to_human", False)
    assert row.last_line == "A person takes over."
    assert row.waiting_since is not None
    assert office.desk.counts("eve") == {"waiting": 1, "mine": 0, "handed_off": 0, "closed": 0}


def test_while_a_person_has_it_the_shop_hears_and_does_not_answer(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    events = list(office.sessions.say(conversation, "no red ones: shoes under 70"))
    heard, done = events
    assert heard == Heard(3, "eve")
    assert isinstance(done, Done)
    assert (done.turn.reply, done.turn.cards, done.turn.handoff) == ("", (), True)
    # What was said counts for what is looked for, and nothing was shown.
    state = office.sessions.state(conversation)
    assert state.ledger.price_max == 70
    assert state.ledger.exclude_colors == ("red",)
    assert state.listed == ("TST-SHOE-01", "TST-SHOE-02", "TST-SHOE-03")
    stored = office.sessions.history(conversation)[-1]
    assert (stored.trace["kind"], stored.trace["reply"], stored.trace["products"]) == (HEARD, "", [])
    (row,) = office.desk.queue("mine", "eve")
    assert row.last_line.startswith("no red ones")
    assert row.waiting_since is not None
    assert row.waiting_since <= stored.created_at


def test_what_was_only_heard_is_no_search_without_results(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "shoes under 80")
    since = office.sessions.history(conversation)[0].created_at
    totals = InsightStore(office.sessions.store.database).totals(since, since + timedelta(days=1))
    assert totals.empty == 0


def test_the_queue_tells_of_every_change(office: Office) -> None:
    seen = [office.desk.queue_version()]
    conversation = office.waiting("hello")
    seen.append(office.desk.queue_version())
    for change in (
        lambda: office.shop(conversation, "hello?"),
        lambda: office.desk.take(conversation, "eve"),
        lambda: office.desk.write(conversation, "eve", "hi"),
        lambda: office.desk.close(conversation, "eve"),
    ):
        change()
        seen.append(office.desk.queue_version())
    assert len(set(seen)) == len(seen)
    assert office.desk.queue_version() == seen[-1]


def test_the_cart_is_not_changed_behind_the_shoppers_back(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "add 1 to the cart")
    assert office.sessions.state(conversation).cart == ()


def test_an_edit_of_a_chip_is_noted_without_a_search(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    assert list(office.sessions.edit(conversation, lambda c: replace(c, price_max=60.0))) == []
    assert office.sessions.state(conversation).ledger.price_max == 60


def test_an_agents_message_reaches_the_shop_in_its_place(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "are you there")
    office.desk.write(conversation, "eve", "  Hello, Eve here. ")
    (message,) = office.sessions.people(conversation)
    assert (message.author, message.name, message.text, message.after_turn) == ("agent", "eve", "Hello, Eve here.", 3)
    authors = [line.author for line in office.desk.case(conversation, "eve").lines]
    assert authors == ["customer", "assistant", "customer", "assistant", "customer", "agent"]


def test_a_shopper_reads_the_name_an_agent_is_shown_by(office: Office) -> None:
    users = UserStore(office.sessions.store.database)
    conversation = office.taken("shoes under 80")
    users.add("eve.li@shop.example", "agent", None)
    for agent in ("eve", "eve.li@shop.example"):
        office.sessions.in_turn(
            conversation, lambda agent=agent: DeskStore(users._database).say(conversation, "agent", "hi", name=agent)
        )
    assert [m.name for m in office.sessions.people(conversation)] == ["eve", "eve.li"]
    users.set_shown("eve.li@shop.example", "May")
    assert [m.name for m in office.sessions.people(conversation)] == ["eve", "May"]
    users.set_shown("eve", "Eve of the shop")
    heard, _ = office.sessions.say(conversation, "thanks")
    assert isinstance(heard, Heard)
    assert heard.agent == "Eve of the shop"
    lines = office.desk.case(conversation, "eve").lines
    # Colleagues know each other by the names they sign in with.
    assert [line.name for line in lines if line.author == "agent"] == ["eve", "eve.li@shop.example"]


def test_a_persons_message_stops_the_turn_under_way(office: Office) -> None:
    """The assistant was let in again and is writing when the agent speaks."""
    conversation = office.taken("hello")
    assert office.desk.let_bot(conversation, "eve", True)
    gate, reached = threading.Event(), threading.Event()
    office.gates["slow"], office.reached["slow"] = gate, reached
    events = office.sessions.say(conversation, "slow shoes under 80")
    assert reached.wait(10)
    writer = threading.Thread(target=office.desk.write, args=(conversation, "eve", "I am on it."))
    writer.start()
    while not office.sessions._hushes[conversation].is_set():
        assert writer.is_alive()
    gate.set()
    told = list(events)
    writer.join(10)
    assert not [e for e in told if isinstance(e, Said)]
    assert isinstance(told[-1], Done)
    assert (told[-1].turn.reply, told[-1].turn.stopped) == ("", True)
    assert office.sessions.silent(conversation)
    # It was written after the turn that it cut off.
    assert office.sessions.people(conversation)[-1].after_turn == 3


def test_a_message_that_waited_behind_the_persons_is_only_heard(office: Office) -> None:
    conversation = office.taken("hello")
    office.desk.let_bot(conversation, "eve", True)
    assert office.shop(conversation, "hello again").turn.reply
    office.desk.write(conversation, "eve", "Hello")
    assert office.shop(conversation, "shoes").turn.reply == ""


@pytest.mark.parametrize(
    ("step", "view", "status"),
    [
        ("release", "waiting", "waiting"),
        ("transfer", "handed_off", "handed_off"),
        ("close", "closed", "closed"),
    ],
)
def test_only_who_has_it_hands_it_on(office: Office, step: str, view: str, status: str) -> None:
    conversation = office.taken()
    assert not office.desk.take(conversation, "bob")
    assert not getattr(office.desk, step)(conversation, "bob")
    with pytest.raises(StoreError, match="'eve' has it"):
        office.desk.write(conversation, "bob", "hello")
    assert getattr(office.desk, step)(conversation, "eve")
    (row,) = office.desk.queue(view, "eve")  # type: ignore[arg-type]
    assert row.status == status


def test_handing_to_a_colleague(office: Office) -> None:
    conversation = office.taken()
    assert office.desk.colleagues("eve") == ("bob",)
    with pytest.raises(StoreError, match="no colleague"):
        office.desk.transfer(conversation, "eve", "mallory")
    assert office.desk.transfer(conversation, "eve", "bob")
    assert not office.desk.take(conversation, "eve")
    assert office.desk.take(conversation, "bob")
    assert office.desk.case(conversation, "bob").mine
    assert not office.desk.case(conversation, "eve").mine


def test_closed_conversations_come_back_by_an_agent_or_by_the_customer(office: Office) -> None:
    conversation = office.taken()
    office.desk.close(conversation, "eve")
    assert not office.sessions.silent(conversation)
    assert office.desk.reopen(conversation, "bob")
    assert office.sessions.silent(conversation)
    office.desk.close(conversation, "bob")
    assert office.shop(conversation, "hello").turn.reply
    assert office.desk.counts("eve")["waiting"] == 1


def test_a_taken_conversation_is_silent_even_where_the_assistant_was_let_in(office: Office) -> None:
    conversation = office.taken()
    office.desk.close(conversation, "eve")
    office.shop(conversation, "hello")
    assert office.desk.take(conversation, "eve")
    assert office.shop(conversation, "shoes").turn.reply == ""


def test_the_version_tells_of_every_change(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    seen = [office.desk.version(conversation)]
    assert office.desk.case(conversation, "eve").version == seen[0]
    draft = office.draft(conversation)
    seen.append(office.desk.version(conversation))
    for change in (
        lambda: office.desk.dismiss(draft.id, "eve"),
        lambda: office.desk.note(conversation, "eve", "patient"),
        lambda: office.desk.correct_intent(conversation, 1, "browse_ideas", "eve"),
        lambda: office.shop(conversation, "hello"),
        lambda: office.desk.write(conversation, "eve", "hi"),
    ):
        change()
        seen.append(office.desk.version(conversation))
    assert len(set(seen)) == len(seen)
    assert office.desk.version(conversation) == seen[-1]


def test_nobody_looks_after_a_conversation_of_the_shop_alone(office: Office) -> None:
    office.shop("alone", "hello")
    for call in (
        lambda: office.desk.case("alone", "eve"),
        lambda: office.desk.write("alone", "eve", "hi"),
        lambda: list(office.desk.draft("alone", "eve")),
        lambda: office.desk.note("alone", "eve", "x"),
        lambda: office.desk.customer_writes("alone", "eve", "x"),
    ):
        with pytest.raises(StoreError, match="nobody looks after"):
            call()


def test_forgetting_takes_everything_of_the_desk(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.draft(conversation)
    office.desk.note(conversation, "eve", "patient")
    office.desk.correct_intent(conversation, 1, "browse_ideas", "eve")
    office.sessions.forget(conversation)
    assert office.queue.get(conversation) is None
    assert office.store.drafts(conversation) == ()
    assert office.labels.all() == ()


def test_the_queue_is_read_with_as_many_questions_for_many_rows_as_for_one(office: Office) -> None:
    asked: list[str] = []
    engine = office.sessions.store.database._engine

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    counts = []
    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(2):
            office.waiting("shoes under 80", "hmm where is it")
            asked.clear()
            rows = office.desk.queue("waiting", "eve")
            counts.append(len(asked))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(rows) == 2
    assert counts == [4, 4]
    assert {row.last_line for row in rows} == {"A person takes over."}
    assert office.desk.queue("closed", "eve") == ()


def test_a_row_tells_of_people_corrections_and_who_waits(office: Office) -> None:
    first, second = office.taken("hmm where is it"), office.taken("shoes under 80")
    office.desk.write(first, "eve", "I look it up.")
    office.desk.correct_intent(second, 2, "browse_ideas", "eve")
    rows = {row.conversation: row for row in office.desk.queue("mine", "eve")}
    assert (rows[first].last_line, rows[first].last_author, rows[first].waiting_since) == (
        "I look it up.",
        "agent",
        None,
    )
    assert (rows[second].intent, rows[second].waiting_since is not None) == ("browse_ideas", True)
