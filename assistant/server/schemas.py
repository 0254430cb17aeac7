"""What goes in and out over HTTP and MCP, as pydantic models: the only description of it there is.

Requests are strict and know no unknown field. Answers are made by :mod:`assistant.server.lookups` and by ``to_dict`` of
the records; the tests hold them against these models. Prices are in major units of the currency beside them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Tongue: TypeAlias = Literal["en", "zh"]
Color: TypeAlias = Literal[
    "black", "white", "grey", "red", "orange", "yellow", "green", "blue",
    "purple", "pink", "brown", "beige", "gold", "silver", "navy",
]  # fmt: skip
Sort: TypeAlias = Literal["price_asc", "price_desc", "rating_desc", "newest", "popularity"]
Reason: TypeAlias = Literal["wrong_product", "too_dear", "not_my_taste", "wrong_facts", "other"]
Scalar: TypeAlias = str | int | float | bool

MOST_RESULTS = 100
LONGEST_HISTORY = 50
MOST_COMPARED = 6


def _listed(value: object) -> object:
    """One value where a list is wanted, as the command line allows it too."""
    return [value] if isinstance(value, str) else value


Strings: TypeAlias = Annotated[list[str], BeforeValidator(_listed)]
Colors: TypeAlias = Annotated[list[Color], BeforeValidator(_listed)]
Sku: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, examples=["FTW-RUNN-06"])]


class Asked(BaseModel):
    """Base of every request: a misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(extra="forbid")


# -- requests ---------------------------------------------------------------------------------------------------------


class ChatRequest(Asked):
    """One message of a shopper."""

    message: str = Field(description="what the shopper says, any text", examples=["running shoes under $80, not blue"])
    conversation: str | None = Field(
        None, min_length=1, max_length=64, description="goes on with a conversation; without it a new one begins"
    )


class TextRequest(Asked):
    """A text to read."""

    text: str = Field(description="any text", examples=["two red mugs under $20"])


class Alternative(Asked):
    """Bounds that a product must keep; ``null`` and what is not named say nothing."""

    price_min: float | None = Field(None, description="inclusive, in major units")
    price_max: float | None = Field(None, description="inclusive, in major units", examples=[80])
    currency: str | None = Field(None, description="of the bounds; else CNY for Chinese texts where prices have it")
    brands: Strings | None = Field(None, description="any of these")
    exclude_brands: Strings | None = Field(None, description="none of these")
    colors: Colors | None = Field(None, description="any of these")
    exclude_colors: Colors | None = Field(None, description="none of these")
    sizes: Strings | None = Field(None, description="any of these", examples=[["42"]])
    terms: Strings | None = Field(None, description="words the record should state; they rank where none does")
    exclude_terms: Strings | None = Field(None, description="words the record must not state")
    in_stock_only: bool | None = Field(None, description="only what can be bought now")
    category: Strings | None = Field(None, description="any element of the category path")
    attributes: dict[str, Scalar | list[Scalar]] | None = Field(
        None, description="attribute name to its value, or to any of several", examples=[{"material": "mesh"}]
    )
    rating_min: float | None = Field(None, description="average stars, of five")


class Filters(Alternative):
    """Hard filters, laid field by field over what the text says."""

    product: str | None = Field(None, description="the product type", examples=["running shoes"])
    sort: Sort | None = Field(None, description="instead of the best match first")
    quantity: int | None = Field(None, description="pieces wanted; changes no result")
    references: list[int] | None = Field(None, description="positions meant; changes no result")
    any_of: list[Alternative] | None = Field(None, description="at least one of these must hold")


class SearchRequest(Asked):
    """A wish, in a shopper's words, with filters beside it."""

    text: str = Field(description="the wish; its bounds and refusals are hard", examples=["running shoes under $80"])
    filters: Filters | None = Field(None, description="override what the text says, field by field")
    k: int = Field(10, ge=1, le=MOST_RESULTS, description="at most so many products")


