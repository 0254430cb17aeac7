"""What an agent reads: the queue, one case of it, and what the case is about in the agent's language.

Knows stores and the assistant; changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.desk.gist import Gist
from assistant.desk.orders import FoundOrder, OrderBook
from assistant.desk.outcomes import apply_outcome, of_list
from assistant.desk.questions import Situation, next_questions
from assistant.desk.records import Case, Row
from assistant.desk.sources import outcome_of, suggestion_of
from assistant.desk.styles import offered
from assistant.desk.targets import is_line, said
from assistant.desk.view import Thread, gist_of, lines, row, summary_of
from assistant.dialogue import DialogueState
from assistant.errors import StoreError
from assistant.generation.replies.wording import money
from assistant.lexicon import Lexicon
from assistant.ranking import card_of, shown_price
from assistant.sessions import Sessions
from assistant.store.conversations import StoredTurn
from assistant.store.desk import DeskStore
from assistant.store.labels import LabelStore
from assistant.store.queue import QueueStore, View, Work
from assistant.store.users import UserStore
from assistant.turns import Done
from assistant.types import Card, Product, ReplyLanguage

# So many turns are enough to tell who waits, and since when.
_IN_A_ROW = 6


class CaseReader:
    """Reads conversations that people look after. Safe to share between threads."""

    def __init__(self, sessions: Sessions, *, lexicon: Lexicon, orders: OrderBook) -> None:
        database = sessions.store.database
        self._sessions = sessions
        self._lexicon = lexicon
        self._orders = orders
        self._queue = QueueStore(database)
        self._store = DeskStore(database)
        self._labels = LabelStore(database)
        self._users = UserStore(database)
        self._gist = Gist(lexicon, self._product)

    # -- the queue and one case of it ----------------------------------------------------------------------------------

    def queue(self, view: View, agent: str, *, limit: int = 100) -> tuple[Row, ...]:
        """A part of the queue as ``agent`` sees it: who waits longest first, of the closed the newest first."""
        works = self._queue.view(view, agent, limit=limit)
        ids = [work.conversation_id for work in works]
        # One question for each kind of thing, however many rows there are.
        turns = self._sessions.store.newest(ids, _IN_A_ROW)
        messages = self._store.newest(ids, _IN_A_ROW)
        labels = self._labels.of(ids)
        rows = []
        for work, key in zip(works, ids, strict=True):
            thread = Thread(work, DialogueState(), turns.get(key, ()), messages.get(key, ()), labels.get(key, ()))
            rows.append(row(thread, lines(thread, "en", None, OrderBook())))
        return tuple(rows)

    def queue_version(self) -> str:
        """A short text that is another one as soon as any row of the queue may be; cheap enough to ask every second."""
        return self._queue.mark()

    def counts(self, agent: str) -> dict[View, int]:
        """How many conversations each part of the queue has."""
        return self._queue.counts(agent)

    def colleagues(self, agent: str) -> tuple[str, ...]:
        """The people a conversation can be handed to."""
        return tuple(user.name for user in self._users.all() if user.active and user.name != agent)

    def case(self, conversation: str, agent: str, language: ReplyLanguage = "en") -> Case:
        """Everything the console shows of a conversation, with gists in the agent's language.

        Raises:
            StoreError: nobody looks after it.
        """
        # Before anything is read: what changes meanwhile shows in the next version.
        version = self.version(conversation)
        thread = self._thread(conversation)
        shown = lines(thread, language, self._gist, self._orders)
        draft = self._store.draft(conversation)
        return Case(
            conversation=conversation,
            row=row(thread, shown),
            mine=is_mine(thread.work, agent),
            language=thread.language,
            lines=shown,
            ledger=thread.state.ledger,
            cart=thread.state.cart,
            shown=self._shown(thread.state),
            orders=self._found(thread),
            draft=None if draft is None else suggestion_of(draft),
            notes=self._store.notes(conversation),
            gist=gist_of(thread, language, self._gist, self._orders),
            next_questions=self._questions(thread, thread.language),
            bot=thread.work.bot,
            automatic=thread.work.automatic,
            version=version,
            styles=offered(self._sessions.assistant.blurbs.prompt(thread.language)),
        )

    def version(self, conversation: str) -> str:
        """A short text that is another one as soon as anything in the case is; cheap enough to ask every second."""
        return self._store.mark(conversation)

    # -- what it is about ----------------------------------------------------------------------------------------------

    def summary(self, conversation: str, language: ReplyLanguage) -> str:
        """The conversation in a few labelled lines, from what was understood and shown."""
        thread = self._thread(conversation)
        notes = self._store.notes(conversation)
        return summary_of(thread, language, self._gist, self._found(thread), notes, self._orders)

    def gist(self, conversation: str, language: ReplyLanguage) -> str:
        """What the customer wants, in the agent's language."""
        return gist_of(self._thread(conversation), language, self._gist, self._orders)

    def next_questions(self, conversation: str, language: ReplyLanguage | None = None) -> tuple[str, ...]:
        """Three questions the customer may ask next, each of which the assistant can answer."""
        thread = self._thread(conversation)
        return self._questions(thread, language or thread.language)

    def matching_products(self, conversation: str, k: int = 5) -> tuple[Card, ...]:
        """Products that fit what the customer wants now, best first."""
        thread = self._thread(conversation)
        skus: tuple[str, ...] = ()
        written = [t for t in thread.turns if is_line(t)]
        if written:
            trace = written[-1].trace
            skus = tuple(trace.get("matching", ())) or tuple(card["sku"] for card in trace.get("products", ()))
        if not skus and thread.state.topic is not None:
            events = self._sessions.assistant.search_again(thread.state, thread.state.ledger, stopped=lambda: True)
            skus = next((tuple(c.product.sku for c in e.turn.cards) for e in events if isinstance(e, Done)), ())
        currency = thread.state.ledger.currency
        found = [p for sku in skus[:k] if (p := self._product(sku)) is not None]
        return tuple(card_of(p, thread.language, currency=currency) for p in found)

    def product_text(self, sku: str, language: ReplyLanguage) -> str:
        """A product in one line, to be put into a reply.

        Raises:
            StoreError: the catalogue has no such product.
        """
        product = self._product(sku)
        if product is None:
            raise StoreError(f"no product '{sku[:100]}' in the catalogue")
        price = shown_price(product, language)
        told = money(price.amount, price.currency, language)
        return (
            f"{product.title_in(language)}（{told}）" if language == "zh" else f"{product.title_in(language)} ({told})"
        )

    def orders_of(self, query: str) -> tuple[FoundOrder, ...]:
        """The orders of an order number, an e-mail address, a customer's name, or a text that holds them."""
        return self._orders.find(query, name=query)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _product(self, sku: str) -> Product | None:
        return self._sessions.assistant.engine.product(sku)

    def _lines(self, conversation: str) -> int | None:
        work = self._queue.get(conversation)
        return None if work is None else work.customer_lines

    def _work(self, conversation: str) -> Work:
        work = self._queue.get(conversation)
        if work is None:
            raise StoreError("nobody looks after this conversation; it was deleted, or never came to people")
        return work

    def _own(self, conversation: str, agent: str) -> Work:
        work = self._work(conversation)
        if not is_mine(work, agent):
            held = f"'{work.assignee}' has it" if work.status == "taken" else "nobody has it"
            raise StoreError(f"this conversation is not yours ({held}); take it first")
        return work

    def _thread(self, conversation: str) -> Thread:
        return Thread(
            self._work(conversation),
            self._sessions.state(conversation),
            self._sessions.history(conversation),
            self._store.messages(conversation),
            self._labels.all(conversation=conversation),
        )

    def _shown(self, state: DialogueState) -> tuple[Product, ...]:
        skus = state.listed or (state.topic.page if state.topic is not None else ())
        return tuple(p for sku in skus if (p := self._product(sku)) is not None)

    def _found(self, thread: Thread) -> tuple[FoundOrder, ...]:
        return self._orders.find(said(thread.turns), name=thread.work.customer) if self._orders.orders else ()

    def _ahead(self, conversation: str, turns: Sequence[StoredTurn]) -> DialogueState:
        """The state once the open draft is sent, or what fits is shown: what a next question would refer to."""
        state = self._sessions.state(conversation)
        draft = self._store.draft(conversation)
        if draft is not None and outcome_of(draft).listed:
            return apply_outcome(state, outcome_of(draft))
        last = next((t for t in reversed(turns) if is_line(t)), None)
        matching = tuple(last.trace.get("matching", ())) if last is not None else ()
        return apply_outcome(state, of_list(matching)) if matching else state

    def _questions(self, thread: Thread, language: ReplyLanguage) -> tuple[str, ...]:
        written = [t for t in thread.turns if is_line(t)]
        found = self._found(thread)
        situation = Situation(
            listed=self._shown(self._ahead(thread.work.conversation_id, thread.turns)),
            ledger=thread.state.ledger,
            action=written[-1].trace.get("action") if written else None,
            asked=frozenset(str(t.trace.get("intent")) for t in written[-4:]),
            said="\n".join(t.message for t in written[-8:]),
            order=found[0].order if found else None,
        )
        return next_questions(situation, language, self._lexicon)


def is_mine(work: Work, agent: str) -> bool:
    """Whether an agent has taken it."""
    return work.status == "taken" and work.assignee == agent
