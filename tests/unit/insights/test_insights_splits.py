"""Live splits: two arms really serve two prompts, the trace says so, and the figures say no more than they know."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes_assistant import PRODUCTS, FakeAssistant
from fakes_generation import PHONE, ScriptedGenerator

from assistant.dialogue import DialogueState
from assistant.errors import StoreError
from assistant.generation import PromptBook
from assistant.generation.generator import never
from assistant.generation.prompts import MovingPrompts, Prompt, move_label
from assistant.generation.writer import ANYBODY, BlurbWriter, Listener, card_for
from assistant.insights.splits import results
from assistant.lexicon import Lexicon
from assistant.metrics import newcombe, wilson
from assistant.personal import NO_TASTE, Taste
from assistant.resources import default_folder
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.events import EventStore
from assistant.store.feedback import FeedbackStore
from assistant.store.trials import Trial, TrialStore
from assistant.turns import Done, Event, Said

LEXICON = Lexicon.load()
BOOK = PromptBook.load(default_folder("prompts"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}")
    yield database
    database.close()


class WritingAssistant(FakeAssistant):
    """The scripted assistant, whose searches end in a recommendation by a real writer."""

    def __init__(self, blurbs: BlurbWriter) -> None:
        super().__init__(PRODUCTS)
        self.blurbs = blurbs

    def stream(
        self,
        state: DialogueState,
        message: str,
        *,
        stopped: Callable[[], bool] = never,
        listener: Listener = ANYBODY,
        taste: Taste = NO_TASTE,
    ) -> Iterator[Event]:
        for event in super().stream(state, message, stopped=stopped):
            if isinstance(event, Done) and event.turn.cards:
                with self.blurbs.begin(card_for(PHONE, "en"), message, "en", listener=listener) as blurb:
                    for sentence in blurb:
                        yield Said(sentence)
                event = dataclasses.replace(event, turn=dataclasses.replace(event.turn, prompt=blurb.prompt))
            yield event


def _sessions(database: Database, generator: ScriptedGenerator) -> Sessions:
    assistant = WritingAssistant(BlurbWriter(generator, BOOK, LEXICON))
    return Sessions(assistant, ConversationStore(database))  # type: ignore[arg-type]


def _conversation_in(trials: TrialStore, trial: Trial, arm: str) -> str:
    return next(c for n in range(200) if trials.arm(trial, c := f"conversation {n}") == arm)


def test_two_conversations_of_a_split_are_served_two_prompts(database: Database) -> None:
    trials = TrialStore(database)
    trial = trials.start("shorter", "blurb.en", {"production": 0.5, "staging": 0.5}, author="mia")
    generator = ScriptedGenerator(*[" is a phone.\n"] * 4)
    sessions = _sessions(database, generator)
    old = BOOK.get("blurb.en")
    new = BOOK.get("blurb.en", label="staging")
    assert old.identity != new.identity
    for arm, prompt in (("production", old), ("staging", new)):
        conversation = _conversation_in(trials, trial, arm)
        list(sessions.say(conversation, "shoes under 100"))
        told = sessions.history(conversation)[-1].trace
        assert told["prompt"] == prompt.identity
        assert told["trials"] == [{"trial": "shorter", "task": "blurb.en", "arm": arm}]
        assert generator.prompts[-1].startswith(prompt.prefix)
    assert generator.prompts[0] != generator.prompts[1]
    # Another turn of the same conversation is served alike, whatever the shares are by now.
    list(sessions.say(conversation, "shoes under 90"))
    assert sessions.history(conversation)[-1].trace["prompt"] == new.identity
    trials.end("shorter")
    list(sessions.say(conversation, "shoes under 80"))
    after = sessions.history(conversation)[-1].trace
    assert (after["prompt"], after["trials"]) == (old.identity, [])
    sessions.close()


def test_a_conversation_without_a_text_of_the_task_joins_no_split(database: Database) -> None:
    trials = TrialStore(database)
    trials.start("shorter", "blurb.en", {"production": 0.5, "staging": 0.5}, author="mia")
    sessions = _sessions(database, ScriptedGenerator())
    list(sessions.say("small talk", "hello"))
    sessions.close()
    assert sum(arm.conversations for arm in results(trials, "shorter")) == 0


class Owners(ScriptedGenerator):
    """Notes whose place in the line each text takes."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.owners: list[object] = []

    def stream(self, prompt: str, **asked: object) -> object:  # type: ignore[override]
        self.owners.append(asked["owner"])
        return super().stream(prompt, **asked)  # type: ignore[arg-type]


