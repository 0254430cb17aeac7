"""What every database must do for the stores: SQLite in the unit tests, PostgreSQL in the integration tests."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from assistant.errors import ConfigurationError, StoreError
from assistant.store import (
    ConversationStore,
    Database,
    DeskStore,
    EventStore,
    FeedbackStore,
    InsightStore,
    LabelStore,
    LoginStore,
    PolicyStore,
    QueueStore,
    RunStore,
    TrialStore,
    UserStore,
    purge,
)
from assistant.store.events import ShopperEvent
from assistant.store.insights import TurnFilter
from assistant.store.runs import Cell

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "correct horse battery"


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = BEGIN

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **by: float) -> None:
        self.time += timedelta(**by)


def trace(intent: str = "product_search", **more: object) -> dict[str, object]:
    return {
        "kind": "message", "intent": intent, "language": "en", "action": "search", "prompt": "blurb@1",
        "handoff": False, "products": [1, 2], "relaxed": [], "ms": {"first_text": 120.5, "total": 300.0}, **more,
    }  # fmt: skip


class StoreContract:
    """Subclassed with fixtures ``watch`` and ``database``; ``database`` is empty at the beginning of every test."""

    @pytest.fixture
    def watch(self) -> Watch:
        return Watch()

    @pytest.fixture
    def talk(self, database: Database) -> ConversationStore:
        return ConversationStore(database)

    # -- conversations ------------------------------------------------------------------------------------------------

    def test_turns_come_back_as_they_were(self, talk: ConversationStore) -> None:
        odd = {"text": "a \x00 b \ud800 长", "list": [1, None, {"x": 1.5}]}
        assert talk.save_turn("c", odd, "nul \x00 and half a pair \ud800", odd) == 1
        assert talk.save_turn("c", {"n": 2}, "two", trace()) == 2
        assert talk.load("c") == {"n": 2}
        first, second = talk.history("c")
        assert first.trace == odd
        assert first.message == "nul \ufffd and half a pair ?"
        assert (second.number, second.created_at) == (2, BEGIN)
        assert talk.turn("c", 2) == second
        assert talk.turn("c", 3) is None
        assert talk.load("\x00") is None

    def test_turns_of_one_conversation_from_many_threads_are_numbered_without_gaps(
        self, talk: ConversationStore
    ) -> None:
        begin = threading.Barrier(6)

        def write(n: int) -> int:
            begin.wait(10)
            return talk.save_turn("c", {"n": n}, str(n), trace())

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(write, range(6))) == [1, 2, 3, 4, 5, 6]

    def test_forgetting_takes_all_that_came_of_a_conversation(
        self, talk: ConversationStore, database: Database
    ) -> None:
        queue, desk, labels = QueueStore(database), DeskStore(database), LabelStore(database)
        feedback, events, trials = FeedbackStore(database), EventStore(database), TrialStore(database)
        trial = trials.start("t", "blurb", {"a": 0.5, "b": 0.5}, author="m")
        for c in ("gone", "kept"):
            talk.save_turn(c, {}, "hi", trace())
            queue.open(c)
            desk.say(c, "agent", "hello", name="ann")
            desk.suggest(c, 1, "draft")
            desk.note(c, "ann", "a note")
            labels.correct("intent", f"text {c}", "smalltalk", language="en", author="ann", conversation=c)
            feedback.give(c, 1, -1, sku="S", reason="price")
            events.record("shopper", "S", "view", conversation=c)
            trials.arm(trial, c)
        talk.forget("gone")
        talk.forget("gone")
        assert talk.load("gone") is None
        assert talk.turns("gone") == []
        assert queue.get("gone") is None
        assert (desk.messages("gone"), desk.drafts("gone"), desk.notes("gone")) == ((), (), ())
        assert feedback.of("gone") == ()
        assert [e.conversation_id for e in events.all()] == ["kept"]
        assert [label.conversation_id for label in labels.all()] == ["kept"]
        assert sum(r.conversations for r in trials.results("t")) == 1
        assert len(talk.turns("kept")) == 1
        assert queue.get("kept") is not None
        assert len(desk.messages("kept")) == len(desk.drafts("kept")) == len(desk.notes("kept")) == 1

    # -- feedback and events ------------------------------------------------------------------------------------------

    def test_an_opinion_replaces_the_earlier_one_on_the_same(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        talk.save_turn("c", {}, "hi", trace())
        feedback = FeedbackStore(database)
        feedback.give("c", 1, 1, sku="A")
        feedback.give("c", 1, -1)
        watch.pass_(minutes=1)
        feedback.give("c", 1, -1, sku="A", reason="too dear", comment="贵", shopper="s")
        whole, one = feedback.of("c")
        assert (whole.sku, whole.value) == ("", -1)
        assert (one.sku, one.value, one.reason, one.comment) == ("A", -1, "too dear", "贵")
        assert one.created_at == BEGIN + timedelta(minutes=1)
        assert feedback.reasons(BEGIN, BEGIN + timedelta(hours=1)) == {"too dear": 1}
        assert feedback.between(BEGIN, BEGIN + timedelta(seconds=1)) == (whole,)
        feedback.take_back("c", 1, sku="A")
        assert feedback.of("c") == (whole,)

    def test_an_opinion_needs_a_conversation_and_a_value(self, talk: ConversationStore, database: Database) -> None:
        with pytest.raises(StoreError, match="cannot be stored"):
            FeedbackStore(database).give("never", 1, 1)
        talk.save_turn("c", {}, "hi", trace())
        with pytest.raises(StoreError, match="1 or -1"):
            FeedbackStore(database).give("c", 1, 0)  # type: ignore[arg-type]

    def test_events_are_written_out_in_the_catalogue_format(self, database: Database, watch: Watch) -> None:
        events = EventStore(database)
        events.record("s", "A", "view", conversation="c")
        watch.pass_(seconds=90)
        events.record("s", "A", "purchase", value=59.0)
        events.record("other", "B", "like")
        assert [e.to_dict() for e in events.of("s")] == [
            {"user_id": "s", "sku": "A", "event": "view", "timestamp": "2026-03-01T12:00:00Z", "value": None},
            {"user_id": "s", "sku": "A", "event": "purchase", "timestamp": "2026-03-01T12:01:30Z", "value": 59.0},
        ]
        assert [e.sku for e in events.all(since=BEGIN + timedelta(seconds=1))] == ["A", "B"]
        events.forget("s")
        assert [e.shopper for e in events.all()] == ["other"]

    def test_events_come_in_all_or_none(self, database: Database) -> None:
        events = EventStore(database)
        good = ShopperEvent("s", "A", "view", BEGIN)
        with pytest.raises(StoreError, match=r"event 2.*'seen'"):
            events.add([good, ShopperEvent("s", "A", "seen", BEGIN)])  # type: ignore[arg-type]
        with pytest.raises(StoreError, match="no zone"):
            events.add([good, ShopperEvent("s", "A", "view", datetime(2026, 1, 1))])
        assert list(events.all()) == []
        many = [ShopperEvent("s", str(n), "view", BEGIN) for n in range(2345)]
        assert events.add(many) == 2345
        assert list(events.all()) == many

    # -- people -------------------------------------------------------------------------------------------------------

    def test_a_user_is_known_by_name_and_password_only(self, database: Database) -> None:
        users = UserStore(database, CHEAP)
        users.add("Ann", "agent", GOOD)
        found = users.check("  ANN ", GOOD)
        assert found is not None
        assert (found.name, found.role, found.active) == ("ann", "agent", True)
        for name, password in (
            ("ann", GOOD + "!"),
            ("ann", ""),
            ("bob", GOOD),
            ("", ""),
            ("ann", "x" * 10_000),
            ("ann", "\ud800"),
        ):
            assert users.check(name, password) is None
        with database.reading() as connection:
            stored = connection.exec_driver_sql("select password from users").scalar_one()
        assert stored.startswith("$argon2id$")
        assert GOOD not in stored

    def test_a_user_without_a_password_cannot_sign_in_with_one(self, database: Database) -> None:
        users = UserStore(database, CHEAP)
        assert not users.add("ann", "manager", None).has_password
        for guess in ("", "nobody has this password", GOOD):
            assert users.check("ann", guess) is None

    @pytest.mark.parametrize(
        ("name", "role", "password", "says"),
        [
            ("", "agent", GOOD, "user name"),
            ("a b", "agent", GOOD, "user name"),
            ("a\nb", "agent", GOOD, "user name"),
            ("<b>", "agent", GOOD, "user name"),
            ("x" * 65, "agent", GOOD, "user name"),
            ("ann", "boss", GOOD, "role"),
            ("ann", "agent", "short", "12 to 256"),
            ("ann", "agent", "x" * 257, "12 to 256"),
            ("annannannann", "agent", "AnnAnnAnnAnn", "name"),
        ],
    )
    def test_what_cannot_be_a_user_is_told(
        self, database: Database, name: str, role: str, password: str, says: str
    ) -> None:
        users = UserStore(database, CHEAP)
        with pytest.raises(StoreError, match=says):
            users.add(name, role, password)  # type: ignore[arg-type]
        assert users.all() == ()

    def test_names_are_taken_once_and_the_last_admin_stays(self, database: Database) -> None:
        users = UserStore(database, CHEAP)
        assert not users.has_admin()
        users.add("root", "admin", GOOD)
        assert users.has_admin()
        with pytest.raises(StoreError, match="already"):
            users.add("ROOT", "agent", GOOD)
        for change in (lambda: users.disable("root"), lambda: users.set_role("Root", "agent")):
            with pytest.raises(StoreError, match="last admin"):
                change()
        users.add("second", "admin", GOOD)
        users.disable("root")
        assert users.check("root", GOOD) is None
        with pytest.raises(StoreError, match="last admin"):
            users.disable("second")
        users.enable("root")
        assert users.check("root", GOOD) is not None
        users.set_role("second", "manager")
        assert [(u.name, u.role) for u in users.all()] == [("root", "admin"), ("second", "manager")]
        with pytest.raises(StoreError, match="no user 'ghost'"):
            users.set_password("ghost", GOOD)

    def test_a_hash_made_with_other_costs_is_made_again(self, database: Database) -> None:
        UserStore(database, CHEAP).add("ann", "agent", GOOD)
        dearer = UserStore(database, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        assert dearer.check("ann", GOOD) is not None
        with database.reading() as connection:
            assert "m=16,t=2" in connection.exec_driver_sql("select password from users").scalar_one()
        assert dearer.check("ann", GOOD) is not None

    def test_a_hash_made_again_is_of_the_password_in_one_form(self, database: Database) -> None:
        composed, decomposed = "cr\u00e8me br\u00fbl\u00e9e", "cre\u0300me bru\u0302le\u0301e"
        UserStore(database, CHEAP).add("ann", "agent", composed)
        dearer = UserStore(database, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        assert dearer.check("ann", decomposed) is not None
        assert dearer.check("ann", decomposed) is not None
        assert dearer.check("ann", composed) is not None

    def test_a_sign_in_ends_idle_or_old(self, database: Database, watch: Watch) -> None:
        user = UserStore(database, CHEAP).add("ann", "agent", GOOD)
        logins = LoginStore(database, idle=timedelta(minutes=30), longest=timedelta(hours=2))
        idle, used = logins.open(user), logins.open(user)
        assert idle != used
        for _ in range(5):
            watch.pass_(minutes=20)
            found = logins.who(used)
            assert found is not None
            assert found.name == "ann"
        assert logins.who(idle) is None
        watch.pass_(minutes=20)
        assert logins.who(used) is None
        for wrong in ("", "x", used[:-1], "\ud800"):
            assert logins.who(wrong) is None

    def test_a_token_is_not_stored_and_ends_with_the_user(self, database: Database) -> None:
        users = UserStore(database, CHEAP)
        logins = LoginStore(database, idle=timedelta(hours=1), longest=timedelta(hours=2))
        users.add("root", "admin", GOOD)
        user = users.add("ann", "agent", GOOD)
        token = logins.open(user)
        with database.reading() as connection:
            assert token not in str(connection.exec_driver_sql("select * from logins").all())
        users.set_role("ann", "manager")
        found = logins.who(token)
        assert found is not None
        assert found.role == "manager"
        users.set_password("ann", GOOD + " 2")
        assert logins.who(token) is None
        token = logins.open(user)
        users.disable("ann")
        users.enable("ann")
        assert logins.who(token) is None
        token = logins.open(user)
        logins.close(token)
        assert logins.who(token) is None

    # -- agents -------------------------------------------------------------------------------------------------------

    def test_of_many_agents_one_takes_a_conversation(self, talk: ConversationStore, database: Database) -> None:
        queue = QueueStore(database)
        talk.save_turn("c", {}, "help", trace())
        queue.open("c")
        begin = threading.Barrier(5)

        def take(agent: str) -> bool:
            begin.wait(10)
            return queue.take("c", agent)

        with ThreadPoolExecutor(5) as pool:
            assert sorted(pool.map(take, "abcde")) == [False] * 4 + [True]

    def test_the_way_of_a_conversation_through_the_queue(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        queue = QueueStore(database)
        with pytest.raises(StoreError):
            queue.open("never stored")
        for c in ("one", "two"):
            talk.save_turn(c, {}, "help", trace())
            queue.open(c, channel="email", customer="李雷")
            watch.pass_(seconds=1)
        assert queue.open("one", channel="web") == queue.get("one")
        assert [w.conversation_id for w in queue.view("waiting", "ann")] == ["one", "two"]
        assert queue.take("one", "ann")
        assert queue.counts("ann") == {"waiting": 1, "mine": 1, "handed_off": 0, "closed": 0}
        assert queue.counts("bob")["mine"] == 0
        assert not queue.hand_off("one", by="bob")
        assert queue.hand_off("one", by="ann", to="bob")
        assert not queue.take("one", "cy")
        assert queue.take("one", "bob")
        assert queue.close("one", by="bob")
        assert not queue.take("one", "ann")
        assert not queue.close("one", by="bob")
        talk.save_turn("one", {}, "one more thing", trace())
        again = queue.get("one")
        assert again is not None
        assert (again.status, again.assignee, again.customer_lines) == ("waiting", None, 2)
        assert (again.channel, again.customer) == ("email", "李雷")
        assert queue.take("two", "ann")
        assert queue.release("two", by="ann")
        assert queue.name_customer("two", "Ms Han")
        assert not queue.name_customer("three", "nobody")
        assert {w.customer for w in queue.view("waiting", "ann")} == {"李雷", "Ms Han"}

    def test_a_persons_message_silences_the_assistant(self, talk: ConversationStore, database: Database) -> None:
        queue, desk = QueueStore(database), DeskStore(database)
        talk.save_turn("c", {}, "help", trace())
        queue.open("c")
        assert queue.let_bot("c", True, automatic=True)
        desk.say("c", "customer", "anybody?")
        assert queue.get("c").automatic  # type: ignore[union-attr]
        desk.say("c", "agent", "I am here", name="ann")
        work = queue.get("c")
        assert work is not None
        assert (work.bot, work.automatic) == (False, False)
        assert [(m.author, m.after_turn) for m in desk.messages("c")] == [("customer", 1), ("agent", 1)]
        queue.let_bot("c", True)
        assert queue.call_for_people("c")
        assert not queue.get("c").bot  # type: ignore[union-attr]
        with pytest.raises(StoreError, match="'robot'"):
            desk.say("c", "robot", "x")  # type: ignore[arg-type]

    def test_a_draft_is_void_when_the_customer_writes_meanwhile(
        self, talk: ConversationStore, database: Database
    ) -> None:
        queue, desk = QueueStore(database), DeskStore(database)
        talk.save_turn("c", {}, "help", trace())
        line = queue.open("c").customer_lines
        first = desk.suggest("c", line, "first", gist="g", style="short", sources=[{"sku": "A"}])
        assert first is not None
        assert first.sources == ({"sku": "A"},)
        second = desk.suggest("c", line, "second")
        assert second is not None
        assert desk.draft("c") == second
        desk.say("c", "customer", "wait")
        assert desk.draft("c") is None
        assert desk.suggest("c", line, "too late") is None
        assert desk.use(second.id, "ann") is None
        assert [d.status for d in desk.drafts("c")] == ["dismissed", "stale"]
        # A turn of the chat is the customer's too; a corrected chip is not.
        third = desk.suggest("c", line + 1, "third")
        talk.save_turn("c", {}, "", trace(kind="edit"))
        assert desk.draft("c") == third
        talk.save_turn("c", {}, "me again", trace())
        assert desk.draft("c") is None

    def test_a_draft_is_sent_without_leave_only_where_that_is_switched_on(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        queue, desk = QueueStore(database), DeskStore(database)
        talk.save_turn("a", {}, "help", trace())
        work = queue.open("a")
        marks = {desk.mark("a"), queue.mark()}
        watch.pass_(seconds=1)
        draft = desk.suggest("a", work.customer_lines, "Hello.")
        assert draft is not None
        assert desk.send(draft.id) is None
        queue.let_bot("a", True, automatic=True)
        message = desk.send(draft.id)
        assert message is not None
        assert (message.author, message.text) == ("assistant", "Hello.")
        assert desk.send(draft.id) is None
        found = desk.find(draft.id)
        assert found is not None
        assert (found.status, found.closed_by) == ("used", None)
        assert desk.find(draft.id + 1) is None
        assert not marks & {desk.mark("a"), queue.mark()}

    def test_a_closed_conversation_is_reopened_by_one(self, talk: ConversationStore, database: Database) -> None:
        queue = QueueStore(database)
        talk.save_turn("a", {}, "help", trace())
        queue.open("a")
        assert not queue.reopen("a", "eve")
        queue.take("a", "eve")
        queue.close("a", by="eve")
        assert queue.reopen("a", "bob")
        assert not queue.reopen("a", "eve")
        work = queue.get("a")
        assert work is not None
        assert (work.status, work.assignee) == ("taken", "bob")

    def test_the_newest_turns_come_oldest_first(self, talk: ConversationStore) -> None:
        for number in range(3):
            talk.save_turn("a", {}, f"m{number}", trace())
        assert [t.message for t in talk.recent("a", 2)] == ["m1", "m2"]
        assert talk.recent("nobody", 2) == ()

    def test_many_conversations_are_read_at_once(self, talk: ConversationStore, database: Database) -> None:
        desk, labels = DeskStore(database), LabelStore(database)
        for conversation in ("a", "b", "c"):
            for number in range(3):
                talk.save_turn(conversation, {}, f"{conversation}{number}", trace())
                desk.say(conversation, "agent", f"to {conversation}{number}", name="ann")
            labels.correct("intent", conversation, "smalltalk", language="en", author="ann", conversation=conversation)
        turns, messages = talk.newest(["a", "b", "nobody"], 2), desk.newest(["a", "b", "nobody"], 2)
        assert {key: [t.message for t in found] for key, found in turns.items()} == {
            "a": ["a1", "a2"],
            "b": ["b1", "b2"],
        }
        assert turns["a"] == talk.recent("a", 2)
        assert messages == {"a": desk.messages("a")[-2:], "b": desk.messages("b")[-2:]}
        assert {key: [label.text for label in found] for key, found in labels.of(["a", "b"]).items()} == {
            "a": ["a"], "b": ["b"],
        }  # fmt: skip
        assert (talk.newest([], 2), desk.newest([], 2), labels.of([])) == ({}, {}, {})
        assert (talk.count("a"), talk.count("nobody")) == (3, 0)

    def test_a_conversation_can_be_somebodys_from_the_first_moment(
        self, talk: ConversationStore, database: Database
    ) -> None:
        queue = QueueStore(database)
        talk.save_state("c", {})
        work = queue.open("c", channel="mail", taken_by="ann")
        assert (work.status, work.assignee, work.bot, work.channel) == ("taken", "ann", False, "mail")
        assert not queue.take("c", "bob")

    def test_a_draft_is_used_once_as_edited(self, talk: ConversationStore, database: Database) -> None:
        queue, desk = QueueStore(database), DeskStore(database)
        talk.save_turn("c", {}, "help", trace())
        queue.open("c")
        draft = desk.suggest("c", 1, "suggested")
        assert draft is not None
        sent = desk.use(draft.id, "ann", "edited")
        assert sent is not None
        assert (sent.text, sent.name, sent.author) == ("edited", "ann", "agent")
        assert desk.use(draft.id, "ann") is None
        assert not desk.dismiss(draft.id, "ann")
        (kept,) = desk.drafts("c")
        assert (kept.status, kept.text, kept.final, kept.closed_by) == ("used", "suggested", "edited", "ann")
        assert not queue.get("c").bot  # type: ignore[union-attr]
        other = desk.suggest("c", 1, "next")
        assert other is not None
        assert desk.dismiss(other.id, "ann")
        assert desk.note("c", "ann", "vip") in desk.notes("c")

    def test_the_newest_correction_of_a_text_counts(self, talk: ConversationStore, database: Database) -> None:
        labels = LabelStore(database)
        labels.correct("intent", "hi", "smalltalk", was="out_of_scope", language="en", author="ann")
        labels.correct("intent", "退货", "order_status", language="zh", author="ann")
        labels.correct("intent", "退货", "return_refund", language="zh", author="bob")
        labels.correct("constraints", "红鞋", {"colors": ["red"]}, language="zh", author="ann")
        assert list(labels.lines("intent")) == [
            {"text": "hi", "lang": "en", "intent": "smalltalk"},
            {"text": "退货", "lang": "zh", "intent": "return_refund"},
        ]
        assert list(labels.lines("constraints")) == [{"text": "红鞋", "lang": "zh", "constraints": {"colors": ["red"]}}]
        assert len(labels.all()) == 4
        assert labels.all("intent")[0].was == "out_of_scope"
        with pytest.raises(StoreError, match="empty"):
            labels.correct("intent", "  ", "smalltalk", language="en", author="ann")
        with pytest.raises(StoreError, match="'mood'"):
            labels.correct("mood", "x", "y", language="en", author="ann")  # type: ignore[arg-type]

    # -- prompts ------------------------------------------------------------------------------------------------------

    def test_a_run_comes_in_cell_by_cell(self, database: Database) -> None:
        runs = RunStore(database)
        run = runs.begin("blurb", {"versions": ["a", "b"]}, 4, author="m", note="try")
        assert runs.get(run.id) == run
        cell = Cell("1", "a", "text", False, {"length": "too long"}, 1, 12.5, 40)
        runs.add(run.id, [cell, Cell("1", "b", "text", True, {})])
        again = Cell("1", "a", "better", True, {}, 0, 10.0, 38)
        runs.add(run.id, [again])
        assert runs.cells(run.id)[0] == again
        assert runs.progress(run.id) == (2, 4)
        assert runs.wanted(run.id)
        assert runs.cancel(run.id)
        assert not runs.wanted(run.id)
        assert not runs.cancel(run.id)
        runs.end(run.id)
        runs.end(run.id, error="later")
        over = runs.get(run.id)
        assert over is not None
        assert (over.status, over.error, over.finished_at) == ("cancelled", None, BEGIN)
        other = runs.begin("plan", {}, 1, author="m")
        runs.end(other.id, error="boom")
        assert [r.status for r in runs.all("plan")] == ["failed"]
        assert len(runs.all()) == 2
        runs.delete(run.id)
        assert runs.cells(run.id) == ()
        with pytest.raises(StoreError):
            runs.add("never", [cell])

    def test_marks_and_votes_can_be_changed(self, database: Database) -> None:
        runs = RunStore(database)
        run = runs.begin("blurb", {}, 1, author="m").id
        runs.mark(run, "1", "a", 1, author="m")
        runs.mark(run, "1", "a", -1, author="m", comment="dull")
        assert [(m.value, m.comment) for m in runs.marks(run)] == [(-1, "dull")]
        runs.vote(run, "1", ("b", "a"), "b", author="m")
        runs.vote(run, "1", ("a", "b"), None, author="m")
        runs.vote(run, "1", ("a", "b"), "a", author="n")
        assert [(v.first, v.second, v.winner, v.author) for v in runs.votes(run)] == [
            ("a", "b", None, "m"), ("a", "b", "a", "n"),
        ]  # fmt: skip
        for pair, winner in ((("a", "a"), "a"), (("a", "b"), "c")):
            with pytest.raises(StoreError):
                runs.vote(run, "1", pair, winner, author="m")
        with pytest.raises(StoreError, match="1 or -1"):
            runs.mark(run, "1", "a", 5, author="m")

    def test_a_conversation_keeps_its_arm(self, talk: ConversationStore, database: Database) -> None:
        trials, feedback, events = TrialStore(database), FeedbackStore(database), EventStore(database)
        trial = trials.start("t", "blurb", {"live": 0.75, "new": 0.25}, author="m")
        arms = {f"c{n}": trials.arm(trial, f"c{n}") for n in range(200)}
        assert arms == {c: trials.arm(trial, c) for c in arms}
        assert 30 <= sum(arm == "new" for arm in arms.values()) <= 70
        chosen = next(c for c, arm in arms.items() if arm == "new")
        talk.save_turn(chosen, {}, "hi", trace(handoff=True))
        talk.save_turn(chosen, {}, "hi", trace())
        feedback.give(chosen, 1, 1)
        feedback.give(chosen, 2, 1, sku="A")
        events.record("s", "A", "add_to_cart", conversation=chosen)
        live, new = trials.results("t")
        assert (live.arm, live.turns, live.liked) == ("live", 0, 0)
        assert (new.turns, new.liked, new.disliked, new.carts, new.handoffs) == (2, 1, 0, 1, 1)
        assert live.conversations + new.conversations == 200
        with pytest.raises(StoreError, match="under way"):
            trials.start("u", "blurb", {"a": 0.5, "b": 0.5}, author="m")
        with pytest.raises(StoreError, match="a trial 't' already"):
            trials.start("t", "listing", {"a": 0.5, "b": 0.5}, author="m")
        assert [t.name for t in trials.all()] == ["t"]
        trials.leave("t", chosen)
        assert trials.results("t")[1].conversations == new.conversations - 1
        assert trials.end("t")
        assert not trials.end("t")
        assert trials.current("blurb") is None
        for arms_ in ({"a": 1.0}, {"a": 0.5, "b": 0.6}, {"a": 0.0, "b": 1.0}):
            with pytest.raises(StoreError, match="shares"):
                trials.start("v", "blurb", arms_, author="m")

    def test_of_two_who_begin_a_trial_at_once_one_does(self, database: Database) -> None:
        trials, gate = TrialStore(database), threading.Barrier(4)
        refused: list[str] = []

        def begin(name: str) -> None:
            gate.wait(10)
            try:
                trials.start(name, "blurb", {"a": 0.5, "b": 0.5}, author=name, versions={"a": "blurb/1@x"})
            except StoreError as error:
                refused.append(str(error))

        threads = [threading.Thread(target=begin, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        (begun,) = trials.all()
        assert begun.versions == {"a": "blurb/1@x"}
        assert len(refused) == 3
        assert all("under way" in text for text in refused)

    def test_a_policy_keeps_its_history_and_refuses_a_blind_edit(self, database: Database) -> None:
        policies = PolicyStore(database)
        policies.save("returns", "en", "Window", "14 days", author="ann", base=0)
        policies.save("returns", "en", "Window", "30 days", author="bob", base=1, note="longer")
        with pytest.raises(StoreError, match="version 1, the newest is 2"):
            policies.save("returns", "en", "Window", "7 days", author="ann", base=1)
        policies.save("returns", "zh", "期限", "30 天", author="bob", base=0)
        policies.save("returns", "zh", "期限", None, author="bob", base=1)
        assert [(p.language, p.version, p.text) for p in policies.current()] == [("en", 2, "30 days"), ("zh", 2, None)]
        assert [p.text for p in policies.history("returns", "en", "Window")] == ["30 days", "14 days"]
        with pytest.raises(StoreError, match="heading"):
            policies.save("returns", "en", " ", "x", author="ann", base=0)

    # -- counting and deleting ----------------------------------------------------------------------------------------

    def test_turns_are_counted_without_their_traces(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        talk.save_turn("a", {}, "early", trace("smalltalk"))
        watch.pass_(days=1)
        since = watch.time
        talk.save_turn("a", {}, "shoes", trace(language="zh"))
        talk.save_turn("a", {}, "nothing", trace(products=[], relaxed=["price_max"]))
        talk.save_turn("b", {}, "a person", trace("speak_to_human", action="handoff", handoff=True, products=[], ms={}))
        talk.save_turn("b", {}, "odd", {"intent": 3, "ms": [], "products": "x", "handoff": "no"})
        watch.pass_(days=1)
        until = watch.time
        talk.save_turn("a", {}, "late", trace())
        insights = InsightStore(database)
        totals = insights.totals(since, until)
        assert (totals.conversations, totals.turns, totals.handoffs, totals.empty, totals.relaxed) == (2, 4, 1, 1, 1)
        intents, languages = insights.intents_and_languages(since, until)
        assert list(intents.items()) == [("product_search", 2), ("speak_to_human", 1)]
        assert list(languages.items()) == [("en", 2), ("zh", 1)]
        assert (totals.first_texts, totals.timed) == (2, 2)
        assert [t.message for t in insights.turns(since, until)] == ["odd", "a person", "nothing", "shoes"]
        assert [t.message for t in insights.turns(since, until, only="empty")] == ["nothing"]
        assert [t.number for t in insights.turns(since, until, intent="product_search", language="zh")] == [2]

    def test_marks_moments_and_percentiles_are_counted(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        insights, since = InsightStore(database), watch.time
        goes_with = {"action": "complement", "products": [{"sku": "X"}, {"sku": "Y \x00"}]}
        talk.save_turn("a", {}, "Gold SHOES ", trace(products=[], relaxed=["colors", "price_max"]))
        talk.save_turn("b", {}, "gold shoes", trace(products=[], ms={"first_text": 20.5, "total": 40}))
        watch.pass_(minutes=25)
        talk.save_turn("b", {}, "what goes with it", trace(**goes_with))
        talk.save_turn("b", {}, "only heard", trace(kind="heard", **goes_with))
        EventStore(database).record("s", "X", "add_to_cart", conversation="b")
        FeedbackStore(database).give("b", 2, -1, reason="too_dear")
        watch.pass_(minutes=1)
        span = since, watch.time
        assert insights.moments(*span) == [(BEGIN, 2), (BEGIN + timedelta(minutes=25), 1)]
        assert insights.relaxations(*span) == {"colors": 1, "price_max": 1}
        found = insights.companions(*span)
        assert [(c.sku, c.shown, c.carts) for c in found] == [("X", 1, 1), ("Y \ufffd", 1, 0)]
        assert insights.empty_messages(*span) == [("gold shoes", 2)]
        assert insights.thumbs(*span) == (0, 1)
        totals = insights.totals(*span)
        assert (totals.turns, totals.first_texts, totals.handed_off) == (3, 3, 0)
        assert insights.percentiles("first_text_ms", (50, 75, 0), *span, count=3) == (120.5, 120.5, 20.5)
        assert insights.percentiles("total_ms", (25,), *span, count=3) == (170.0,)
        for chosen, messages in (
            (TurnFilter(message="gold shoes"), ["gold shoes", "Gold SHOES "]),
            (TurnFilter(relaxed="colors"), ["Gold SHOES "]),
            (TurnFilter(companion="X"), ["what goes with it"]),
            (TurnFilter(reason="too_dear"), ["what goes with it"]),
            (TurnFilter(total_above=100.0, only="empty"), ["Gold SHOES "]),
        ):
            assert [t.message for t in insights.matching(*span, chosen)] == messages
            assert insights.count(*span, chosen) == len(messages)
        talk.forget("b")
        assert insights.companions(*span) == []

    def test_what_is_older_is_deleted_and_nothing_else(
        self, talk: ConversationStore, database: Database, watch: Watch
    ) -> None:
        feedback, events, desk = FeedbackStore(database), EventStore(database), DeskStore(database)
        for c in ("old", "both"):
            talk.save_turn(c, {"n": 1}, "hi", trace())
            feedback.give(c, 1, 1)
            events.record("s", "A", "view", conversation=c)
        desk.note("both", "ann", "old note")
        watch.pass_(days=10)
        cut = watch.time
        assert talk.save_turn("both", {"n": 2}, "hi", trace()) == 2
        feedback.give("both", 2, -1)
        events.record("s", "B", "view")
        purged = purge(database, cut)
        assert (purged.conversations, purged.turns, purged.feedback, purged.events, purged.other) == (1, 2, 2, 2, 1)
        assert purge(database, cut).total == 0
        assert talk.load("old") is None
        assert talk.load("both") == {"n": 2}
        assert [t.number for t in talk.history("both")] == [2]
        assert [f.turn for f in feedback.of("both")] == [2]
        assert [e.sku for e in events.all()] == ["B"]
        assert desk.notes("both") == ()

    @pytest.mark.parametrize("work", ["message", "note", "queue"])
    def test_a_conversation_agents_work_on_is_kept(
        self, talk: ConversationStore, database: Database, watch: Watch, work: str
    ) -> None:
        desk, queue = DeskStore(database), QueueStore(database)
        for conversation in ("kept", "quiet"):
            talk.save_turn(conversation, {"n": 1}, "hi", trace())
            desk.note(conversation, "ann", "old")
            if work == "queue":
                queue.open(conversation)
        watch.pass_(days=10)
        cut = watch.time
        if work == "message":
            desk.say("kept", "agent", "still here", name="ann")
        elif work == "note":
            desk.note("kept", "ann", "waits for the parcel")
        else:
            assert queue.take("kept", "ann")
        purged = purge(database, cut)
        assert (purged.conversations, purged.turns) == (1, 2)
        assert (talk.load("kept"), talk.load("quiet")) == ({"n": 1}, None)
        assert [m.text for m in desk.messages("kept")] == (["still here"] if work == "message" else [])
        assert [n.text for n in desk.notes("kept")] == (["waits for the parcel"] if work == "note" else [])
        watch.pass_(days=1)
        assert purge(database, watch.time).conversations == 1

    def test_a_newer_database_is_refused(self, database: Database, address: str) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        with pytest.raises(ConfigurationError, match="newer release"):
            Database(address)