class RecommendRequest(Asked):
    """What somebody looked at, put into the cart, or bought."""

    history: list[Sku] = Field(
        max_length=LONGEST_HISTORY, description="SKUs, the latest last; of none, what is rated best"
    )
    cross_category: bool = Field(
        False, description="true: what goes with them, of other product types; false: what is like them"
    )
    filters: Filters | None = Field(None, description="hard")
    language: Tongue = Field("en", description="of titles and prices")
    k: int = Field(10, ge=1, le=MOST_RESULTS, description="at most so many products")


class CompareRequest(Asked):
    """Products to hold side by side."""

    skus: list[Sku] = Field(min_length=2, max_length=MOST_COMPARED, description="two to six different products")
    language: Tongue = Field("en", description="of titles, labels and prices")


class ProductRequest(Asked):
    """One product."""

    sku: Sku
    language: Tongue = Field("en", description="of titles, texts and prices")


class FeedbackRequest(Asked):
    """👍 or 👎 on a recommendation, or on a whole reply."""

    conversation: str = Field(min_length=1, max_length=64, description="as /api/chat returned it")
    value: Literal["up", "down"]
    sku: Sku | None = Field(None, description="the product it is about; without it, the whole reply")
    turn: int | None = Field(None, ge=1, description="the reply it is about, from 1; without it, the last one")
    reason: Reason | None = Field(None, description="why not")


# -- answers ----------------------------------------------------------------------------------------------------------


class Error(Told):
    """Why a request was refused."""

    error: str = Field(description="what was wrong, in one sentence", examples=["no product 'X-1' in the catalogue"])
    where: str | None = Field(description="the field it is about; null for the whole request", examples=["sku"])
    do: str = Field(description="what to do", examples=["take a SKU that /api/search returned"])


class Health(Told):
    """Whether the server answers, and with what."""

    status: Literal["ok"]
    products: int = Field(description="in the catalogue", examples=[420])


class ConstraintSet(Told):
    """What a text, or a conversation, asks for; nothing is ``null`` or ``[]``."""

    product: str | None
    price_min: float | None
    price_max: float | None
    currency: str | None
    brands: list[str]
    exclude_brands: list[str]
    colors: list[str]
    exclude_colors: list[str]
    sizes: list[str]
    terms: list[str]
    exclude_terms: list[str]
    sort: Sort | None
    in_stock_only: bool | None
    quantity: int | None
    references: list[int]


class Applied(ConstraintSet):
    """What a search applied: the text's constraints under the filters."""

    category: list[str] | None = None
    attributes: dict[str, list[Any]] | None = None
    rating_min: float | None = None
    any_of: list[dict[str, Any]] | None = None


class CategoryGuess(Told):
    """A product type that a text may be about."""

    path: list[str]
    probability: float


class Understood(Told):
    """A text, read."""

    intent: str = Field(description="one of 21 intents", examples=["product_search"])
    confidence: float = Field(ge=0, le=1, description="calibrated probability of the intent")
    language: Literal["en", "zh", "other"]
    constraints: ConstraintSet


class Card(Told):
    """A product as a list shows it, in the language and currency of the request."""

    sku: str = Field(examples=["FTW-RUNN-06"])
    title: str = Field(description="catalogue text")
    price: float
    currency: str = Field(examples=["USD"])
    category: list[str] = Field(description="the path, the most general first")
    in_stock: bool | None = Field(description="null where the catalogue does not say")


class Found(Told):
    """Ranked products. ``skus``, ``scores`` and ``products`` are in the same order; scores never increase."""

    skus: list[str]
    scores: list[float]
    products: list[Card]


class SearchAnswer(Found):
    """What a search found; nothing is relaxed, so fewer than asked for is an answer."""

    total: int = Field(description="products that keep every filter")
    language: Tongue = Field(description="the text's; titles and prices are in it")
    applied: Applied
    soft: list[str] = Field(description="words of the text that no product states; they only ranked")


class RecommendAnswer(Found):
    """What was recommended, with the parts of each score."""

    parts: list[dict[str, float]] = Field(description="named parts of each score, in the same order")


