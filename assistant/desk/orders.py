"""Orders of customers as records: read from a file or a folder, found by number, e-mail address or name.

Knows two layouts: JSON lines with one order each (``catalog/orders.jsonl``), and a folder with ``orders.json`` and
``users.json``. Read-only: nothing here changes an order. Only what is shown to signed-in people is made of this.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.errors import ConfigurationError
from assistant.lexicon import fold

CLOSED = frozenset(("delivered", "refunded", "partially_refunded", "returned", "cancelled"))
"""Statuses of orders that are not on their way any more."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_TOKEN = re.compile(r"#?[A-Za-z]{0,4}-?\d{3,}(?:-\d+)*", re.ASCII)
_TITLES = re.compile(r"^(?:(?:mr|mrs|ms|miss|dr)\.?\s+)|(?:先生|女士|小姐|同学)$", re.I)


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order. ``options`` are size, colour and the like, as recorded."""

    sku: str
    title: str
    title_zh: str
    quantity: int
    unit_price: float
    options: tuple[tuple[str, str], ...] = ()

    def title_in(self, language: str) -> str:
        """The title in ``language`` where the order has it, else its own."""
        return self.title_zh if language == "zh" and self.title_zh else self.title


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to the parcel."""

    at: datetime | None
    en: str
    zh: str

    def text(self, language: str) -> str:
        """What happened, in ``language`` where it is recorded so, else as it is."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Order:
    """One order. Empty texts and ``None`` are what the record does not say; prices are in major units of ``currency``.

    ``refunded`` is what was paid back so far. ``eta`` is the expected arrival, ``original_eta`` the one before it was
    put off; both as recorded.
    """

    number: str
    status: str
    customer_id: str
    customer: str
    email: str
    city: str
    country: str
    language: str
    placed_at: datetime | None
    currency: str
    items: tuple[OrderItem, ...]
    total: float | None
    method: str = ""
    fee: float | None = None
    carrier: str = ""
    tracking: str = ""
    eta: str = ""
    original_eta: str = ""
    events: tuple[OrderEvent, ...] = ()
    payment: str = ""
    payment_state: str = ""
    refunded: float | None = None
    discount: float | None = None
    notes: tuple[OrderEvent, ...] = ()
    since: str = ""

    @property
    def open(self) -> bool:
        """Whether something is still under way."""
        return self.status not in CLOSED

    @property
    def last_event(self) -> OrderEvent | None:
        """The newest thing that happened to the parcel."""
        return self.events[-1] if self.events else None


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order and how it was found: ``number``, ``email`` or ``name``."""

    order: Order
    matched_by: str


class OrderBook:
    """Every order, found by what a customer would write. Safe to share: it never changes."""

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        self.orders = tuple(orders)
        self._by_number = {_number_key(o.number): o for o in self.orders}
        digits: dict[str, list[Order]] = defaultdict(list)
        emails: dict[str, list[Order]] = defaultdict(list)
        names: dict[str, list[Order]] = defaultdict(list)
        for order in self.orders:
            digits[re.sub(r"\D", "", order.number)].append(order)
            if order.email:
                emails[order.email.casefold()].append(order)
            if order.customer:
                names[_name_key(order.customer)].append(order)
        self._by_email, self._by_name = dict(emails), dict(names)
        # Customers leave the letters out; short numbers may be anything.
        self._by_number |= {d: same[0] for d, same in digits.items() if len(d) >= 5 and len(same) == 1}

    @classmethod
    def read(cls, path: Path) -> OrderBook:
        """The orders of a file of JSON lines, or of a folder with ``orders.json`` and ``users.json``.

        Raises:
            ConfigurationError: nothing is there, or it is not laid out as expected; names the file and line.
        """
        try:
            if path.is_dir():
                return cls(_read_folder(path))
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"orders at '{path}' cannot be read ({error.strerror or error}); "
                "mend ASSISTANT_ORDERS: a .jsonl file, or a folder with orders.json and users.json"
            ) from error
        orders = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    orders.append(_order(json.loads(line)))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ConfigurationError(f"{path}, line {number}: no order: {error!r}") from error
        return cls(orders)

    def find(self, text: str, *, name: str = "") -> tuple[FoundOrder, ...]:
        """The orders a text is about: those named by number, else of an e-mail address, else of a customer's name.

        Args:
            text: an order number, an address, a name, or a whole message that holds them.
            name: what the customer is called, where that is known otherwise.
        """
        numbers = dict.fromkeys(_number_key(t) for t in _TOKEN.findall(_plain(text)))
        found = [FoundOrder(self._by_number[n], "number") for n in numbers if n in self._by_number]
        found += self._newest((m.casefold() for m in _EMAIL.findall(text)), self._by_email, "email")
        if not found:
            found += self._newest([_name_key(name)] if name.strip() else (), self._by_name, "name")
        if not found:
            found += self._newest(self._names_in(text), self._by_name, "name")
        return tuple({f.order.number: f for f in reversed(found)}.values())[::-1]

    def of_customer(self, customer_id: str) -> tuple[Order, ...]:
        """All orders of one customer, newest first."""
        return tuple(sorted((o for o in self.orders if o.customer_id == customer_id), key=_when, reverse=True))

    def _names_in(self, text: str) -> list[str]:
        """The customers whose whole name a text holds."""
        folded = f" {_name_key(text)} "
        out = []
        for name in self._by_name:
            # Chinese writes no spaces, so a name of two characters or more counts wherever it stands.
            if len(name) >= 2 and (name in folded if not name.isascii() else f" {name} " in folded):
                out.append(name)
        return out

    @staticmethod
    def _newest(keys: Iterable[str], table: Mapping[str, list[Order]], by: str) -> list[FoundOrder]:
        orders = [o for key in keys for o in table.get(key, ())]
        return [FoundOrder(o, by) for o in sorted(orders, key=_when, reverse=True)]


