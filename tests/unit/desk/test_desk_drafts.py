"""Drafts: what they answer, what they rest on, when they are thrown away and when they are sent."""

from __future__ import annotations

import pytest
from conftest import Office  # type: ignore[import-not-found]

from assistant.desk import DraftReady, DraftStale, DraftText
from assistant.desk.outcomes import apply_outcome
from assistant.desk.sources import CartChange, Outcome
from assistant.dialogue import DialogueState
from assistant.errors import StoreError
from assistant.types import CartLine

SHOES = (
    "**These** fit. The first is light.\n1. Trundle Dash running shoe – $59.00\n"
    "2. Trundle Dash Ink running shoe – $61.00\n3. Trundle Moss running shoe – $75.50"
)
"""The cards are for the shop's page, so a draft names what it shows."""


def test_a_draft_comes_sentence_by_sentence_and_is_never_sent_by_itself(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    *texts, last = office.desk.draft(conversation, "eve")
    assert "".join(t.text for t in texts if isinstance(t, DraftText)) == SHOES
    assert isinstance(last, DraftReady)
    assert not last.sent
    draft = last.draft
    assert (draft.text, draft.status, draft.style) == (SHOES, "open", "standard")
    assert draft.answers == "shoes under 80"
    assert [(s.kind, s.ref) for s in draft.sources] == [("product", f"TST-SHOE-0{n}") for n in (1, 2, 3)]
    assert ("material", "mesh") in [(n.lower(), v) for n, v in draft.sources[0].facts]
    assert draft.claims.unsupported == 0
    assert office.sessions.people(conversation) == ()
    assert office.desk.case(conversation, "eve").draft == draft


def test_using_a_draft_sends_it_and_makes_its_list_the_one_referred_to(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "shoes under 65")
    assert office.sessions.state(conversation).listed == ()
    draft = office.draft(conversation)
    assert office.desk.use(draft.id, "eve")
    assert not office.desk.use(draft.id, "eve")
    assert [m.text for m in office.sessions.people(conversation)] == [draft.text]
    state = office.sessions.state(conversation)
    assert state.listed == ("TST-SHOE-01", "TST-SHOE-02")
    assert state.topic is not None
    assert state.topic.shown == state.listed
    assert office.labels.all("reply") == ()


def test_an_edited_draft_is_sent_as_edited_and_kept_as_a_label(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    draft = office.draft(conversation)
    assert office.desk.use(draft.id, "eve", "These two fit best.")
    assert office.sessions.people(conversation)[-1].text == "These two fit best."
    (label,) = office.labels.all("reply")
    assert (label.text, label.was, label.corrected) == ("shoes under 80", draft.text, "These two fit best.")
    assert (label.author, label.language, label.turn, label.conversation_id) == ("eve", "en", 1, conversation)
    with pytest.raises(StoreError, match="empty"):
        office.desk.use(office.draft(conversation).id, "eve", "  ")


@pytest.mark.parametrize("way", ["shop", "pasted"])
def test_a_draft_is_thrown_away_when_the_customer_writes(office: Office, way: str) -> None:
    conversation = office.taken("shoes under 80") if way == "shop" else office.desk.paste("Customer: shoes", "eve")
    draft = office.draft(conversation)
    if way == "shop":
        office.shop(conversation, "no, shoes under 60")
    else:
        office.desk.customer_writes(conversation, "eve", "no, shoes under 60")
    assert not office.desk.use(draft.id, "eve")
    assert office.desk.case(conversation, "eve").draft is None
    assert office.sessions.people(conversation) == ()
    (stored,) = office.store.drafts(conversation)
    assert stored.status == "stale"


def test_a_draft_under_way_is_given_up_when_the_customer_writes(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    events = office.desk.draft(conversation, "eve")
    assert isinstance(next(events), DraftText)
    office.shop(conversation, "wait")
    assert list(events) == [DraftStale()]
    assert office.store.drafts(conversation) == ()


def test_a_line_is_answered_from_the_state_before_it(office: Office) -> None:
    """Answered from the state after it, a position would be looked for in a list nobody saw."""
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "add 2 to the cart")
    draft = office.draft(conversation)
    assert draft.text == "Added TST-SHOE-02."
    assert office.desk.use(draft.id, "eve")
    assert [line.sku for line in office.sessions.state(conversation).cart] == ["TST-SHOE-02"]


def test_a_line_the_assistant_answered_before_is_answered_from_where_it_stood(office: Office) -> None:
    conversation = office.taken("shoes under 80", "add 3 to the cart")
    draft = office.draft(conversation)
    # The cart held nothing when the line came, so it is added once.
    assert draft.answers == "add 3 to the cart"
    office.desk.use(draft.id, "eve")
    assert [line.sku for line in office.sessions.state(conversation).cart] == ["TST-SHOE-03"]


def test_a_likely_question_can_be_answered_ahead(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    draft = office.draft(conversation, question="shoes under 60")
    assert (draft.answers, draft.language) == ("shoes under 60", "en")


def test_full_auto_is_off_until_it_is_switched_on_and_ends_with_a_persons_word(office: Office) -> None:
    conversation = office.desk.paste("Customer: hello", "eve", channel="mail")
    office.desk.customer_writes(conversation, "eve", "shoes under 80")
    assert office.sessions.people(conversation) == ()
    assert office.desk.let_bot(conversation, "eve", True, automatic=True)
    office.desk.customer_writes(conversation, "eve", "shoes under 60")
    (sent,) = office.sessions.people(conversation)
    assert sent.author == "assistant"
    assert sent.text.startswith("**These** fit. The first is light.\n1. Trundle Dash")
    office.desk.write(conversation, "eve", "I take over.")
    assert not office.desk.case(conversation, "eve").automatic
    office.desk.customer_writes(conversation, "eve", "shoes under 70")
    assert [m.author for m in office.sessions.people(conversation)] == ["assistant", "agent"]


def test_full_auto_never_tells_of_an_order(office: Office) -> None:
    conversation = office.desk.paste("Customer: hello", "eve")
    office.desk.let_bot(conversation, "eve", True, automatic=True)
    office.desk.customer_writes(conversation, "eve", "where is A-20001?")
    assert office.sessions.people(conversation) == ()
    draft = office.desk.case(conversation, "eve").draft
    assert draft is not None
    assert "A-20001" in draft.text


def test_full_auto_needs_that_the_conversation_is_the_agents(office: Office) -> None:
    conversation = office.waiting()
    with pytest.raises(StoreError, match="take it first"):
        office.desk.let_bot(conversation, "eve", True, automatic=True)


@pytest.mark.parametrize(
    ("message", "told", "ref", "by"),
    [
        ("where is A-20001?", "is delayed", "A-20001", "number"),
        ("where is order 20001 please", "is delayed", "A-20001", "number"),
        ("where is my order? ann@example.com", "is delayed", "A-20001", "email"),
        ("I am Ann Field, where is my order", "is delayed", "A-20001", "name"),
        ("我是温以宁，包裹到哪了", "正在派送", "A-20003", "name"),
        ("can I return A-20002?", "is delivered", "A-20002", "number"),
    ],
)
def test_order_questions_are_answered_from_the_record(
    office: Office, message: str, told: str, ref: str, by: str
) -> None:
    conversation = office.taken()
    office.shop(conversation, message)
    draft = office.draft(conversation)
    assert told in draft.text
    source = draft.sources[0]
    assert (source.kind, source.ref, source.matched_by) == ("order", ref, by)
    assert source.facts


def test_an_order_is_told_with_what_is_recorded(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "where is A-20001?")
    text = office.draft(conversation).text
    assert "2 × Trundle Dash" in text
    assert "Held at the hub" in text
    assert "expected on 8 March 2026; now it is 12 March 2026" in text
    short = office.draft(conversation, style="shorter").text
    assert "Held at the hub" in short
    assert len(short) < len(text)


@pytest.mark.parametrize(
    "message", ["where is my order?", "where is A-99999?", "I am Sam Twin, where is my order?", "my order please"]
)
def test_without_a_certain_order_the_number_is_asked_for(office: Office, message: str) -> None:
    conversation = office.taken()
    office.shop(conversation, message)
    draft = office.draft(conversation)
    assert "order number" in draft.text
    assert [s for s in draft.sources if s.kind == "order"] == []


def test_the_public_shop_never_sees_an_order(office: Office) -> None:
    conversation = office.sessions.new_id()
    reply = office.shop(conversation, "where is A-20001?").turn
    assert "delayed" not in str(reply.to_dict())


def test_what_only_a_machine_would_say_is_left_out(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "this is terrible")
    assert office.draft(conversation).text == "I'm sorry."
    other = office.taken()
    draft = office.draft(other)
    assert "person" not in draft.text
    assert draft.text


def test_a_draft_in_chinese_has_a_gist_in_english(office: Office) -> None:
    conversation = office.taken()
    office.shop(conversation, "想买跑鞋，低于 65")
    draft = office.draft(conversation, language="en")
    assert draft.language == "zh"
    assert draft.text.startswith("**这些**跑鞋合适。第一双很轻。\n1. Trundle 疾风跑鞋：¥354\n2. ")
    assert draft.gist == "Shows 2 products, recommends Trundle Dash running shoe."
    assert office.draft(conversation, language="zh").gist.startswith("展示 2 件商品")


def test_a_cart_draft_leaves_what_the_customer_changed_since(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "add 2 to the cart")
    draft = office.draft(conversation)
    # By hand, while the draft waits: another product, which no draft may take out again.
    office.sessions.put(conversation, "TST-SHOE-01", 3)
    assert office.desk.use(draft.id, "eve")
    held = {line.sku: line.quantity for line in office.sessions.state(conversation).cart}
    assert held == {"TST-SHOE-01": 3, "TST-SHOE-02": 1}


@pytest.mark.parametrize(
    ("held", "change", "after"),
    [
        ({"A": 1}, ("B", 0, 2), {"A": 1, "B": 2}),
        ({"A": 1, "B": 2}, ("B", 2, 0), {"A": 1}),
        # Changed since the line came: the newer word stands.
        ({"A": 5}, ("A", 1, 2), {"A": 5}),
        ({"A": 5}, ("A", 1, 0), {"A": 5}),
        ({}, ("A", 1, 2), {}),
    ],
)
def test_a_draft_changes_only_its_own_lines_of_the_cart(
    held: dict[str, int], change: tuple[str, int, int], after: dict[str, int]
) -> None:
    state = DialogueState(cart=tuple(CartLine(sku, pieces) for sku, pieces in held.items()))
    state = apply_outcome(state, Outcome(cart=(CartChange(*change),)))
    assert {line.sku: line.quantity for line in state.cart} == after


def test_a_draft_that_is_not_open_any_more_silences_nobody(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    draft = office.draft(conversation)
    assert office.desk.let_bot(conversation, "eve", True)
    assert office.shop(conversation, "shoes under 60").turn.reply
    assert not office.desk.use(draft.id, "eve")
    assert not office.sessions.silent(conversation)
    assert office.shop(conversation, "shoes under 70").turn.reply
    assert office.desk.use(office.draft(conversation).id, "eve")
    assert office.sessions.silent(conversation)


def test_a_draft_is_used_in_its_own_conversation_by_who_has_it(office: Office) -> None:
    conversation, other = office.taken("shoes under 80"), office.taken("shoes under 70")
    draft = office.draft(conversation)
    assert not office.desk.use(draft.id, "eve", conversation=other)
    assert not office.desk.dismiss(draft.id, "eve", conversation=other)
    for call in (
        lambda: office.desk.use(draft.id, "bob"),
        lambda: office.desk.dismiss(draft.id, "bob"),
        lambda: list(office.desk.draft(conversation, "bob")),
        lambda: office.desk.name_customer(conversation, "bob", "Ann"),
        lambda: office.desk.customer_writes(conversation, "bob", "hm"),
    ):
        with pytest.raises(StoreError, match="'eve' has it"):
            call()
    with pytest.raises(StoreError, match="writes in the shop"):
        office.desk.customer_writes(conversation, "eve", "hm")
    assert office.desk.use(draft.id, "eve", conversation=conversation)


def test_an_automatic_reply_that_failed_is_no_lost_message(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = office.desk.paste("Customer: hello", "eve")
    assert office.desk.customer_writes(conversation, "eve", "shoes under 80")
    office.desk.let_bot(conversation, "eve", True, automatic=True)
    monkeypatch.setattr(office.desk, "automatic_reply", lambda conversation: 1 / 0)
    assert not office.desk.customer_writes(conversation, "eve", "shoes under 60")
    assert office.sessions.history(conversation)[-1].message == "shoes under 60"
    assert "ZeroDivisionError" in caplog.text
