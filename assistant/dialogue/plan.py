"""What to do with a message: one decision per intent, taken on the conversation so far.

Reads the understanding, the ledger and what was shown; decides the action, the topic to search and the products pointed
at. It does not search, rank or write, and it asks only two things of the catalogue: a product by SKU and its price.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from assistant.dialogue import cart as carts
from assistant.dialogue.ledger import clear, merge, same_product
from assistant.dialogue.references import Resolved, by_words, resolve, says_several, says_two
from assistant.dialogue.revisions import allow, carried, corrected, remembering, undone
from assistant.dialogue.state import DialogueState, Topic
from assistant.dialogue.topics import put_topic, with_new_topic, with_topic
from assistant.lexicon import Lexicon, fold
from assistant.types import Action, Constraints, Product, Reading

POLICY_TOPICS = {
    "order_status": "contact",
    "modify_cancel_order": "contact",
    "return_refund": "returns",
    "shipping_delivery": "shipping",
    "payment_invoice": "payment",
    "warranty_repair": "warranty",
    "account_privacy": "privacy",
    "check_promotion": "payment",
}
_POINTING = frozenset({"product_question", "check_availability", "check_promotion", "compare_products"})
_SIMPLE: dict[str, Action] = {
    "smalltalk": "chat",
    "complaint_feedback": "chat",
    "speak_to_human": "handoff",
    "unsafe": "refuse",
    "out_of_scope": "decline",
}
_MAY_RETURN = frozenset({"manage_cart", "check_availability", "check_promotion", "product_question"})
_BACK = re.compile(
    r"\b(?:again|once more|back to|return to|where were we|earlier|previous)\b|刚才|刚刚|之前|接着|回到|先前|再看", re.I
)
_PACKAGING = frozenset({"gift", "gift wrap"})
_CENT = 0.01
# Choosing among everything shown ("which of these is lighter") compares at most this many.
_MAX_COMPARED = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision. ``state`` already holds the new ledger; the pipeline adds what was shown.

    Exactly one of these is to be carried out: search ``topic`` (when ``search``), show ``skus``, or only reply.
    """

    action: Action
    state: DialogueState
    search: bool = False
    skus: tuple[str, ...] = ()
    referenced: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    clarify: str | None = None
    policy: str | None = None
    change: carts.CartChange | None = None
    returned: bool = False
    is_list: bool = False
    relative: Literal["cheaper", "dearer"] | None = None
    limit: int | None = None
    intent: str | None = None

    @property
    def topic(self) -> Topic | None:
        """The topic to search."""
        return self.state.topic


