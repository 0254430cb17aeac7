"""What the interface says: one record with every string of a language, so that none can be missing in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Every interface string of one language; ``{}`` marks what is filled in."""

    lang: str
    locale: str
    shop: str
    discloses: str
    new_conversation: str
    you: str
    ask: str
    placeholder: str
    send: str
    looking: str
    writing: str
    looking_for: str
    asked_for: str
    remove: str
    removed: str
    nothing_changed: str
    products: str
    product_count: str
    price: str
    was: str
    rated: str
    in_stock: str
    availability: str
    few_left: str
    sold_out: str
    stock_unknown: str
    why: str
    colours: str
    sizes: str
    size_gone: str
    also_as: str
    details: str
    to_cart: str
    to_cart_short: str
    to_cart_message: str
    cart: str
    pieces: str
    cart_message: str
    near_miss: str
    in_the_way: str
    suggestions: str
    error: str
    retry: str
    and_more: str
    under: str
    over: str
    without: str
    quantity: str
    only_in_stock: str
    undo: str
    undo_message: str
    change: str
    changed: str
    apply: str
    take_away: str
    stop: str
    stopped: str
    again: str
    compare: str
    compare_chosen: str
    compared: str
    clear_choice: str
    more_about: str
    why_this: str
    met: str
    not_met: str
    score: str
    score_note: str
    checked: str
    checked_counts: str
    written_with: str
    good: str
    bad: str
    thanks: str
    why_bad: str
    reasons: Mapping[str, str]
    variants: str
    goes_with: str
    close: str
    quantity_of: str
    fewer: str
    another: str
    take_out: str
    empty_cart: str
    total: str
    several_totals: str
    left_catalogue: str
    checkout_note: str
    in_cart: str
    forget: str
    forget_ask: str
    forget_text: str
    forget_yes: str
    forgotten: str
    keep: str
    restored: str
    offline: str
    colleague: str
    colleague_reads: str
    named_reads: str
    for_you: str
    use_what: str
    use_on: str
    use_off: str
    promoted: str
    taste_note: str
    because: Mapping[str, str]
    goes_because: Mapping[str, str]
    chip_fields: Mapping[str, str]
    parts: Mapping[str, str]
    fields: Mapping[str, str]
    questions: Mapping[str, str]
    sorts: Mapping[str, str]
    colors: Mapping[str, str]

    def question(self, field: str) -> str:
        """The narrowing question about a constraint field."""
        return self.questions.get(field, self.questions["*"])

    def field(self, name: str) -> str:
        """What a shopper calls a constraint field."""
        return self.fields.get(name, name.replace("_", " "))

    def color(self, name: str) -> str:
        """A basic colour's name."""
        return self.colors.get(name, name)
