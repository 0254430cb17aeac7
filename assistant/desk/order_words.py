"""An order in words: its status, how it stands, and what the panel lists of it. Says only what the record holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from babel.dates import format_date

from assistant.desk.orders import Order
from assistant.generation.replies.wording import listed, money

_STATUS: dict[str, tuple[str, str]] = {
    "processing": ("being prepared", "正在处理"),
    "processed": ("processed", "已处理"),
    "pending": ("pending", "待处理"),
    "packed": ("packed", "已打包"),
    "shipped": ("shipped", "已发货"),
    "out_for_delivery": ("out for delivery", "正在派送"),
    "delivered": ("delivered", "已签收"),
    "delayed": ("delayed", "延误"),
    "lost": ("lost on the way", "运输途中丢失"),
    "cancelled": ("cancelled", "已取消"),
    "payment_failed": ("not paid: the payment failed", "付款失败"),
    "return_requested": ("return requested", "已申请退货"),
    "exchange_requested": ("exchange requested", "已申请换货"),
    "returned": ("returned", "已退回"),
    "refunded": ("refunded", "已退款"),
    "partially_refunded": ("partly refunded", "已部分退款"),
}
_EXPECTED = frozenset(("pending", "processed", "processing", "packed", "shipped", "out_for_delivery", "delayed"))
# Whether goods of an order with this status have left; the other statuses do not say.
_LEFT = {"processing": False, "packed": False, "shipped": True, "out_for_delivery": True, "delivered": True}
_PAYMENT: dict[str, tuple[str, str]] = {
    "card": ("card", "银行卡"),
    "credit_card": ("credit card", "信用卡"),
    "gift_card": ("gift card", "礼品卡"),
    "paypal": ("PayPal", "PayPal"),
    "alipay": ("Alipay", "支付宝"),
    "wechat": ("WeChat Pay", "微信支付"),
    "paid": ("paid", "已付款"),
    "refunded": ("refunded", "已退款"),
    "failed": ("failed", "失败"),
    "standard": ("standard delivery", "标准配送"),
    "express": ("express delivery", "加急配送"),
}


def status_word(status: str, language: str) -> str:
    """The status in words; one that is not known as it is recorded."""
    return _word(_STATUS, status, language)


def day(value: datetime | str | None, language: str) -> str:
    """A day as the language writes it; a text that is no date as it is, nothing as nothing."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return str(value)
    if value is None:
        return ""
    at = value.astimezone(UTC) if value.tzinfo else value
    zh = language == "zh"
    return str(format_date(at, "yyyy年M月d日" if zh else "d MMMM yyyy", locale="zh" if zh else "en"))


def price(amount: float, order: Order, language: str) -> str:
    """An amount in the order's currency; bare where the record names none."""
    return money(amount, order.currency or None, language)


def items_text(order: Order, language: str) -> str:
    """The goods of an order: "2 × …, 1 × …"."""
    return listed([f"{i.quantity} × {i.title_in(language)}" for i in order.items], language)


