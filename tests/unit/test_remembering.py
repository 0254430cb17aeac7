"""What is noted of a conversation, what is read back, and that saying so ends both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fakes_intent import KeywordClassifier
from small_shop import small_assistant

from assistant.lexicon import Lexicon
from assistant.pipeline import Assistant
from assistant.remembering import Remembering, pseudonym
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.store.events import EventStore
from assistant.turns import Done
from assistant.types import INTENTS
from assistant.understanding import ConstraintParser, Reader


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Assistant:
    made = small_assistant(tmp_path_factory.mktemp("small"), lexicon)
    words = {"track": "account_privacy", "记录": "account_privacy", "look at again": "account_privacy"}
    classifier = KeywordClassifier({**words, "shoe": "product_search"}, INTENTS)
    made.reader = Reader(classifier, ConstraintParser(lexicon, made.engine.columns.brand_names), lexicon)
    return made


@pytest.fixture
def sessions(assistant: Assistant, tmp_path: Path) -> Iterator[Sessions]:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    sessions = Sessions(assistant, store)
    yield sessions
    sessions.close()
    store.close()


def _say(sessions: Sessions, message: str) -> Done:
    *_, last = sessions.say("a", message)
    assert isinstance(last, Done)
    return last


@pytest.mark.parametrize(
    ("message", "told"),
    [("Please stop tracking what I look at", "is deleted"), ("请不要记录我看过的商品", "已经删除")],
)
def test_saying_so_deletes_what_was_noted_and_ends_it(sessions: Sessions, message: str, told: str) -> None:
    _say(sessions, "running shoes")
    sessions.note("a", "TST-SHOE-01", "view")
    assert sessions.taste("a")
    done = _say(sessions, message)
    assert told in done.turn.reply
    assert done.state.personal is False
    sessions.note("a", "TST-SHOE-02", "view")
    assert EventStore(sessions.store.database).of(pseudonym("a")) == ()
    assert not sessions.taste("a")
    assert _say(sessions, "running shoes under 100").state.personal is False, "it stays so"
    again = _say(sessions, "you may use what I look at again")
    assert again.state.personal is True
    sessions.note("a", "TST-SHOE-02", "view")
    assert [sign.sku for sign in sessions.taste("a").signs] == ["TST-SHOE-02"]


def test_a_question_about_it_changes_nothing(sessions: Sessions) -> None:
    done = _say(sessions, "do you track what I look at?")
    assert done.turn.action == "policy"
    assert done.state.personal is True


def test_the_last_rating_stands_and_age_is_counted(sessions: Sessions) -> None:
    database = sessions.store.database
    events = EventStore(database)
    then = database.now() - timedelta(seconds=600)
    for kind, sku, at in (
        ("like", "TST-SHOE-01", then),
        ("view", "TST-SHOE-02", then),
        ("dislike", "TST-SHOE-01", None),
    ):
        events.record(pseudonym("a"), sku, kind, conversation="a", at=at)  # type: ignore[arg-type]
    signs = sessions.taste("a").signs
    assert [(sign.sku, sign.doing) for sign in signs] == [("TST-SHOE-02", "view"), ("TST-SHOE-01", "dislike")]
    assert 599 <= signs[0].age < 700
    assert sessions.remembering.taste("b", sessions.state("b")).signs == (), "nobody else's"


def test_a_shop_may_want_none_of_it(sessions: Sessions) -> None:
    none = Remembering(sessions.store, enabled=False)
    none.note("a", "TST-SHOE-01", "view")
    sessions.note("a", "TST-SHOE-02", "view")
    assert none.taste("a", sessions.state("a")).signs == ()
    assert [e.sku for e in EventStore(sessions.store.database).of(pseudonym("a"))] == ["TST-SHOE-02"]
