"""``Desk``: everything an agent does with conversations, for a page or an interface that knows who is signed in.

Every method that changes something takes the agent's name; whether they may is for the caller to check. Knows stores
and the assistant; knows no page, no role and no protocol.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from assistant.catalog import PolicyBook
from assistant.desk.collected import Collected
from assistant.desk.curating import Curator
from assistant.desk.drafting import Drafter
from assistant.desk.edited import EditedPolicies
from assistant.desk.knowledge import Knowledge
from assistant.desk.orders import OrderBook
from assistant.desk.outcomes import apply_outcome
from assistant.desk.records import DraftEvent, DraftReady, Style, Suggestion
from assistant.desk.sources import outcome_of
from assistant.desk.targets import Target, is_line, language_of, said, target_of
from assistant.desk.threads import own_name, parse_thread
from assistant.dialogue import DialogueState
from assistant.errors import StoreError
from assistant.lexicon import Lexicon
from assistant.sessions import Sessions
from assistant.store.desk import Draft, Note
from assistant.store.queue import SHOP
from assistant.types import ReplyLanguage

log = logging.getLogger(__name__)


class Desk(Curator):
    """The service behind the agent console. One per process; safe to share between threads."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        lexicon: Lexicon,
        policies: EditedPolicies,
        orders: OrderBook,
        cases: Path | None,
    ) -> None:
        """Open the stores on the database of ``sessions``; :meth:`of` takes simpler arguments."""
        super().__init__(sessions, lexicon=lexicon, orders=orders)
        self._knowledge = Knowledge(policies, sessions.store.database)
        self._collected = Collected(sessions, self._labels, cases)
        self._drafter = Drafter(sessions, self._store, self._lines, policies, orders, self._gist, lexicon)

    @classmethod
    def of(
        cls,
        sessions: Sessions,
        *,
        lexicon: Lexicon,
        policies: PolicyBook,
        orders: Path | None = None,
        cases: Path | None = None,
    ) -> Desk:
        """A desk over the conversations of ``sessions``.

        Args:
            sessions: the shop's conversations and their assistant.
            lexicon: the bilingual word tables.
            policies: the shop's files, or the edited ones that the assistant quotes.
            orders: file or folder of orders; none without.
            cases: the prompts folder whose cases production turns are added to.

        Raises:
            ConfigurationError: the orders cannot be read.
        """
        book = OrderBook() if orders is None else OrderBook.read(orders)
        if not isinstance(policies, EditedPolicies):
            policies = EditedPolicies(policies, sessions.store.database)
        return cls(sessions, lexicon=lexicon, policies=policies, orders=book, cases=cases)

    # -- lines from elsewhere ------------------------------------------------------------------------------------------

    def paste(self, text: str, agent: str, *, customer: str = "", channel: str = "pasted") -> str:
        """Make a conversation of a thread from elsewhere, understood line by line and taken by ``agent``.

        It comes into the queue when it is whole; where reading fails nothing of it stays.

        Returns:
            The id of the new conversation. No reply was written.

        Raises:
            TooLongError: it is longer than one conversation may be.
            StoreError: there is nothing in it to read.
        """
        parsed = parse_thread(text, customer=customer)
        named = customer.strip() or own_name(parsed)
        conversation = self._sessions.new_id()
        self._sessions.store.save_state(conversation, DialogueState().to_dict())
        try:
            for line in parsed:
                if line.role == "customer":
                    self._sessions.read_in(conversation, line.text)
                elif line.role == "note":
                    self._store.note(conversation, line.name or agent, line.text)
                else:
                    self._store.say(conversation, line.role, line.text, name=line.name)
            self._queue.open(conversation, channel=channel, customer=named, taken_by=agent)
        except Exception:
            self._sessions.store.forget(conversation)
            raise
        return conversation

    def customer_writes(self, conversation: str, agent: str, text: str) -> bool:
        """Take in what the customer of a conversation from elsewhere wrote now; an open draft becomes stale.

        Returns:
            False where an automatic reply was wanted and could not be written; the message is stored all the same.

        Raises:
            StoreError: it is not the agent's, its customer writes in the shop, or the text is empty.
        """
        if self._own(conversation, agent).channel == SHOP:
            raise StoreError("this customer writes in the shop; what they say there comes here by itself")
        if not text.strip():
            raise StoreError("the message is empty; paste what the customer wrote")
        self._sessions.hear(conversation, text.strip())
        try:
            self.automatic_reply(conversation)
        except Exception:
            # The message is stored: told as a failure of the whole, it would be pasted a second time.
            log.exception("an automatic reply failed")
            return False
        return True

    def automatic_reply(self, conversation: str) -> Suggestion | None:
        """Draft and send a reply where full-auto is on; ``None`` where it is off, or the draft stays for a person.

        A reply that tells of an order stays: nobody has checked who asks.
        """
        if not self._work(conversation).automatic:
            return None
        for event in self._write(conversation, "standard", "en", None):
            if isinstance(event, DraftReady) and self._send(conversation, event.draft.id):
                return event.draft
        return None

    # -- drafts --------------------------------------------------------------------------------------------------------

    def draft(
        self,
        conversation: str,
        agent: str,
        style: Style = "standard",
        *,
        language: ReplyLanguage = "en",
        question: str | None = None,
    ) -> Iterator[DraftEvent]:
        """Write a reply to the customer's last line, or to a question they may ask next.

        Args:
            conversation: its id.
            agent: who asks for it.
            style: how it is written.
            language: the agent's, for the gist; the reply is in the customer's.
            question: what to answer instead of the last line.

        Yields:
            ``DraftText`` per sentence, then ``DraftReady`` or ``DraftStale``.

        Raises:
            StoreError: it is not the agent's, or the customer wrote nothing yet.
        """
        self._own(conversation, agent)
        yield from self._write(conversation, style, language, question)

    def use(self, draft_id: int, agent: str, final_text: str | None = None, *, conversation: str | None = None) -> bool:
        """Send an open draft as it is or as edited. An edit is kept as a label.

        Args:
            draft_id: the draft.
            agent: who sends it.
            final_text: what is sent, where it was edited.
            conversation: the one it has to be of, where the caller knows it.

        Returns:
            False if it is not open any more, or is of another conversation. The assistant goes on as before then.

        Raises:
            StoreError: the conversation is not the agent's, or the text is empty.
        """
        draft = self._draft_of(draft_id, agent, conversation)
        if draft is None:
            return False
        final = draft.text if final_text is None else final_text.strip()
        if not final:
            raise StoreError("the reply is empty; write something, or dismiss the draft")
        edited = final if final != draft.text else None

        def send() -> bool:
            # Behind the turn under way, which makes the draft stale where the customer has written: a draft that is
            # not sent silences nobody. The store silences the assistant with the message itself.
            if self._store.use(draft_id, agent, edited) is None:
                return False
            self._follow(draft)
            return True

        if not self._sessions.in_turn(draft.conversation_id, send):
            return False
        if edited is not None:
            self._collected.reply(draft, outcome_of(draft), edited, agent)
        return True

    def dismiss(self, draft_id: int, agent: str, *, conversation: str | None = None) -> bool:
        """Put an open draft away; False if it is not open any more, or not of ``conversation``.

        Raises:
            StoreError: the conversation is not the agent's.
        """
        if self._draft_of(draft_id, agent, conversation) is None:
            return False
        return self._store.dismiss(draft_id, agent)

    def write(self, conversation: str, agent: str, text: str) -> None:
        """Send the agent's own words; the assistant falls silent at once, also in the middle of a turn.

        Raises:
            StoreError: the conversation is not the agent's, or the text is empty.
        """
        self._own(conversation, agent)
        if not text.strip():
            raise StoreError("the message is empty; write something")
        # Silent at once; the words come when the turn that is cut off has ended.
        self._queue.let_bot(conversation, False)
        self._sessions.hush(conversation)
        self._sessions.in_turn(conversation, lambda: self._store.say(conversation, "agent", text.strip(), name=agent))

    # -- who has it ----------------------------------------------------------------------------------------------------

    def take(self, conversation: str, agent: str) -> bool:
        """Make a waiting conversation the agent's; the assistant is silent from then on. False if it is not free."""
        if not self._queue.take(conversation, agent):
            return False
        self._queue.let_bot(conversation, False)
        return True

    def release(self, conversation: str, agent: str) -> bool:
        """Put it back among those that wait; False if it is not the agent's."""
        return self._queue.release(conversation, by=agent)

    def transfer(self, conversation: str, agent: str, to: str | None = None) -> bool:
        """Hand on to a colleague or to whoever comes; False if it is not the agent's.

        Raises:
            StoreError: there is no such colleague.
        """
        if to is not None and to not in self.colleagues(agent):
            raise StoreError(f"there is no colleague '{to[:60]}' to hand it to; choose one from the list")
        return self._queue.hand_off(conversation, by=agent, to=to)

    def close(self, conversation: str, agent: str) -> bool:
        """Close it; False if it is not the agent's. The assistant may answer again when the customer writes again."""
        return self._queue.close(conversation, by=agent)

    def reopen(self, conversation: str, agent: str) -> bool:
        """Make a closed conversation the agent's again; False if it is not closed."""
        if not self._queue.reopen(conversation, agent):
            return False
        self._queue.let_bot(conversation, False)
        return True

    def let_bot(self, conversation: str, agent: str, answers: bool, automatic: bool = False) -> bool:
        """Say whether the assistant may answer by itself, and whether drafts are sent without an agent (full-auto).

        Raises:
            StoreError: the conversation is not the agent's.
        """
        self._own(conversation, agent)
        return self._queue.let_bot(conversation, answers, automatic=automatic)

    def name_customer(self, conversation: str, agent: str, name: str) -> bool:
        """Write down what the customer is called; orders are looked up by it.

        Raises:
            StoreError: the conversation is not the agent's.
        """
        self._own(conversation, agent)
        return self._queue.name_customer(conversation, name.strip()[:200])

    def note(self, conversation: str, agent: str, text: str) -> Note:
        """Store a line that only people who sign in see.

        Raises:
            StoreError: the note is empty, or nobody looks after the conversation.
        """
        self._work(conversation)
        if not text.strip():
            raise StoreError("the note is empty; write something")
        return self._store.note(conversation, agent, text.strip())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _write(
        self, conversation: str, style: Style, interface: ReplyLanguage, question: str | None
    ) -> Iterator[DraftEvent]:
        work = self._work(conversation)
        turns = self._sessions.history(conversation)
        target: Target | None
        if question is not None:
            written = [t for t in turns if is_line(t)]
            language = language_of(written[-1]) if written else "en"
            state = self._ahead(conversation, turns)
            target = Target(question, state, language, None, None, f"{question}\n{said(turns)}")
        else:
            target = target_of(turns, lambda: self._sessions.assistant)
        if target is None:
            raise StoreError("the customer wrote nothing yet, so there is nothing to answer")
        yield from self._drafter.write(conversation, target, style, interface, customer=work.customer)

    def _draft_of(self, draft_id: int, agent: str, conversation: str | None) -> Draft | None:
        draft = self._store.find(draft_id)
        if draft is None or (conversation is not None and draft.conversation_id != conversation):
            return None
        self._own(draft.conversation_id, agent)
        return draft

    def _send(self, conversation: str, draft_id: int) -> bool:
        """Send a draft without leave, unless it tells of an order."""

        def send() -> bool:
            draft = self._store.find(draft_id)
            if draft is None or outcome_of(draft).orders or self._store.send(draft_id) is None:
                return False
            self._follow(draft)
            return True

        return self._sessions.in_turn(conversation, send)

    def _follow(self, draft: Draft) -> None:
        """What a draft that was sent showed is what the customer refers to from now on. Within a turn."""
        state = apply_outcome(self._sessions.state(draft.conversation_id), outcome_of(draft))
        self._sessions.store.save_state(draft.conversation_id, state.to_dict())