class Planner:
    """Decides; holds only lookups, never a conversation."""

    def __init__(
        self,
        lexicon: Lexicon,
        product: Callable[[str], Product | None],
        price: Callable[[str, str], tuple[float, str]],
    ) -> None:
        """``price(sku, language)`` is the price and currency a card of that language shows."""
        self._lexicon = lexicon
        self._product = product
        self._price = price

    def plan(self, reading: Reading, state: DialogueState) -> Plan:
        """The decision for one message."""
        state = replace(state, language=reading.understanding.language)
        plan = self._decide(reading, state)
        return replace(plan, limit=reading.count) if plan.search and reading.count else plan

    def _decide(self, reading: Reading, state: DialogueState) -> Plan:
        intent = reading.understanding.intent
        if reading.revises and (revised := self._revise(reading, replace(state, pending=None))):
            return revised
        if state.pending and (answer := self._answers_pending(reading, state)):
            return answer
        if intent in _SIMPLE:
            return Plan(_SIMPLE[intent], replace(state, pending=None))
        state_now = replace(state, pending=None)
        if self._is_more(reading, state_now):
            return self._more(reading, state_now)
        cued = intent == "browse_ideas" and _BACK.search(reading.text)
        if (cued or intent in _MAY_RETURN) and self._returns(reading, state_now):
            return self._continue(self._taken_plainly(reading), *self._named_topic(reading, state_now))
        match intent:
            case "product_search":
                return self._search(reading, state_now)
            case "refine_results":
                return self._refine(reading, state_now)
            case "browse_ideas":
                return self._ideas(reading, state_now)
            case "recommend_complement":
                return self._complement(reading, state_now)
            case "compare_products":
                return self._compare(reading, state_now)
            case "manage_cart":
                return self._cart(reading, state_now)
            case "product_question" | "check_availability" | "check_promotion":
                return self._about_product(reading, state_now, intent)
            case _:
                return Plan("policy", state_now, policy=POLICY_TOPICS[intent])

    # -- turns before this one ---------------------------------------------------------------------------------------

    def _revise(self, reading: Reading, state: DialogueState) -> Plan | None:
        """What a message that undoes a turn, corrects one or wants a list again does; ``None`` where it cannot."""
        if state.topic is None:
            return None
        if reading.revises == "undo":
            return self._undo(reading, state)
        if reading.revises == "recall":
            return self._recall(reading, state)
        if reading.constraints.references or state.topic.kind != "search":
            return None
        said = corrected(state.topic, reading)
        product = said.product
        if product and self._is_type(product) and not self._is_packaging(product):
            where, phrase = self._find_topic(state, product)
            if where is None:
                said = carried(state.topic, said)
            reading = self._saying(reading, said)
            if where is None:
                return self._search(reading, state)
            return self._continue(reading, replace(state, active=where), phrase)
        return None if said == Constraints() else self._refine(self._saying(reading, said), state)

    def _undo(self, reading: Reading, state: DialogueState) -> Plan:
        """The topic as it was before its last change, with what is said besides; before its first, the topic before."""
        topic = state.topic
        assert topic is not None
        assert state.active is not None
        said = replace(reading.plain, product=None, references=())
        if not topic.history and state.active > 0 and not reading.allowed:
            state = replace(state, topics=state.topics[: state.active], active=state.active - 1)
            return self._continue(self._saying(reading, said), state, None)
        topic = undone(topic)
        ledger = merge(allow(self._lexicon, topic.constraints, reading.allowed), said, reading.cleared)
        topic = replace(topic, constraints=ledger, shown=())
        return Plan(self._list_action(topic), put_topic(state, topic), search=True, is_list=True)

    def _recall(self, reading: Reading, state: DialogueState) -> Plan | None:
        """The list of the topic that the words name, or the one under way, as it was last shown."""
        said = replace(reading.plain, product=None, references=())
        mentions = self._lexicon.mentions(reading.recalled, ("product",))
        found = next((w for m in reversed(mentions) if (w := self._find_topic(state, m.text)[0]) is not None), None)
        if found is None and (mentions or not reading.of_list):
            return None
        state = state if found is None else replace(state, active=found)
        topic = state.topic
        assert topic is not None
        if not topic.page or merge(topic.constraints, said, reading.cleared) != topic.constraints:
            return None
        return Plan(self._list_action(topic), state, skus=topic.page, returned=True, is_list=True)

    @staticmethod
    def _saying(reading: Reading, said: Constraints) -> Reading:
        return replace(reading, understanding=replace(reading.understanding, constraints=said))

    # -- waiting for a reference ------------------------------------------------------------------------------------

    def _answers_pending(self, reading: Reading, state: DialogueState) -> Plan | None:
        """A bare position after "which one do you mean?" carries out what was waiting."""
        positions = reading.constraints.references
        intent = reading.understanding.intent
        if not positions or (reading.constraints.product and intent == "product_search"):
            return None
        own_meaning = ("manage_cart", "compare_products", "recommend_complement")
        if intent in own_meaning and intent != state.pending:
            return None
        pending, state = state.pending, replace(state, pending=None)
        if pending == "manage_cart":
            return self._cart(reading, state)
        if pending == "compare_products" and len(positions) > 1:
            return self._compare(reading, state)
        if pending == "recommend_complement":
            return self._complement(reading, state)
        return self._about_product(reading, state, pending or "product_question")

    # -- lists ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _is_more(reading: Reading, state: DialogueState) -> bool:
        topic = state.topic
        if not reading.more or topic is None or not topic.page:
            return False
        allowed = ("refine_results", "product_search", "browse_ideas", "recommend_complement")
        return reading.understanding.intent in allowed and not reading.relative

    def _returns(self, reading: Reading, state: DialogueState) -> bool:
        """Whether a message only names an earlier topic ("bring the bags up once more") and points at nothing."""
        if reading.constraints.references or carts.speaks_of_cart(reading.text):
            return False
        if "?" in reading.text or "？" in reading.text:
            return False
        return self._named_topic(reading, state)[1] is not None

    def _named_topic(self, reading: Reading, state: DialogueState) -> tuple[DialogueState, str | None]:
        """The state with the topic active that the words name, and the phrase to keep for it."""
        for mention in reversed(self._lexicon.mentions(fold(reading.text), ("product",))):
            where, phrase = self._find_topic(state, mention.text)
            if where is not None:
                return replace(state, active=where), phrase
        return state, None

    @staticmethod
    def _taken_plainly(reading: Reading) -> Reading:
        """The reading with what the words say in place of what the misread intent left of it."""
        return replace(reading, understanding=replace(reading.understanding, constraints=reading.plain))

    def _more(self, reading: Reading, state: DialogueState) -> Plan:
        topic = state.topic
        assert topic is not None
        said = replace(reading.constraints, product=None)
        topic = replace(topic, constraints=merge(topic.constraints, said, reading.cleared))
        return Plan(self._list_action(topic), with_topic(state, topic), search=True, exclude=topic.shown, is_list=True)

    def _search(self, reading: Reading, state: DialogueState) -> Plan:
        said = reading.constraints
        if said.product is None:
            return self._refine(reading, state) if state.topic else self._ideas(reading, state)
        if state.topic and state.topic.constraints.product and self._is_packaging(said.product):
            return self._refine(reading, state)
        where, phrase = self._find_topic(state, said.product)
        if where is None:
            topic = Topic("search", clear(merge(Constraints(), said), reading.cleared), reading.text)
            topic = replace(topic, constraints=replace(topic.constraints, product=said.product))
            return Plan("search", with_new_topic(state, topic), search=True, is_list=True)
        return self._continue(reading, replace(state, active=where), phrase)

    def _continue(self, reading: Reading, state: DialogueState, phrase: str | None) -> Plan:
        """Go on with the active topic: return to its list when nothing changed, else search under the new ledger."""
        topic = state.topic
        assert topic is not None
        said = replace(reading.constraints, product=None)
        ledger = merge(topic.constraints, said, reading.cleared)
        if phrase and topic.constraints.product:
            ledger = replace(ledger, product=reading.constraints.product if reading.revises == "correct" else phrase)
        if ledger == topic.constraints and topic.page and not reading.relative:
            return Plan(self._list_action(topic), state, skus=topic.page, returned=True, is_list=True)
        before = topic
        topic = replace(topic, constraints=ledger, shown=(), price_currency=self._bound_currency(topic, said, reading))
        if reading.relative:
            return self._relative(reading, put_topic(state, topic), before)
        state = with_topic(state, topic)
        return Plan(self._list_action(topic), state, search=True, is_list=True)

    def _refine(self, reading: Reading, state: DialogueState) -> Plan:
        said = reading.constraints
        if said.product and self._is_type(said.product) and not self._is_packaging(said.product):
            where, phrase = self._find_topic(state, said.product)
            if where is None and not reading.relative:
                return self._search(reading, state)
            if where is not None:
                return self._continue(reading, replace(state, active=where), phrase)
        if state.topic is None:
            if said.product:
                return self._search(reading, state)
            return self._ask(state, "refine_results", "product")
        topic = state.topic
        extra = said.product
        if extra and extra not in said.terms:
            wanted = replace(said, terms=(*said.terms, extra), product=None)
            reading = replace(reading, understanding=replace(reading.understanding, constraints=wanted))
        unchanged = (
            merge(topic.constraints, replace(reading.constraints, product=None), reading.cleared) == topic.constraints
        )
        if unchanged and not reading.relative and not said.references:
            # Words the parser has no field for still steer the ranking; they are not lost.
            topic = replace(topic, request=f"{topic.constraints.product or topic.request} {reading.text}", shown=())
            return Plan(self._list_action(topic), with_topic(state, topic), search=True, is_list=True)
        return self._continue(reading, state, None)

    def _relative(self, reading: Reading, state: DialogueState, before: Topic) -> Plan:
        """ "Cheaper" and "dearer": a bound from the product pointed at, else from the list shown.

        ``before`` is the topic without what the message says besides.
        """
        topic = state.topic
        assert topic is not None
        language = reading.understanding.language
        resolved = resolve(reading.text, reading.constraints.references, state, self._product, self._lexicon)
        if resolved.missing:
            return self._ask(state, "refine_results", "reference", resolved.missing)
        anchors = resolved.skus if reading.constraints.references or resolved.pointed else ()
        anchors = tuple(sku for sku in anchors or topic.page or state.listed if self._product(sku) is not None)
        if not anchors:
            return self._relative_to_bound(reading, state)
        prices = [self._price(sku, language) for sku in anchors]
        ledger = topic.constraints
        currency = ledger.currency or topic.price_currency
        if currency is None:
            currency = prices[0][1]
        amounts = [amount for amount, c in prices if c == currency] or [
            v for sku in anchors if (p := self._product(sku)) and (v := p.price_in(currency)) is not None
        ]
        if not amounts:
            return self._relative_to_bound(reading, state)
        if reading.relative == "cheaper":
            bound = round(min(amounts) - _CENT, 2)
            low = ledger.price_min
            ledger = replace(ledger, price_max=bound, price_min=None if low is not None and low > bound else low)
        else:
            bound = round(max(amounts) + _CENT, 2)
            high = ledger.price_max
            ledger = replace(ledger, price_min=bound, price_max=None if high is not None and high < bound else high)
        topic = remembering(replace(topic, constraints=ledger, shown=(), price_currency=currency), before)
        return Plan(
            self._list_action(topic),
            put_topic(state, topic),
            search=True,
            referenced=resolved.skus if resolved.pointed else (),
            is_list=True,
            relative=reading.relative,
        )

    def _relative_to_bound(self, reading: Reading, state: DialogueState) -> Plan:
        """Nothing was shown that could be undercut (the last search was empty): search under the ledger as it is."""
        topic = state.topic
        assert topic is not None
        return Plan(self._list_action(topic), state, search=True, is_list=True)

    def _ideas(self, reading: Reading, state: DialogueState) -> Plan:
        said = replace(reading.constraints, product=None)
        topic = state.topic
        narrowing = bool(said.exclude_terms or said.exclude_colors or said.exclude_brands)
        if topic and topic.kind == "ideas" and narrowing:
            return self._continue(reading, state, None)
        topic = Topic("ideas", clear(merge(Constraints(), said), reading.cleared), reading.text)
        return Plan("ideas", with_new_topic(state, topic), search=True, is_list=True)

    def _complement(self, reading: Reading, state: DialogueState) -> Plan:
        said = reading.constraints
        resolved = resolve(reading.text, said.references, state, self._product, self._lexicon)
        if resolved.missing:
            return self._ask(state, "recommend_complement", "reference", resolved.missing)
        if resolved.unclear and not said.product:
            return self._ask(state, "recommend_complement", "reference")
        # "A case for my Pixel 8" names what it is for; what was looked at before is not it.
        anchors = resolved.skus if resolved.pointed or not said.product else ()
        if not anchors and not said.product:
            # "What else should I buy with it?": the cart, else the top of the last list.
            anchors = tuple(line.sku for line in state.cart) or state.listed[:1]
        if not anchors and not said.product:
            return self._ask(state, "recommend_complement", "product")
        constraints = clear(merge(Constraints(), replace(said, product=None)), reading.cleared)
        topic = Topic("complement", replace(constraints, product=said.product), reading.text, anchors=anchors)
        return Plan(
            "complement",
            with_new_topic(state, topic),
            search=True,
            referenced=anchors,
            is_list=True,
        )

    # -- products pointed at ----------------------------------------------------------------------------------------

    def _compare(self, reading: Reading, state: DialogueState) -> Plan:
        resolved = resolve(reading.text, reading.constraints.references, state, self._product, self._lexicon)
        if resolved.missing:
            return self._ask(state, "compare_products", "reference", resolved.missing)
        skus = resolved.skus
        if len(skus) < 2 and not reading.constraints.references:
            if says_two(reading.text) and len(state.listed) != 2:
                return self._ask(state, "compare_products", "reference")
            skus = state.listed[:_MAX_COMPARED]
        if len(skus) == 1 and reading.constraints.references and state.focus and state.focus[0] != skus[0]:
            skus = (*state.focus[:1], *skus)
        if len(skus) < 2:
            return self._ask(state, "compare_products", "reference")
        return Plan("compare", replace(state, focus=skus), skus=skus, referenced=skus)

    def _about_product(self, reading: Reading, state: DialogueState, intent: str) -> Plan:
        resolved = resolve(reading.text, reading.constraints.references, state, self._product, self._lexicon)
        if resolved.missing:
            return self._ask(state, intent, "reference", resolved.missing)
        if resolved.skus and (resolved.pointed or not self._names_other(reading, resolved)):
            skus = resolved.skus[:1] if intent != "product_question" else resolved.skus[:2]
            return Plan("answer", replace(state, focus=skus), skus=skus, referenced=skus, intent=intent)
        if intent == "check_promotion":
            said = reading.plain
            if state.topic and (said.price_max is not None or said.price_min is not None):
                # "What's on offer up to 90?" asks for goods, not for a coupon.
                return self._refine(self._taken_plainly(reading), state)
            return Plan("policy", state, policy=POLICY_TOPICS[intent])
        product = reading.constraints.product
        if product and self._is_type(product) and not resolved.pointed:
            return self._search(reading, state)
        return self._ask(state, intent, "reference")

    def _names_other(self, reading: Reading, resolved: Resolved) -> bool:
        """Whether the message names a product type that none of the resolved products is."""
        product = reading.constraints.product
        if not product or not self._is_type(product):
            return False
        for sku in resolved.skus:
            p = self._product(sku)
            text = fold(f"{p.title} {' '.join(p.category)} {p.title_in('zh')}") if p else ""
            types = {c.key for m in self._lexicon.mentions(text, ("product",)) for c in m.concepts}
            asked = {c.key for m in self._lexicon.mentions(fold(product), ("product",)) for c in m.concepts}
            if types & asked or any(same_product(self._lexicon, t, product) for t in types):
                return False
        return True

    def _cart(self, reading: Reading, state: DialogueState) -> Plan:
        said = reading.constraints
        resolved = resolve(reading.text, said.references, state, self._product, self._lexicon)
        op = carts.operation(
            fold(reading.text), said.quantity, resolved.pointed and bool(resolved.skus or resolved.missing)
        )
        skus, missing = resolved.skus, resolved.missing
        if op in ("remove", "set") and not said.references:
            # What is taken out is in the cart, whatever the list shows by now.
            held = by_words(reading.text, [line.sku for line in state.cart], self._product, self._lexicon)
            skus = held.skus or skus
            if held.unclear and resolved.unclear and len(state.cart) > 1:
                return self._ask(state, "manage_cart", "reference")
        elif op == "add" and len(skus) > 1 and not says_several(reading.text) and not said.references:
            named = by_words(reading.text, state.listed, self._product, self._lexicon, state.focus).skus
            if named != skus:
                return self._ask(state, "manage_cart", "reference")
        if op == "add" and missing:
            return self._ask(state, "manage_cart", "reference", missing)
        if op == "set" and not said.references and len(state.cart) == 1:
            skus = (state.cart[0].sku,)
        change = carts.apply(op, state.cart, skus, said.references, said.quantity)
        if change.unresolved:
            return self._ask(state, "manage_cart", "reference", missing)
        focus = change.touched if op in ("add", "set") and change.touched else state.focus
        referenced = change.touched if op != "clear" else ()
        return Plan("cart", replace(state, cart=change.cart, focus=focus), referenced=referenced, change=change)

    # -- helpers ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _ask(state: DialogueState, pending: str, what: str, missing: tuple[int, ...] = ()) -> Plan:
        return Plan("clarify", replace(state, pending=pending), clarify=what, missing=missing)

    @staticmethod
    def _list_action(topic: Topic) -> Action:
        return {"search": "search", "ideas": "ideas", "complement": "complement"}[topic.kind]  # type: ignore[return-value]

    def _is_type(self, phrase: str) -> bool:
        return bool(self._lexicon.mentions(fold(phrase), ("product",)))

    def _is_packaging(self, phrase: str) -> bool:
        """Whether a phrase only says how goods come ("a gift set"), which narrows a search and starts none."""
        mentions = self._lexicon.mentions(fold(phrase), ("product",))
        return bool(mentions) and all(c.key in _PACKAGING for c in mentions[-1].concepts)

    def _find_topic(self, state: DialogueState, product: str) -> tuple[int | None, str | None]:
        """The most recent topic about this product type, the active one first."""
        order = [state.active] if state.active is not None else []
        order += [i for i in range(len(state.topics) - 1, -1, -1) if i != state.active]
        for i in order:
            known = state.topics[i].constraints.product
            if known and (phrase := same_product(self._lexicon, known, product)):
                return i, phrase
        return None, None

    @staticmethod
    def _bound_currency(topic: Topic, said: Constraints, reading: Reading) -> str | None:
        """A number the shopper says is read afresh; otherwise the assistant's own bound keeps its currency."""
        stated = said.price_min is not None or said.price_max is not None
        lifted = "price_max" in reading.cleared and "price_min" in reading.cleared
        return None if stated or lifted or said.currency else topic.price_currency


__all__ = ["POLICY_TOPICS", "Plan", "Planner"]
