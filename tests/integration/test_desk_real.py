"""The desk over the real assistant: threads in both languages, drafts of every kind, and questions it can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from assistant.assembly import Parts
from assistant.desk import Desk, DraftReady, EditedPolicies, Suggestion
from assistant.generation.replies.wording import has_han
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore

pytestmark = pytest.mark.models

_NO_ANSWER = {"clarify", "decline", "refuse", "ask_number", "ask_back"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, lent: Callable[[Parts], Parts]) -> Iterator[Desk]:
    store = ConversationStore(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'd.sqlite'}")
    parts = lent(Parts(Settings(), edited=lambda book: EditedPolicies(book, store.database)))
    sessions = Sessions(parts.assistant, store)
    yield Desk.of(sessions, lexicon=parts.lexicon, policies=parts.policies, orders=parts.orders)
    sessions.close()
    store.close()


def _draft(desk: Desk, conversation: str, question: str | None = None) -> Suggestion:
    *_, last = desk.draft(conversation, "eve", question=question)
    assert isinstance(last, DraftReady)
    return last.draft


def test_a_list_is_drafted_with_records_and_the_next_questions_are_answered(desk: Desk) -> None:
    conversation = desk.paste(
        "Customer: Hi, I'm looking for running shoes under $120\nAgent: Any colour?\nCustomer: not red, and waterproof",
        "eve",
    )
    case = desk.case(conversation, "eve")
    assert (case.ledger.price_max, case.ledger.exclude_colors) == (120, ("red",))
    draft = _draft(desk, conversation)
    products = [s for s in draft.sources if s.kind == "product"]
    assert products
    assert products[0].title in draft.text
    assert draft.claims.unsupported == 0
    assert desk.use(draft.id, "eve")
    questions = desk.next_questions(conversation)
    assert len(questions) == 3
    for question in questions:
        answer = _draft(desk, conversation, question)
        assert answer.answers == question
        assert answer.sources, f"{question!r} was answered without a record: {answer.text!r}"


def test_a_chinese_customer_and_an_agent_who_reads_english(desk: Desk) -> None:
    conversation = desk.paste("客户：你好，想买一双500元以内的跑鞋\n客服：好的\n客户：不要红色的", "eve")
    case = desk.case(conversation, "eve", "en")
    assert "up to" in case.gist
    assert "no red" in case.gist
    assert not has_han(case.gist)
    draft = _draft(desk, conversation)
    assert draft.language == "zh"
    assert has_han(draft.text)
    assert not has_han(draft.gist)
    for question in case.next_questions:
        assert has_han(question)
        answer = _draft(desk, conversation, question)
        assert answer.sources, f"{question!r} was answered without a record: {answer.text!r}"


@pytest.mark.parametrize(
    ("thread", "ref", "told"),
    [
        ("Customer: where is my order A-10010? it has not arrived", "A-10010", "$32.85"),
        ("客户：我是温以宁，我的包裹到哪了？", "A-10207", "正在处理"),
    ],
)
def test_orders_are_told_from_the_record(desk: Desk, thread: str, ref: str, told: str) -> None:
    conversation = desk.paste(thread, "eve")
    draft = _draft(desk, conversation)
    assert [s.ref for s in draft.sources if s.kind == "order"] == [ref]
    assert told in draft.text


def test_an_edited_rule_is_quoted_in_the_next_draft(desk: Desk) -> None:
    conversation = desk.paste("Customer: How long do I have to return something?", "eve")
    before = _draft(desk, conversation)
    source = next(s for s in before.sources if s.kind == "policy")
    assert source.text[:40] in before.text
    heading = source.ref.partition("/")[2]
    desk.save_passage("returns", "en", heading, "You have 77 days from the day of delivery.", "eve", base=0)
    assert "77 days" in _draft(desk, conversation).text
