"""What is said about the cart: what changed, what is in it, what it comes to. Sums per currency, never converted."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.generation.replies.wording import listed, money, variant
from assistant.types import Product

Line = tuple[Product, int]
_NAMED = 6


def cart(language: str, operation: str, lines: Sequence[Line], touched: Sequence[Product]) -> list[str]:
    """The reply to a cart operation.

    Args:
        language: of the reply.
        operation: add, remove, set, view, clear or checkout.
        lines: the cart as it is now, with quantities.
        touched: the products the operation was about.
    """
    zh = language == "zh"
    held = {p.sku: n for p, n in lines}
    names = listed([_name(p, language) for p in touched], language)
    out: list[str] = []
    match operation:
        case "add":
            out.append(_added(language, touched, held))
        case "remove":
            out.append(f"已从购物车拿出：{names}。" if zh else f"Taken out of your cart: {names}.")
        case "set" if touched and held.get(touched[0].sku):
            n = held[touched[0].sku]
            out.append(f"改好了：{names}，数量{n}。" if zh else f"Done: {names} × {n}.")
        case "set":
            out.append(f"已从购物车拿出：{names}。" if zh else f"Taken out of your cart: {names}.")
        case "clear":
            return ["购物车已经清空了。" if zh else "Your cart is empty now."] if touched else [_empty(language)]
        case "checkout" if lines:
            out.append(
                "这里没有接入结算系统，我没法帮您下单付款，购物车先给您留着。"
                if zh
                else "No checkout system is connected here, so I can't place the order; your cart stays as it is."
            )
        case _:
            pass
    if not lines:
        return [*out, _empty(language)]
    simple = operation == "add" and len(lines) == len(touched) == 1
    if not simple or operation in ("view", "checkout"):
        out.append(_contents(language, lines))
    out.append(_total(language, lines))
    return out


def _name(product: Product, language: str) -> str:
    return product.title_in("zh" if language == "zh" else "en")


def _added(language: str, touched: Sequence[Product], held: dict[str, int]) -> str:
    names = listed([_name(p, language) for p in touched], language)
    n = held.get(touched[0].sku, 1) if len(touched) == 1 else 0
    if language == "zh":
        count = f"，现在是{n}件" if n > 1 else ""
        return variant(names, (f"好的，已加入购物车：{names}{count}。", f"{names}放进购物车了{count}。"))
    count = f" (now {n} of it)" if n > 1 else ""
    return variant(
        names,
        (
            f"Added to your cart: {names}{count}.",
            f"{names} {'is' if len(touched) == 1 else 'are'} in your cart{count}.",
        ),
    )


def _contents(language: str, lines: Sequence[Line]) -> str:
    zh = language == "zh"
    named = [f"{_name(p, language)} × {n}" for p, n in lines[:_NAMED]]
    rest = len(lines) - len(named)
    if zh:
        more = f"，还有{rest}样" if rest > 0 else ""
        return f"购物车里现在有：{'、'.join(named)}{more}。"
    more = f", and {rest} more" if rest > 0 else ""
    return f"In your cart now: {', '.join(named)}{more}."


def _total(language: str, lines: Sequence[Line]) -> str:
    """The sum per currency: in CNY for Chinese where every line has such a price, else in each product's own."""
    sums: dict[str, float] = {}
    all_cny = language == "zh" and all(p.price_in("CNY") is not None for p, _ in lines)
    for p, n in lines:
        currency = "CNY" if all_cny else p.currency
        sums[currency] = sums.get(currency, 0.0) + (p.price_in(currency) or 0.0) * n
    parts = listed([money(v, c, language) for c, v in sums.items()], language)
    return f"合计{parts}。" if language == "zh" else f"That comes to {parts}."


def _empty(language: str) -> str:
    return "购物车现在是空的。" if language == "zh" else "There is nothing in your cart."