def order_sentences(order: Order, language: str, *, short: bool = False, intent: str = "order_status") -> list[str]:
    """How an order stands, for the customer, in sentences.

    Args:
        order: the record.
        language: of the sentences.
        short: only status, last event and expected day.
        intent: what was asked; money is told first where that is what matters.
    """
    zh = language == "zh"
    status = status_word(order.status, language)
    placed = day(order.placed_at, language)
    out: list[str] = []
    if zh:
        out.append(f"您的订单 {order.number}{f'（{placed}下单）' if placed else ''}目前状态：{status}。")
    else:
        out.append(f"Your order {order.number}{f' of {placed}' if placed else ''} is {_is(order.status, status)}.")
    if not short and order.items:
        goods = items_text(order, language)
        out.append(f"订单里有：{goods}。" if zh else f"It holds {goods}.")
    if intent == "modify_cancel_order" and order.status in _LEFT:
        left = _LEFT[order.status]
        if zh:
            out.append("包裹已经发出。" if left else "包裹还没有离开仓库。")
        else:
            out.append("It has left our warehouse already." if left else "It has not left our warehouse yet.")
    if (last := order.last_event) is not None and (told := last.text(language)):
        when = day(last.at, language)
        bare = told.rstrip(".。")
        out.append(
            f"最新物流{f'（{when}）' if when else ''}：{bare}。"
            if zh
            else f"The latest news{f', of {when}' if when else ''}: {bare}."
        )
    if order.status in _EXPECTED and order.eta:
        eta = day(order.eta, language)
        put_off = day(order.original_eta, language)
        if put_off and put_off != eta:
            out.append(f"预计送达由{put_off}改为{eta}。" if zh else f"It was expected on {put_off}; now it is {eta}.")
        else:
            out.append(f"预计{eta}送达。" if zh else f"It is expected on {eta}.")
    if not short and order.tracking:
        by = order.carrier
        out.append(
            f"{by}运单号：{order.tracking}。"
            if zh
            else f"Its tracking number{f' with {by}' if by else ''} is {order.tracking}."
        )
    if order.refunded:
        paid = price(order.refunded, order, language)
        out.append(f"已退款 {paid}。" if zh else f"{paid} was paid back.")
    elif order.payment_state == "failed" and order.status != "payment_failed":
        out.append("这笔订单的付款没有成功。" if zh else "The payment for it did not go through.")
    elif not short and intent == "payment_invoice" and order.total is not None:
        total = price(order.total, order, language)
        how = _word(_PAYMENT, order.payment, language)
        out.append(f"订单金额 {total}（{how}）。" if zh else f"It came to {total}, by {how}.")
    return out


def order_facts(order: Order, language: str) -> tuple[tuple[str, str], ...]:
    """The record as labels and values, for the panel and for the sources of a draft."""
    zh = language == "zh"

    def label(en: str, chinese: str) -> str:
        return chinese if zh else en

    rows = [
        (label("Status", "状态"), status_word(order.status, language)),
        (label("Placed", "下单"), day(order.placed_at, language)),
        (label("Goods", "商品"), items_text(order, language)),
        (label("Total", "金额"), price(order.total, order, language) if order.total is not None else ""),
        (
            label("Payment", "付款"),
            " · ".join(_word(_PAYMENT, v, language) for v in (order.payment, order.payment_state) if v),
        ),
        (label("Paid back", "已退款"), price(order.refunded, order, language) if order.refunded else ""),
        (label("Delivery", "配送"), " · ".join(filter(None, (_word(_PAYMENT, order.method, language), order.carrier)))),
        (label("Tracking", "运单号"), order.tracking),
        (label("Expected", "预计送达"), day(order.eta, language) if order.status in _EXPECTED and order.eta else ""),
        (label("Last news", "最新物流"), _news(order, language)),
    ]
    return tuple((name, value) for name, value in rows if value)


def best_order(orders: Sequence[Order], intent: str) -> Order | None:
    """The order a question without a number is about: for returns the last one that arrived, else one under way."""
    newest = sorted(orders, key=lambda o: o.placed_at or datetime.min.replace(tzinfo=UTC), reverse=True)
    wanted = [o for o in newest if (o.status == "delivered") == (intent in ("return_refund", "warranty_repair"))]
    under_way = [o for o in wanted if o.open or intent in ("return_refund", "warranty_repair")]
    return next(iter(under_way or wanted or newest), None)


def _news(order: Order, language: str) -> str:
    last = order.last_event
    return "" if last is None else " · ".join(filter(None, (day(last.at, language), last.text(language))))


def _is(status: str, word: str) -> str:
    """The status behind "is" in English."""
    return {
        "return_requested": "waiting for its return, which was requested",
        "exchange_requested": "waiting for its exchange, which was requested",
    }.get(status, word)


def _word(table: dict[str, tuple[str, str]], key: str, language: str) -> str:
    if key not in table:
        return key.replace("_", " ")
    return table[key][1 if language == "zh" else 0]
