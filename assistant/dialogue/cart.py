"""What a cart message asks for, and the cart after it. The verbs are ordinary shop language in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.types import CartLine

CartOperation = Literal["add", "remove", "set", "view", "clear", "checkout"]

_CLEAR = re.compile(
    r"\b(?:empty|clear)\b.*\b(?:cart|basket|bag|trolley)\b|\beverything out\b|清空|全部?(?:删|移除|不要)", re.I
)
_CHECKOUT = re.compile(
    r"\bcheck ?out\b|\bpay (?:now|for)\b|\bplace (?:the|my|this) order\b|结算|结账|下单|去付款|买单", re.I
)
_SET = re.compile(
    r"\b(?:change|make|set|update|increase|decrease|bump)\b.*\b(?:to|it|that|them|of)\b|改成|改为|换成|变成|调成|加到|减到|数量",
    re.I,
)
_REMOVE = re.compile(
    r"\b(?:remove|delete|drop|discard|ditch|lose)\b|\b(?:take|get|kick|put|leave)\b.*\b(?:out|off|back|away)\b"
    r"|\bno longer want\b"
    r"|删|移除|去掉|拿出|拿掉|拿走|移出|取出|剔除|撤掉|不要了|退掉|别要",
    re.I,
)
_VIEW = re.compile(
    r"\b(?:show|view|see|what'?s|what is|whats|what do i have|list|open|look at|how much is|total)\b"
    r"|(?:看|查)(?:看|下|一下)?.{0,4}(?:购物车|车里)|(?:购物车|车里|车子里).{0,6}(?:有|剩|什么|哪些|啥|多少|几)|总共|合计",
    re.I,
)
_CART = re.compile(r"\b(?:cart|basket|bag|trolley)\b|购物车|车里|车子里", re.I)
_ADDING = re.compile(r"\b(?:add|put|throw|pop|chuck|stick|toss)\b|加|放|装|扔进", re.I)
_ADD = re.compile(
    r"\b(?:add|put|throw|pop|chuck|stick|toss|take|want|buy|grab|get)\b|加|放|装|扔进|来|要|买|拿下|收了", re.I
)


def speaks_of_cart(text: str) -> bool:
    """Whether the message names the cart."""
    return bool(_CART.search(text))


def operation(text: str, quantity: int | None, pointed: bool) -> CartOperation:
    """The operation a cart message asks for; adding is what remains when nothing else is said."""
    if _CLEAR.search(text):
        return "clear"
    if _CHECKOUT.search(text) and not pointed:
        return "checkout"
    if _SET.search(text) and quantity is not None:
        return "set"
    if _REMOVE.search(text):
        return "remove"
    if _VIEW.search(text) and not (pointed and _ADDING.search(text)) and (not pointed or _CART.search(text)):
        return "view"
    return "add" if _ADD.search(text) or pointed else "view"


@dataclass(frozen=True, slots=True)
class CartChange:
    """The cart after an operation and the SKUs it touched; ``unresolved`` when nothing says which product is meant."""

    operation: CartOperation
    cart: tuple[CartLine, ...]
    touched: tuple[str, ...] = ()
    unresolved: bool = False


def apply(
    op: CartOperation,
    cart: tuple[CartLine, ...],
    skus: Sequence[str],
    positions: Sequence[int],
    quantity: int | None,
) -> CartChange:
    """The cart after ``op``.

    Args:
        op: what to do.
        cart: the lines so far.
        skus: the shown products pointed at.
        positions: the positions said; for removal and changes they may count the cart's own lines.
        quantity: pieces, where said.
    """
    held = {line.sku: line.quantity for line in cart}
    if op in ("view", "checkout"):
        return CartChange(op, cart)
    if op == "clear":
        return CartChange(op, (), tuple(held))
    if op in ("remove", "set"):
        targets = [s for s in skus if s in held]
        if not targets and positions:
            lines = list(held)
            targets = [lines[p - 1 if p > 0 else p] for p in positions if p != 0 and abs(p) <= len(lines)]
        if not targets and len(held) == 1 and not positions:
            targets = list(held)
        if not targets:
            return CartChange(op, cart, unresolved=True)
        for sku in dict.fromkeys(targets):
            if op == "remove" or (quantity is not None and quantity <= 0):
                held.pop(sku)
            else:
                held[sku] = quantity or 1
        return CartChange(op, tuple(CartLine(s, n) for s, n in held.items()), tuple(targets))
    if not skus:
        return CartChange(op, cart, unresolved=True)
    for sku in skus:
        held[sku] = held.get(sku, 0) + max(quantity or 1, 1)
    return CartChange(op, tuple(CartLine(s, n) for s, n in held.items()), tuple(skus))