def _plain(text: str) -> str:
    # Full-width digits and hyphens come from Chinese keyboards.
    return text.translate({0xFF10 + n: str(n) for n in range(10)} | {ord("－"): "-", ord("–"): "-", ord("＃"): "#"})


def _number_key(number: str) -> str:
    return re.sub(r"[^0-9a-z]", "", number.casefold())


def _name_key(name: str) -> str:
    bare = re.sub(r"[^\w·']+", " ", fold(name)).strip()
    return " ".join(_TITLES.sub("", bare).split())


def _when(order: Order) -> datetime:
    return order.placed_at or datetime.min.replace(tzinfo=UTC)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    at = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _order(row: Mapping[str, Any]) -> Order:
    customer, shipping = row["customer"], row.get("shipping") or {}
    payment, discount = row.get("payment") or {}, row.get("discount")
    return Order(
        number=_text(row["order_id"]),
        status=_text(row["status"]),
        customer_id=_text(customer.get("id")),
        customer=_text(customer.get("name")),
        email=_text(customer.get("email")),
        city=_text(customer.get("city")),
        country=_text(customer.get("country")),
        language=_text(customer.get("language")),
        placed_at=_moment(row.get("placed_at")),
        currency=_text(row.get("currency")),
        items=tuple(_item(item) for item in row["items"]),
        total=_number(row.get("total")),
        method=_text(shipping.get("method")),
        fee=_number(shipping.get("fee")),
        carrier=_text(shipping.get("carrier")),
        tracking=_text(shipping.get("tracking")),
        eta=_text(shipping.get("eta")),
        original_eta=_text(shipping.get("original_eta")),
        events=tuple(
            OrderEvent(_moment(e.get("at")), _text(e.get("what_en")), _text(e.get("what_zh")))
            for e in shipping.get("events", ())
        ),
        payment=_text(payment.get("method")),
        payment_state=_text(payment.get("state")),
        refunded=_number(payment.get("refunded")),
        discount=_number(discount.get("amount")) if isinstance(discount, Mapping) else _number(discount),
        notes=tuple(
            OrderEvent(_moment(n.get("at")), _text(n.get("text_en")), _text(n.get("text_zh")))
            for n in row.get("notes", ())
        ),
        since=_text(customer.get("since")),
    )


def _item(item: Mapping[str, Any]) -> OrderItem:
    known = ("sku", "title", "title_zh", "quantity", "unit_price")
    options = tuple((k, _text(v)) for k, v in item.items() if k not in known and not isinstance(v, dict | list))
    return OrderItem(
        _text(item.get("sku")),
        _text(item["title"]),
        _text(item.get("title_zh")),
        int(item["quantity"]),
        float(item["unit_price"]),
        options,
    )


def _read_folder(folder: Path) -> list[Order]:
    """Orders that name a user by id, with the users beside them."""
    tables = []
    for name in ("orders.json", "users.json"):
        try:
            table = json.loads((folder / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigurationError(f"{folder / name} is no JSON: {error}") from error
        if not isinstance(table, dict):
            raise ConfigurationError(f"{folder / name} must hold one object of records by their id")
        tables.append(table)
    orders, users = tables
    try:
        return [_mapped(row, users.get(row["user_id"]) or {}) for row in orders.values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{folder / 'orders.json'}: no order: {error!r}") from error


def _mapped(row: Mapping[str, Any], user: Mapping[str, Any]) -> Order:
    named, address = user.get("name") or {}, row.get("address") or {}
    paid: dict[str, float] = defaultdict(float)
    methods = []
    for step in row.get("payment_history", ()):
        paid[step["transaction_type"]] += float(step["amount"])
        methods.append(_text(step.get("payment_method_id")))
    known = {m: (user.get("payment_methods") or {}).get(m, {}).get("source", "") for m in methods}
    tracking = [t for f in row.get("fulfillments", ()) for t in f.get("tracking_id", ())]
    return Order(
        number=_text(row["order_id"]),
        status=_text(row["status"]).replace(" ", "_"),
        customer_id=_text(row["user_id"]),
        customer=" ".join(filter(None, (_text(named.get("first_name")), _text(named.get("last_name"))))),
        email=_text(user.get("email")),
        city=_text(address.get("city")),
        country=_text(address.get("country")),
        language="en",
        placed_at=None,
        currency="",
        items=tuple(
            OrderItem(
                _text(i["item_id"]),
                _text(i["name"]),
                "",
                1,
                float(i["price"]),
                tuple((k, _text(v)) for k, v in i.get("options", {}).items()),
            )
            for i in row["items"]
        ),
        total=round(paid["payment"], 2) if "payment" in paid else None,
        tracking=", ".join(tracking),
        payment=known.get(methods[0], "") if methods else "",
        payment_state="refunded" if "refund" in paid else "paid" if "payment" in paid else "",
        refunded=round(paid["refund"], 2) if "refund" in paid else None,
    )