class Row(Told):
    """One line of a comparison."""

    field: str = Field(description="a field of the record, or an attribute's name", examples=["price"])
    label: str = Field(description="what it is called in the language of the request")
    values: list[Any] = Field(description="one per product; null where its record says nothing")
    same: bool = Field(description="whether all products agree")


class Comparison(Told):
    """Products side by side; what tells them apart comes first."""

    products: list[Card]
    rows: list[Row]


class ProductAnswer(Card):
    """A product whole: its record, its versions, and what goes with it."""

    description: str = Field(description="catalogue text")
    brand: str | None
    list_price: float | None
    prices: dict[str, float] = Field(description="in further currencies")
    color: str | None
    sizes: list[str]
    size_stock: dict[str, int]
    stock: int | None
    attributes: dict[str, Any]
    url: str | None
    image_url: str | None
    rating: float | None = Field(description="average stars, of five")
    rating_count: int | None
    created_at: str | None
    variants: list[Card] = Field(description="the same product in other colours, sizes or capacities")
    goes_with: list[Card] = Field(description="products of other types that go well with it")


class Question(Told):
    """A question under a list that would narrow it; an option is a message that can be sent."""

    field: str
    options: list[str]


class CartLine(Told):
    """Pieces of a product in the cart."""

    sku: str
    quantity: int


class ClaimCount(Told):
    """What the check of the text did."""

    checked: int
    unsupported: int = Field(description="left in the text as shown; always 0")
    repaired: int
    replaced: int


class Milliseconds(Told):
    """From the message's arrival; ``null`` where a stage did not run."""

    understand: float | None
    retrieve: float | None
    rank: float | None
    first_token: float | None
    first_text: float | None
    total: float | None


class TurnAnswer(Told):
    """One answered message."""

    intent: str = Field(examples=["product_search"])
    confidence: float = Field(ge=0, le=1)
    language: Literal["en", "zh", "other"]
    ledger: ConstraintSet = Field(description="what the conversation asks for by now")
    action: Literal[
        "search", "ideas", "complement", "compare", "answer", "policy",
        "cart", "clarify", "handoff", "refuse", "chat", "decline",
    ]  # fmt: skip
    products: list[Card]
    referenced: list[str] = Field(description="SKUs the message pointed at")
    question: Question | None
    reply: str
    asks_clarification: bool
    handoff: bool
    refused: bool
    relaxed: list[str] = Field(description="fields that were loosened, or that stand in the way")
    cart: list[CartLine]
    claims: ClaimCount
    prompt: str | None = Field(description="name@hash of the prompt; null where no text was generated")
    ms: Milliseconds
    conversation: str = Field(description="send it with the next message")


class UnderstoodEvent(Told):
    """Event ``understood``: the message was read."""

    intent: str
    confidence: float
    language: Literal["en", "zh", "other"]
    constraints: ConstraintSet
    ledger: ConstraintSet


class ProductsEvent(Told):
    """Event ``products``: the cards, before any text."""

    products: list[Card]
    relaxed: list[str]
    question: Question | None


class HeardEvent(Told):
    """Event ``heard``: a person has the conversation, and reads the message; the assistant says nothing."""

    turn: int = Field(description="the number of the message, from 1")


class TextEvent(Told):
    """Event ``text``: one checked sentence, with the white space after it."""

    text: str


class PersonMessage(Told):
    """What a person of the shop wrote, or what the assistant wrote for them."""

    id: int = Field(description="grows with time")
    author: Literal["agent", "assistant"]
    name: str = Field(description="of the person; may be empty")
    text: str
    after_turn: int = Field(description="the reply it stands after, 0 before the first")
    at: str = Field(description="ISO 8601, UTC")


class ConversationAnswer(Told):
    """How a conversation stands."""

    conversation: str
    turns: int = Field(description="messages of the shopper that are stored")
    with_person: bool = Field(description="whether a person has it, so that the assistant says nothing")
    messages: list[PersonMessage] = Field(description="what people wrote since, oldest first")


class FeedbackAnswer(Told):
    """What was stored."""

    conversation: str
    turn: int
    sku: str | None
    value: Literal["up", "down"]