def test_each_conversation_has_its_own_place_in_the_generators_line(database: Database) -> None:
    generator = Owners(*[" is a phone.\n"] * 3)
    sessions = _sessions(database, generator)
    for conversation in ("a", "b", "a"):
        list(sessions.say(conversation, "shoes"))
    sessions.close()
    assert generator.owners == ["a", "b", "a"]


def test_a_label_that_names_nothing_leaves_the_usual_prompt(caplog: pytest.LogCaptureFixture) -> None:
    writer = BlurbWriter(ScriptedGenerator(" is a phone.\n"), BOOK, LEXICON)
    listener = Listener("c", lambda task: "gone")
    with writer.begin(card_for(PHONE, "en"), "a phone", "en", listener=listener) as run:
        list(run)
    assert run.prompt == BOOK.get("blurb.en").identity
    assert "names no version" in caplog.text


def test_an_arm_serves_what_its_label_meant_when_the_split_began(database: Database) -> None:
    trials = TrialStore(database)
    old, new = BOOK.get("blurb.en"), BOOK.get("blurb.en", label="staging")
    # The labels of the arms mean one version by now; the arms go on as two.
    versions = {"production": new.identity, "staging": old.identity}
    trial = trials.start("t", "blurb.en", {"staging": 0.5, "production": 0.5}, author="mia", versions=versions)
    sessions = _sessions(database, ScriptedGenerator(*[" is a phone.\n"] * 2))
    for arm, identity in versions.items():
        list(sessions.say(conversation := _conversation_in(trials, trial, arm), "shoes under 100"))
        assert sessions.history(conversation)[-1].trace["prompt"] == identity
    sessions.close()
    assert [arm.arm for arm in results(trials, "t")] == ["production", "staging"]


def test_an_arm_that_cannot_be_served_is_not_credited_with_the_usual_text(database: Database) -> None:
    trials = TrialStore(database)
    gone = {"production": "blurb.en/77@0000", "staging": "blurb.en/78@0000"}
    trials.start("t", "blurb.en", {"production": 0.5, "staging": 0.5}, author="mia", versions=gone)
    sessions = _sessions(database, ScriptedGenerator(" is a phone.\n"))
    list(sessions.say("c", "shoes under 100"))
    told = sessions.history("c")[-1].trace
    assert (told["prompt"], told["trials"]) == (BOOK.get("blurb.en").identity, [])
    sessions.close()
    assert sum(arm.conversations for arm in results(trials, "t")) == 0


def test_a_label_moved_while_the_shop_is_open_serves_the_next_text(tmp_path: Path) -> None:
    overlay = tmp_path / "prompts"
    moving = MovingPrompts(default_folder("prompts"), overlay, BOOK)
    writer = BlurbWriter(ScriptedGenerator(), moving, LEXICON)
    before: Prompt = writer.prompt("en")
    move_label(overlay, BOOK.get("blurb.en", label="staging"), label="production", who="mia")
    assert writer.prompt("en").identity == BOOK.get("blurb.en", label="staging").identity != before.identity
    (overlay / "labels.yaml").write_text("production: nonsense\n", encoding="utf-8")
    assert writer.prompt("en").identity == BOOK.get("blurb.en", label="staging").identity


