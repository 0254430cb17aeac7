"""What agents put right and what they quote: labels, cases, policies and replies at hand."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BOOK, Office  # type: ignore[import-not-found]

from assistant.assembly import Parts
from assistant.catalog import PolicyBook
from assistant.desk import Desk, EditedPolicies
from assistant.errors import EditConflictError, PromptError, StoreError
from assistant.evaluation.prompt_cases import read_cases
from assistant.generation.replies.policies import PolicyReplies
from assistant.lexicon import Lexicon
from assistant.settings import Settings
from assistant.store import Database
from assistant.types import Constraints

HOW_LONG = "How long do I have to return something?"


def test_an_intent_that_was_put_right_is_a_label_and_shows(office: Office) -> None:
    conversation = office.taken("hmm where is it")
    line = office.desk.case(conversation, "eve").lines[0]
    assert (line.intent, line.confidence, line.low_confidence, line.corrected) == ("order_status", 0.41, True, False)
    office.desk.correct_intent(conversation, 1, "product_search", "eve")
    line = office.desk.case(conversation, "eve").lines[0]
    assert (line.intent, line.low_confidence, line.corrected) == ("product_search", False, True)
    (label,) = office.labels.all("intent")
    assert (label.text, label.was, label.corrected, label.author) == (
        "hmm where is it", "order_status", "product_search", "eve",
    )  # fmt: skip
    assert list(office.labels.lines("intent")) == [
        {"text": "hmm where is it", "lang": "en", "intent": "product_search"}
    ]


@pytest.mark.parametrize(
    ("turn", "intent", "said"),
    [(1, "nonsense", "no intent"), (9, "smalltalk", "no customer line"), (0, "smalltalk", "no customer")],
)
def test_what_cannot_be_put_right_is_refused(office: Office, turn: int, intent: str, said: str) -> None:
    conversation = office.taken("hello")
    with pytest.raises(StoreError, match=said):
        office.desk.correct_intent(conversation, turn, intent, "eve")
    assert office.labels.all() == ()


def test_constraints_put_right_on_the_last_line_change_what_is_looked_for(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "shoes under 90")
    right = Constraints(product="shoes", price_max=70.0, colors=("black",))
    office.desk.correct_constraints(conversation, 3, right, "eve")
    assert office.sessions.state(conversation).ledger == right
    assert office.desk.case(conversation, "eve").lines[-1].ledger == right
    (label,) = office.labels.all("constraints")
    assert label.was["price_max"] == 90
    assert Constraints.from_dict(label.corrected) == right


def test_constraints_of_an_earlier_line_leave_the_ledger_alone(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.shop(conversation, "shoes under 90")
    office.desk.correct_constraints(conversation, 1, Constraints(product="shoes"), "eve")
    assert office.sessions.state(conversation).ledger.price_max == 90


def test_a_line_becomes_a_case_for_the_prompts(office: Office) -> None:
    conversation = office.taken("shoes under 80", "no red: shoes")
    name = office.desk.keep_as_case(
        conversation, 2, "eve", must_mention=("mesh",), must_not_mention=("waterproof",), note="recommends sold out"
    )
    (case,) = read_cases([office.cases / "cases" / "blurb.jsonl"])
    assert case.id == name
    assert case.turns == ("shoes under 80", "no red: shoes")
    assert (case.checks.must_mention_any, case.checks.must_not_mention) == ((("mesh",),), ("waterproof",))
    assert case.note == "recommends sold out · eve"
    with pytest.raises(PromptError, match="there already"):
        office.desk.keep_as_case(conversation, 2, "eve")


def test_an_edited_passage_is_quoted_from_then_on_by_every_process(office: Office, tmp_path: Path) -> None:
    elsewhere = Database(f"sqlite:///{tmp_path / 'desk.sqlite'}")
    books = [EditedPolicies(BOOK, office.sessions.store.database), EditedPolicies(BOOK, elsewhere)]
    text = "You have  60 days\nfrom delivery."
    office.desk.save_passage("returns", "en", HOW_LONG, text, "eve", base=0, note="summer")
    for book in books:
        replies = PolicyReplies().reply("en", "return_refund", book.about("returns", "en"), "how long can I return it")
        assert "60 days from delivery." in " ".join(replies)
        assert "30 days" not in " ".join(replies)
        # The other language is another passage.
        assert "30 天" in book.about("returns", "zh")[0].text
    elsewhere.close()


def test_passages_are_edited_with_history_withdrawn_and_restored(office: Office) -> None:
    desk = office.desk
    desk.save_passage("returns", "en", HOW_LONG, "60 days.", "eve", base=0)
    with pytest.raises(EditConflictError, match="edited meanwhile"):
        desk.save_passage("returns", "en", HOW_LONG, "90 days.", "bob", base=0)
    desk.save_passage("returns", "en", HOW_LONG, None, "bob", base=1, note="no returns")
    passage = next(p for p in desk.policies("en") if p.heading == HOW_LONG)
    assert (passage.text, passage.version, passage.author) == (None, 2, "bob")
    assert passage.original == "You have 30 days from delivery."
    quoting = EditedPolicies(BOOK, office.sessions.store.database)
    assert [p.heading for p in quoting.about("returns", "en")] == ["When do I get my money?"]
    desk.save_passage("returns", "en", HOW_LONG, passage.original, "eve", base=2)
    assert quoting.about("returns", "en")[0].heading == HOW_LONG
    history = desk.passage_history("returns", "en", HOW_LONG)
    assert [(v.version, v.text, v.author) for v in history] == [
        (3, "You have 30 days from delivery.", "eve"), (2, None, "bob"), (1, "60 days.", "eve"),
    ]  # fmt: skip


def test_a_passage_can_be_added(office: Office) -> None:
    office.desk.save_passage("shipping", "zh", "周末送货吗？", "周末照常送货。", "eve", base=0)
    quoting = EditedPolicies(BOOK, office.sessions.store.database)
    assert [p.text for p in quoting.about("shipping", "zh")] == ["周末照常送货。"]
    assert [p.original for p in office.desk.policies("zh") if p.topic == "shipping"] == [""]


@pytest.mark.parametrize(
    ("topic", "language", "heading", "text"),
    [("gossip", "en", "A", "b"), ("canned", "en", "A", "b"), ("returns", "fr", "A", "b"), ("returns", "en", " ", "b"),
     ("returns", "en", "A", "  ")],
)  # fmt: skip
def test_what_is_no_passage_is_refused(office: Office, topic: str, language: str, heading: str, text: str) -> None:
    with pytest.raises(StoreError):
        office.desk.save_passage(topic, language, heading, text, "eve", base=0)


def test_replies_at_hand(office: Office) -> None:
    desk = office.desk
    shipped = desk.canned("en")
    assert len(shipped) == len(desk.canned("zh")) >= 6
    title = shipped[0].title
    desk.save_canned("en", title, "Hi there.", "eve", base=0)
    desk.save_canned("en", "Hours", "We answer from 8 to 8.", "eve", base=0)
    assert [c.text for c in desk.canned("en") if c.title in (title, "Hours")] == ["Hi there.", "We answer from 8 to 8."]
    desk.save_canned("en", title, None, "eve", base=1)
    assert title not in [c.title for c in desk.canned("en")]
    with pytest.raises(StoreError, match="edited meanwhile"):
        desk.save_canned("en", "Hours", "x", "bob", base=0)
    # Replies at hand are no policy.
    assert "Hours" not in [p.heading for p in desk.policies()]
    assert "Hours" not in [p.heading for p in EditedPolicies(BOOK, office.sessions.store.database).passages]


def test_without_a_folder_there_are_no_cases(office: Office, lexicon: Lexicon) -> None:

    desk = Desk.of(office.sessions, lexicon=lexicon, policies=PolicyBook(()))
    conversation = office.taken("shoes")
    with pytest.raises(StoreError, match="no folder"):
        desk.keep_as_case(conversation, 1, "eve")
    assert desk.orders_of("A-20001") == ()


def test_the_policies_of_a_server_are_the_edited_ones(office: Office, tmp_path: Path) -> None:

    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "returns.en.md").write_text(f"# Returns\n\n## {HOW_LONG}\n30 days.\n", encoding="utf-8")
    database = office.sessions.store.database
    settings = Settings.model_construct(policies=folder)
    parts = Parts(settings, edited=lambda book: EditedPolicies(book, database))
    assert parts.policies.about("returns", "en")[0].text == "30 days."
    office.desk.save_passage("returns", "en", HOW_LONG, "Ninety days.", "eve", base=0)
    assert parts.policies.about("returns", "en")[0].text == "Ninety days."


def test_a_chip_changes_the_ledger_that_holds_when_its_turn_comes(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    office.gates["90"], office.reached["90"] = threading.Event(), threading.Event()
    asking = threading.Thread(target=office.shop, args=(conversation, "shoes under 90"))
    asking.start()
    assert office.reached["90"].wait(10)
    seen: list[Constraints] = []

    def change(ledger: Constraints) -> Constraints:
        seen.append(ledger)
        return replace(ledger, colors=("black",))

    done: list[bool] = []
    fixing = threading.Thread(target=lambda: done.append(office.desk.change_constraints(conversation, "eve", change)))
    fixing.start()
    office.gates["90"].set()
    asking.join(10)
    fixing.join(10)
    assert done == [True]
    assert seen[0].price_max == 90
    ledger = office.sessions.state(conversation).ledger
    assert (ledger.price_max, ledger.colors) == (90, ("black",))
    (label,) = office.labels.all("constraints")
    assert (label.turn, label.author) == (3, "eve")
    assert not office.desk.change_constraints(conversation, "eve", lambda ledger: ledger)


def test_only_who_has_it_puts_it_right(office: Office) -> None:
    conversation = office.taken("shoes under 80")
    for call in (
        lambda: office.desk.correct_intent(conversation, 1, "smalltalk", "bob"),
        lambda: office.desk.correct_constraints(conversation, 1, Constraints(), "bob"),
        lambda: office.desk.change_constraints(conversation, "bob", lambda ledger: Constraints()),
    ):
        with pytest.raises(StoreError, match="'eve' has it"):
            call()
    assert office.labels.all() == ()
