"""What the customer will likely ask next, as questions the assistant can answer.

Chosen by what was shown, what its records state, what was asked already and which order is at hand. Knows no store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.desk.orders import Order
from assistant.lexicon import Lexicon, fold
from assistant.types import Constraints, Product

HOW_MANY = 3

# What people ask about first, by attribute key; anything else comes in the order of the record.
_TELLING = (
    "waterproof", "water_resistance", "battery_life", "battery", "weight", "material", "noise_cancelling", "capacity",
    "screen_size", "dimensions", "warranty", "washable", "age", "power",
)  # fmt: skip
_POLICIES = {
    "shipping_delivery": ("How long does delivery take?", "下单后多久能送到？"),
    "return_refund": ("How long do I have to return something?", "多久以内可以退货？"),
    "warranty_repair": ("How long is the warranty?", "保修多久？"),
    "payment_invoice": ("Which ways to pay do you accept?", "可以用哪些方式付款？"),
}
_LISTS = ("search", "ideas", "complement", "compare")


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a conversation stands.

    ``listed`` are the products last shown, best first; ``action`` is what the assistant made of the last line;
    ``asked`` are the intents of the last lines, ``said`` their words.
    """

    listed: tuple[Product, ...]
    ledger: Constraints
    action: str | None
    asked: frozenset[str]
    said: str
    order: Order | None = None


def next_questions(situation: Situation, language: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Three different questions, likeliest first."""
    out: list[str] = []
    for question in _candidates(situation, language, lexicon):
        if question not in out and question not in situation.said:
            out.append(question)
        if len(out) == HOW_MANY:
            break
    return tuple(out)


def _candidates(s: Situation, language: str, lexicon: Lexicon) -> Iterator[str]:
    zh = language == "zh"
    if s.order is not None and s.asked & _ORDER:
        yield from _of_order(s, zh)
    if s.listed:
        yield from _of_products(s, zh, lexicon)
    for intent, (en, chinese) in _POLICIES.items():
        if intent not in s.asked:
            yield chinese if zh else en
    yield "有什么推荐的礼物吗？" if zh else "Can you suggest a gift?"
    for en, chinese in _POLICIES.values():
        yield chinese if zh else en


_ORDER = frozenset(("order_status", "modify_cancel_order", "return_refund", "complaint_feedback", "warranty_repair"))


def _of_order(s: Situation, zh: bool) -> Iterator[str]:
    order = s.order
    assert order is not None
    if order.open:
        yield f"订单 {order.number} 什么时候能到？" if zh else f"When will order {order.number} arrive?"
        yield f"订单 {order.number} 还能取消吗？" if zh else f"Can I still cancel order {order.number}?"
    yield f"订单 {order.number} 怎么退货？" if zh else f"How do I return order {order.number}?"
    yield "退款多久到账？" if zh else "When do I get my money back?"


def _of_products(s: Situation, zh: bool, lexicon: Lexicon) -> Iterator[str]:
    facts = list(_facts(s, zh, lexicon))
    first = "第一款" if zh else "the first one"
    several = len(s.listed) > 1
    if s.action in _LISTS:
        yield from facts[:1]
    size = s.ledger.sizes[0] if s.ledger.sizes else None
    if "check_availability" not in s.asked:
        if size:
            yield f"{first}有 {size} 码吗？" if zh else f"Is {first} in stock in size {size}?"
        else:
            yield f"{first}有货吗？" if zh else f"Is {first} in stock?"
    if several and "compare_products" not in s.asked:
        yield "第一款和第二款有什么区别？" if zh else "What is the difference between 1 and 2?"
    yield from facts[1:2] if s.action in _LISTS else facts[:2]
    if "recommend_complement" not in s.asked:
        yield f"{first}可以搭配什么？" if zh else f"What goes well with {first}?"


def _facts(s: Situation, zh: bool, lexicon: Lexicon) -> Iterator[str]:
    """Questions on what the first product's record states and nobody spoke of yet."""
    product = s.listed[0]
    said = fold(s.said)
    keys = sorted(product.attributes, key=lambda k: _TELLING.index(k) if k in _TELLING else len(_TELLING))
    for key in keys:
        value = product.attributes[key]
        labels: Sequence[str] = lexicon.attribute_labels.get(key, ("", ""))
        label = labels[1] if zh else labels[0].lower()
        if not label or value is None or any(fold(name) in said for name in labels if name):
            continue
        if isinstance(value, bool):
            yield f"第一款{label}吗？" if zh else f"Is the first one {label}?"
        else:
            yield (
                f"第一款的{label}是多少？"
                if zh and _number(value)
                else (f"第一款的{label}是什么？" if zh else f"What is the {label} of the first one?")
            )


def _number(value: object) -> bool:
    return isinstance(value, int | float) or any(ch.isdigit() for ch in str(value))
