"""The frozen records that travel between the stages.

Knows the shapes of the public contract (constraints, cards, turns) and how they become JSON. Knows nothing of models,
files or settings. Every record is immutable: to change something, a stage makes a new one with ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh", "other"]
ReplyLanguage: TypeAlias = Literal["en", "zh"]
Sort: TypeAlias = Literal["price_asc", "price_desc", "rating_desc", "newest", "popularity"]
Action: TypeAlias = Literal[
    "search",
    "ideas",
    "complement",
    "compare",
    "answer",
    "policy",
    "cart",
    "clarify",
    "handoff",
    "refuse",
    "chat",
    "decline",
]
Scalar: TypeAlias = str | int | float | bool

INTENTS: tuple[str, ...] = (
    "product_search",
    "refine_results",
    "browse_ideas",
    "compare_products",
    "product_question",
    "recommend_complement",
    "check_availability",
    "check_promotion",
    "manage_cart",
    "order_status",
    "modify_cancel_order",
    "return_refund",
    "shipping_delivery",
    "payment_invoice",
    "warranty_repair",
    "account_privacy",
    "complaint_feedback",
    "speak_to_human",
    "smalltalk",
    "unsafe",
    "out_of_scope",
)
"""The closed label set, in the order of the taxonomy."""

COLORS: tuple[str, ...] = (
    "black", "white", "grey", "red", "orange", "yellow", "green", "blue",
    "purple", "pink", "brown", "beige", "gold", "silver", "navy",
)  # fmt: skip
"""Basic colour names; every shade maps to one of them."""

SORTS: tuple[str, ...] = ("price_asc", "price_desc", "rating_desc", "newest", "popularity")


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a message, or a whole topic of a conversation, asks for. Prices are inclusive bounds in major units."""

    product: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    currency: str | None = None
    brands: tuple[str, ...] = ()
    exclude_brands: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    exclude_colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    exclude_terms: tuple[str, ...] = ()
    sort: Sort | None = None
    in_stock_only: bool | None = None
    quantity: int | None = None
    references: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Every field by name; tuples become lists, absent values stay ``None`` or ``[]``."""
        out: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            out[f.name] = list(value) if isinstance(value, tuple) else value
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Constraints:
        """The inverse of :meth:`to_dict`; unknown keys are ignored, missing ones are empty."""
        known: dict[str, Any] = {}
        for f in fields(cls):
            if f.name in data and data[f.name] is not None:
                value = data[f.name]
                known[f.name] = tuple(value) if isinstance(value, list | tuple) else value
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, read: its intent with a calibrated probability, its language, its constraints."""

    intent: str
    confidence: float
    language: Language
    constraints: Constraints

    def to_dict(self) -> dict[str, Any]:
        """The fields of the ``understand`` contract."""
        return {
            "intent": self.intent,
            "confidence": self.confidence,
            "language": self.language,
            "constraints": self.constraints.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the understanding stage read it, with what only matters in a conversation.

    ``cleared`` are the constraint fields the shopper lifts; ``relative`` is a wish for cheaper or dearer ones without a
    number; ``more`` asks for the next ones of the same search; ``count`` is how many results were asked for;
    ``plain`` is what the words say whatever the intent, for when the intent was misread. ``revises`` is what it
    does to the turns before: ``undo`` takes the last change back (``allowed`` are words for what is welcome after all),
    ``correct`` puts one right (``amount`` is a number that names no bound), ``recall`` wants the list of ``recalled``
    again, the list under way where ``of_list`` says no more than "those".
    """

    text: str
    understanding: Understanding
    cleared: frozenset[str] = frozenset()
    relative: Literal["cheaper", "dearer"] | None = None
    more: bool = False
    count: int | None = None
    plain: Constraints = Constraints()
    revises: Literal["undo", "correct", "recall"] | None = None
    allowed: tuple[str, ...] = ()
    amount: float | None = None
    recalled: str = ""
    of_list: bool = False

    @property
    def constraints(self) -> Constraints:
        """The constraints of this message alone."""
        return self.understanding.constraints


@dataclass(frozen=True, slots=True)
class Product:
    """One SKU of a catalogue. ``price`` is in major units of ``currency``; ``stock`` is ``None`` where unknown."""

    sku: str
    title: str
    price: float
    description: str = ""
    brand: str | None = None
    category: tuple[str, ...] = ()
    currency: str = "USD"
    list_price: float | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    color: str | None = None
    sizes: tuple[str, ...] = ()
    size_stock: Mapping[str, int] = field(default_factory=dict)
    stock: int | None = None
    group_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    url: str | None = None
    image_url: str | None = None
    locale: str = "en"
    rating: float | None = None
    rating_count: int | None = None
    created_at: str | None = None
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def in_stock(self) -> bool | None:
        """Whether it can be bought now; ``None`` where the catalogue does not say."""
        if self.stock is not None:
            return self.stock > 0
        if self.size_stock:
            return any(n > 0 for n in self.size_stock.values())
        return None

    @property
    def type(self) -> str:
        """The most specific element of the category path, or an empty string."""
        return self.category[-1] if self.category else ""

    def title_in(self, language: str) -> str:
        """The title in ``language`` where the catalogue has it, else its own."""
        return str(self.translations.get(language, {}).get("title") or self.title)

    def description_in(self, language: str) -> str:
        """The description in ``language`` where the catalogue has it, else its own."""
        return str(self.translations.get(language, {}).get("description") or self.description)

    def price_in(self, currency: str) -> float | None:
        """The price in ``currency`` where the catalogue states one; no rate is ever guessed."""
        if currency == self.currency:
            return self.price
        return self.prices.get(currency)

    def to_dict(self) -> dict[str, Any]:
        """The catalogue row; tuples become lists."""
        out: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            out[f.name] = (
                list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
            )
        return out


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product with the score it was ranked by and the named parts that make it up."""

    product: Product
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bond:
    """Why a product goes with another one.

    Attributes:
        kind: the two products were often in one order ("products bought") or in one cart ("products carted"), products
            of their types were, or it is generally known of their types.
        product: the one that goes with the anchor.
        anchor: the product it goes with.
        together: how many baskets held both; 0 for what is generally known.
        of: how many held the anchor, or one of its type.
    """

    kind: Literal["products bought", "products carted", "types bought", "types carted", "known"]
    product: Product
    anchor: Product
    together: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Claims:
    """What the claim check did. ``unsupported`` counts what is left in the text as shown: always 0."""

    checked: int = 0
    unsupported: int = 0
    repaired: int = 0
    replaced: int = 0

    def __add__(self, other: Claims) -> Claims:
        return Claims(
            self.checked + other.checked,
            self.unsupported + other.unsupported,
            self.repaired + other.repaired,
            self.replaced + other.replaced,
        )

    def to_dict(self) -> dict[str, int]:
        """The CLAIMS object of the contract."""
        return {
            "checked": self.checked,
            "unsupported": self.unsupported,
            "repaired": self.repaired,
            "replaced": self.replaced,
        }


@dataclass(frozen=True, slots=True)
class Card:
    """A product as a turn shows it, title and price already in the shopper's language and currency.

    ``variants`` are the other SKUs of the same ``group_id`` that share the card; ``why`` are short reasons.
    """

    product: Product
    title: str
    price: float
    currency: str
    variants: tuple[Product, ...] = ()
    why: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The CARD object of the contract."""
        return {
            "sku": self.product.sku,
            "title": self.title,
            "price": self.price,
            "currency": self.currency,
            "category": list(self.product.category),
            "in_stock": self.product.in_stock,
        }


@dataclass(frozen=True, slots=True)
class CartLine:
    """How many pieces of a SKU are in the cart."""

    sku: str
    quantity: int

    def to_dict(self) -> dict[str, Any]:
        """The cart line of the contract."""
        return {"sku": self.sku, "quantity": self.quantity}


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One choice of a facet, and how many rows it leaves; a band has bounds, both inclusive, open where ``None``."""

    value: str
    count: int
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Value and count; of a band its bounds too."""
        bounds = {} if self.low is None and self.high is None else {"low": self.low, "high": self.high}
        return {"value": self.value, "count": self.count, **bounds}


@dataclass(frozen=True, slots=True)
class Facet:
    """What splits a set of rows: a field, its values, and how well it does.

    ``field`` is ``price``, ``brand``, ``color``, ``size``, ``category`` or the name of an attribute; ``unit`` is the
    currency or unit of bands. ``stated`` of ``rows`` rows say anything. ``gain`` is in bits. ``known`` is whether both
    languages have a word for the field; ``others`` counts the values that are not listed.
    """

    field: str
    label: str
    kind: Literal["values", "bands", "flag"]
    values: tuple[FacetValue, ...]
    stated: int
    rows: int
    gain: float
    unit: str = ""
    known: bool = True
    others: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The facet as the ``facets`` command prints it."""
        return {
            "field": self.field,
            "label": self.label,
            "kind": self.kind,
            **({"unit": self.unit} if self.unit else {}),
            "stated": self.stated,
            "rows": self.rows,
            "gain": round(self.gain, 4),
            "values": [v.to_dict() for v in self.values],
            "others": self.others,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """A narrowing question shown under the cards; each option is a message the shopper can send by a click."""

    field: str
    options: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The question object of the contract."""
        return {"field": self.field, "options": list(self.options)}


@dataclass(frozen=True, slots=True)
class CategoryPrediction:
    """A product type, by its path in the catalogue, and the probability that a message is about it."""

    path: tuple[str, ...]
    probability: float

    def to_dict(self) -> dict[str, Any]:
        """Path and probability, the latter rounded to four digits."""
        return {"path": list(self.path), "probability": round(self.probability, 4)}


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds per stage of one turn; ``None`` where a stage did not run."""

    understand: float | None = None
    retrieve: float | None = None
    rank: float | None = None
    first_token: float | None = None
    first_text: float | None = None
    total: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """The ``ms`` object of the contract, rounded to a hundredth of a millisecond."""
        return {
            f.name: None if getattr(self, f.name) is None else round(getattr(self, f.name), 2) for f in fields(self)
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """One answered message: the TURN object of the contract, and the trace every view reads.

    ``categories`` are the likeliest product types of a list turn, best first; ``stopped`` is whether the shopper cut
    the reply off. Both are part of the trace only.
    """

    message: str
    understanding: Understanding
    ledger: Constraints
    action: Action
    cards: tuple[Card, ...] = ()
    referenced: tuple[str, ...] = ()
    question: Question | None = None
    reply: str = ""
    asks_clarification: bool = False
    handoff: bool = False
    refused: bool = False
    relaxed: tuple[str, ...] = ()
    cart: tuple[CartLine, ...] = ()
    claims: Claims = Claims()
    prompt: str | None = None
    suggestions: tuple[str, ...] = ()
    categories: tuple[CategoryPrediction, ...] = ()
    stopped: bool = False
    ms: Timing = Timing()

    def to_dict(self) -> dict[str, Any]:
        """The TURN object of the contract."""
        return {
            "intent": self.understanding.intent,
            "confidence": self.understanding.confidence,
            "language": self.understanding.language,
            "ledger": self.ledger.to_dict(),
            "action": self.action,
            "products": [c.to_dict() for c in self.cards],
            "referenced": list(self.referenced),
            "question": self.question.to_dict() if self.question else None,
            "reply": self.reply,
            "asks_clarification": self.asks_clarification,
            "handoff": self.handoff,
            "refused": self.refused,
            "relaxed": list(self.relaxed),
            "cart": [line.to_dict() for line in self.cart],
            "claims": self.claims.to_dict(),
            "prompt": self.prompt,
            "ms": self.ms.to_dict(),
        }
