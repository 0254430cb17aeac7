"""``ReplyWriter``: the one face of this package, called by the pipeline with plain records.

Holds word tables and an encoder, never a conversation; safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.catalog.policies import Passage
from assistant.catalog.telling import telling
from assistant.encoder import Encoder
from assistant.generation.replies import basket, chips, stock, talk
from assistant.generation.replies.answers import answer
from assistant.generation.replies.bonds import bond_reason
from assistant.generation.replies.compare import compare
from assistant.generation.replies.evidence import Records
from assistant.generation.replies.listing import ListFacts
from assistant.generation.replies.lists import introduce
from assistant.generation.replies.lookup import Lookup
from assistant.generation.replies.policies import PolicyReplies
from assistant.generation.replies.witness import Witness
from assistant.lexicon import Lexicon, fold
from assistant.types import Bond, Card, Constraints, Product


def _told(card: Card) -> Card:
    """The card without catalogue text that gives orders."""
    product = telling(card.product)
    if product is card.product:
        return card
    title = next(
        (
            told
            for told, raw in (
                (product.title_in(language), card.product.title_in(language)) for language in ("en", "zh", "")
            )
            if raw == card.title
        ),
        card.title,
    )
    return replace(card, product=product, title=title, variants=tuple(telling(v) for v in card.variants))


class ReplyWriter:
    """Writes every sentence that needs no language model, in English or Chinese.

    ``language`` is ``"en"`` or ``"zh"`` throughout. Each method gives sentences in the order they are said; none of
    them states what is not in the arguments.
    """

    def __init__(self, lexicon: Lexicon, encoder: Encoder | None = None) -> None:
        """Take the word tables, and an encoder that bears witness to the values that answer questions."""
        self._lexicon = lexicon
        self._records = Records(lexicon)
        witness = Witness(self._records, encoder) if encoder is not None else None
        self._lookup = Lookup(lexicon, self._records, witness)
        self._policies = PolicyReplies()

    def disclosure(self, language: str) -> str:
        """The opening of a conversation: an AI answers."""
        return talk.disclosure(language)

    def results(
        self,
        language: str,
        *,
        kind: str,
        cards: Sequence[Card],
        ledger: Constraints,
        total: int,
        relaxed: Sequence[str],
        soft: Sequence[str],
        currency_missing: str | None,
        returned: bool,
        exhausted: bool,
        anchors: Sequence[Product],
    ) -> list[str]:
        """What a list of cards is introduced with.

        Args:
            language: of the reply.
            kind: ``search``, ``ideas`` or ``complement``.
            cards: as shown; empty when nothing is.
            ledger: what was asked for, nothing loosened.
            total: how many products satisfy it.
            relaxed: fields loosened, or, without cards, those that stand in the way.
            soft: wanted terms that no listing states.
            currency_missing: the currency of a bound that no price of the catalogue is in.
            returned: the list of an earlier topic is shown again.
            exhausted: more were asked for and there are none.
            anchors: the products a complement goes with.
        """
        anchors = tuple(telling(p) for p in anchors)
        cards = tuple(_told(c) for c in cards)
        facts = ListFacts(
            kind, cards, ledger, total, tuple(relaxed), tuple(soft), currency_missing, returned, exhausted, anchors
        )
        return introduce(facts, language, self._lexicon)

    def compare(self, language: str, cards: Sequence[Card], text: str) -> list[str]:
        """A small Markdown table and what the records decide."""
        return compare(self._records, language, [_told(c) for c in cards], text)

    def answer(
        self, language: str, cards: Sequence[Card], text: str, intent: str, constraints: Constraints
    ) -> list[str]:
        """The answer to a question about products shown, to one on stock, or to one on price reductions."""
        cards = [_told(c) for c in cards]
        if intent == "check_availability":
            return stock.availability(self._lexicon, language, cards, text, constraints)
        if intent == "check_promotion":
            return stock.promotion(self._lexicon, language, cards, text)
        asked = stock.asked(self._lexicon, cards, text, constraints)
        if asked is not None and not any(self._asks_more(card.product, text, asked) for card in cards):
            return stock.availability(self._lexicon, language, cards, text, asked)
        return answer(self._records, self._lookup, language, cards, text)

    def _asks_more(self, product: Product, text: str, asked: Constraints) -> bool:
        """Whether a question of stock turns on more than size and colour: "is the one with the lid in stock"."""
        sizes = {fold(size) for size in asked.sizes}
        known = fold(" ".join((product.title, product.title_in("zh"), product.color or "", *product.sizes)))
        for query in self._lookup.questions.read(text):
            for term in self._lookup.terms(product, query):
                told = term.number or term.word in sizes or stock.is_of_stock(term.word)
                colors = {c.key for c in self._lexicon.named(term.word) if c.kind == "color"}
                if not (told or colors & set(asked.colors) or self._lookup.meets(term, known)):
                    return True
        return False

    def policy(self, language: str, intent: str, passages: Sequence[Passage], text: str) -> list[str]:
        """The passage that answers, quoted; for order matters first that no order system is connected."""
        return self._policies.reply(language, intent, passages, text)

    def personal(self, language: str, *, wanted: bool) -> str:
        """That what the shopper does is used no more, or again."""
        return talk.personal(language, wanted=wanted)

    def cart(
        self, language: str, operation: str, lines: Sequence[tuple[Product, int]], touched: Sequence[Product]
    ) -> list[str]:
        """What changed in the cart, what is in it, and the total per currency."""
        told = [(telling(p), n) for p, n in lines]
        return basket.cart(language, operation, told, [telling(p) for p in touched])

    def clarify(self, language: str, what: str, intent: str, missing: Sequence[int], shown_count: int) -> list[str]:
        """The question back: ``what`` is ``reference`` or ``product``; ``missing`` are positions never shown."""
        return talk.clarify(language, what, intent, missing, shown_count)

    def social(self, language: str, action: str, intent: str, text: str, *, first: bool) -> list[str]:
        """Small talk, complaints, hand-off, refusal, out of scope; ``first`` adds the disclosure to small talk."""
        return talk.social(language, action, intent, text, first=first)

    def why(self, card: Card, ledger: Constraints, language: str) -> tuple[str, ...]:
        """At most three short reasons for a card."""
        return chips.why(self._lexicon, self._records, _told(card), ledger, language)

    def bond(self, bond: Bond, language: str, *, single: bool) -> tuple[str, ...]:
        """Why a product goes with another one; nothing where that cannot be said in the language."""
        told = replace(bond, product=telling(bond.product), anchor=telling(bond.anchor))
        reason = bond_reason(told, language, self._lexicon, single=single)
        return () if reason is None else (reason,)

    def suggestions(self, action: str, cards: Sequence[Card], language: str) -> tuple[str, ...]:
        """Messages to click that the assistant understands."""
        return chips.suggestions(action, cards, language)
