"""What a conversation is about in the agent's language, told from what was understood, never by translating.

Everything said here comes from parsed constraints, intents, records and traces; words that have no known name in the
agent's language stay as the customer wrote them, in quotation marks. Knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from assistant.desk.order_words import status_word
from assistant.desk.orders import Order
from assistant.desk.wording import GistWords, gist_words
from assistant.generation.replies.wording import color_name, in_language, listed, money
from assistant.lexicon import Lexicon, fold
from assistant.types import Constraints, Product

_MENTIONED = 4
_TITLES = 3
# Here words that name goods mostly mean something else: "do you ship", "my account", "a card".
_NO_THINGS = frozenset(("shipping_delivery", "payment_invoice", "order_status", "account_privacy", "speak_to_human"))


class Gist:
    """Says what was meant. Safe to share."""

    def __init__(self, lexicon: Lexicon, product: Callable[[str], Product | None]) -> None:
        """``product`` gives the record of a SKU."""
        self._lexicon = lexicon
        self._product = product

    def wish(self, ledger: Constraints, language: str) -> str:
        """What a ledger asks for in a few words, empty where it asks for nothing."""
        w = gist_words(language)
        parts = [self._named(ledger.product, language)] if ledger.product else []
        low, high, currency = ledger.price_min, ledger.price_max, ledger.currency
        if low is not None and high is not None:
            parts.append(w.between.format(money(low, currency, language), money(high, currency, language)))
        elif high is not None:
            parts.append(w.under.format(money(high, currency, language)))
        elif low is not None:
            parts.append(w.over.format(money(low, currency, language)))
        parts += ledger.brands
        parts += [color_name(c, language, self._lexicon) for c in ledger.colors]
        parts += [w.size.format(s) for s in ledger.sizes]
        parts += [self._named(t, language) for t in ledger.terms]
        parts += [w.no.format(b) for b in ledger.exclude_brands]
        parts += [w.no.format(color_name(c, language, self._lexicon)) for c in ledger.exclude_colors]
        parts += [w.no.format(self._named(t, language)) for t in ledger.exclude_terms]
        if ledger.in_stock_only:
            parts.append(w.in_stock)
        if ledger.quantity:
            parts.append(w.pieces.format(ledger.quantity))
        if ledger.sort:
            parts.append(w.sorts[ledger.sort])
        return w.glue.join(parts)

    def line(
        self,
        text: str,
        trace: Mapping[str, Any],
        before: Constraints,
        language: str,
        orders: Sequence[Order] = (),
    ) -> str:
        """What one customer line says.

        Args:
            text: the line.
            trace: its stored turn.
            before: what was asked for before it.
            language: of the gist.
            orders: those the line names.
        """
        w = gist_words(language)
        intent = trace.get("intent")
        if not isinstance(intent, str):
            return ""
        head = w.intents.get(intent, intent)
        after = Constraints.from_dict(trace.get("ledger") or {})
        change = self.wish(_change(before, after), language)
        rest = [change] if change else []
        titles = [p.title_in(language) for sku in trace.get("referenced", ()) if (p := self._product(sku))]
        rest += titles[:_TITLES]
        rest += [w.order.format(o.number) for o in orders]
        said = fold(" ".join((change, *titles)))
        things = intent not in _NO_THINGS
        rest += [word for word in self._mentioned(text, language, things=things) if fold(word) not in said]
        return f"{head}{w.colon}{w.glue.join(rest)}" if rest else head

    def draft(
        self,
        action: str,
        count: int,
        lead: Product | None,
        passages: Iterable[str],
        orders: Sequence[Order],
        language: str,
    ) -> str:
        """What a drafted reply says: its action, what it recommends, and what it quotes."""
        w = gist_words(language)
        parts = [w.actions.get(action, action).format(count)]
        if lead is not None:
            parts.append(w.recommends.format(lead.title_in(language)))
        parts += [w.tells_order.format(o.number, status_word(o.status, language)) for o in orders]
        parts += [w.quotes.format(heading) for heading in passages]
        return w.glue.join(parts) + w.stop

    def titles(self, skus: Iterable[str], language: str) -> str:
        """The products of some SKUs as a list."""
        return listed([p.title_in(language) for sku in skus if (p := self._product(sku)) is not None], language)

    def _mentioned(self, text: str, language: str, *, things: bool) -> list[str]:
        """The properties a line names, and the ``things``, in the agent's language."""
        out: dict[str, None] = {}
        for mention in self._lexicon.mentions(fold(text)):
            concept = mention.concepts[0]
            forms = concept.zh if language == "zh" else concept.en
            if forms and concept.kind != "idiom" and (things or concept.kind != "product"):
                out[forms[0]] = None
        return list(out)[:_MENTIONED]

    def _named(self, phrase: str, language: str) -> str:
        known = in_language(phrase, language, self._lexicon)
        return known if known is not None else f"“{phrase}”"


def _change(before: Constraints, after: Constraints) -> Constraints:
    """What ``after`` asks for that ``before`` did not; the product again where it is another one."""
    new: dict[str, Any] = {}
    for f in fields(Constraints):
        old, now = getattr(before, f.name), getattr(after, f.name)
        if isinstance(now, tuple):
            new[f.name] = tuple(v for v in now if v not in old)
        elif now != old:
            new[f.name] = now
    if new.keys() & {"price_min", "price_max"}:
        new["currency"] = after.currency
    elif "currency" in new:
        del new["currency"]
    return replace(Constraints(), **new)


def lines_of(words: GistWords, parts: Iterable[tuple[str, str]]) -> str:
    """Labelled lines, those without content left out."""
    told = ((label, " ".join(text.split())) for label, text in parts)
    return "\n".join(f"{label}{words.colon}{text}" for label, text in told if text)