def _happened(database: Database, likes: dict[str, tuple[int, int]]) -> None:
    """So many liked of so many conversations, by arm."""
    trials, talk, feedback = TrialStore(database), ConversationStore(database), FeedbackStore(database)
    trial = trials.start("t", "blurb.en", {"production": 0.5, "staging": 0.5}, author="mia")
    left = {arm: list(range(total)) for arm, (_, total) in likes.items()}
    drawn: dict[str, list[str]] = {arm: [] for arm in likes}
    n = 0
    while any(len(drawn[arm]) < len(left[arm]) for arm in likes):
        conversation, n = f"c{n}", n + 1
        # Looked up without writing: only as many join as the test asks for.
        from assistant.store.trials import _draw

        arm = _draw(trial, conversation)
        if len(drawn[arm]) < len(left[arm]):
            assert trials.arm(trial, conversation) == arm
            drawn[arm].append(conversation)
    for arm, (liked, _) in likes.items():
        for place, conversation in enumerate(drawn[arm]):
            talk.save_turn(conversation, {}, "hi", {"kind": "message", "handoff": False})
            if place < liked:
                feedback.give(conversation, 1, 1)
                feedback.give(conversation, 1, 1, sku="A")


def test_shares_and_differences_have_the_intervals_of_the_formulas(database: Database) -> None:
    _happened(database, {"production": (8, 40), "staging": (24, 40)})
    first, second = results(TrialStore(database), "t")
    assert (first.arm, first.conversations, first.planned) == ("production", 40, 0.5)
    likes = first.measures["likes"]
    assert (likes.count, likes.share, likes.verdict) == (8, 0.2, "baseline")
    assert likes.interval == wilson(8, 40)
    likes = second.measures["likes"]
    assert likes.difference == pytest.approx(0.4)
    assert likes.difference_interval == newcombe(8, 40, 24, 40)
    assert likes.verdict == "higher"
    # Nobody disliked anything on either side: an interval of zero to zero is not claimed.
    low, high = second.measures["dislikes"].difference_interval or (0, 0)
    assert low < 0 < high
    assert second.measures["dislikes"].verdict == "open"


def test_few_conversations_decide_nothing_however_large_the_difference(database: Database) -> None:
    _happened(database, {"production": (0, 15), "staging": (15, 15)})
    _, second = results(TrialStore(database), "t")
    assert second.measures["likes"].verdict == "too_few"
    assert (second.measures["likes"].difference_interval or (0, 0))[0] > 0


def test_arms_nobody_joined_are_there_and_unknown_trials_are_refused(database: Database) -> None:
    trials = TrialStore(database)
    trials.start("empty", "blurb.zh", {"production": 0.9, "new": 0.1}, author="mia")
    first, second = results(trials, "empty")
    assert (first.arm, second.arm, second.conversations) == ("production", "new", 0)
    assert second.measures["carts"].share is None
    assert second.measures["carts"].verdict == "too_few"
    with pytest.raises(StoreError, match="no trial 'other'"):
        results(trials, "other")


def test_what_was_before_the_arm_was_drawn_or_after_the_end_does_not_count(tmp_path: Path) -> None:
    from store_contract import Watch

    watch = Watch()
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}", clock=watch)
    trials, talk, events = TrialStore(database), ConversationStore(database), EventStore(database)
    trial = trials.start("t", "blurb.en", {"a": 0.5, "b": 0.5}, author="mia")
    talk.save_turn("c", {}, "a person please", {"handoff": True})
    watch.pass_(minutes=1)
    arm = trials.arm(trial, "c")
    watch.pass_(minutes=1)
    talk.save_turn("c", {}, "shoes", {"handoff": False})
    watch.pass_(minutes=1)
    trials.end("t")
    watch.pass_(minutes=1)
    events.record("s", "A", "add_to_cart", conversation="c")
    found = next(r for r in trials.results("t") if r.arm == arm)
    assert (found.conversations, found.turns, found.handoffs, found.carts) == (1, 1, 0, 0)
    database.close()
