"""Sheets over the page: everything from records and stored turns, escaped, in the shopper's language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes_assistant import PRODUCTS, FakeAssistant

from assistant.lexicon import Lexicon
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.types import CartLine
from assistant.ui.cards import CardRenderer
from assistant.ui.panels import Panels, named_products, trace_with
from assistant.ui.pictures import Pictures
from assistant.ui.texts import words
from assistant.ui.turns import stored_view

EVIL = '<b onclick="alert(1)">'  # not read as an order, so it reaches the page


@pytest.fixture(scope="module")
def renderer() -> CardRenderer:
    return CardRenderer(Pictures({}, Lexicon.load()))


@pytest.fixture(scope="module")
def panels(renderer: CardRenderer) -> Panels:
    return Panels(renderer)


def test_the_sheet_of_a_product_holds_its_record_variants_and_companions(panels: Panels) -> None:
    html = panels.detail(FakeAssistant(), PRODUCTS[0], words("en"), (CartLine("TST-SHOE-01", 3),))  # type: ignore[arg-type]
    for part in ("$59.00", "$79.00", "240 g", "3 in your cart", "black", "$61.00", "Trundle Ember running shoe"):
        assert part in html
    chinese = panels.detail(FakeAssistant(), PRODUCTS[0], words("zh"), ())  # type: ignore[arg-type]
    assert "¥354" in chinese
    assert "适合搭配" in chinese
    assert "<dt>材质</dt><dd>网眼</dd>" in chinese
    assert "in your cart" not in chinese


def test_catalogue_text_never_becomes_markup(panels: Panels) -> None:
    evil = replace(PRODUCTS[0], title=EVIL, description=EVIL, attributes={EVIL: EVIL}, translations={}, sku=EVIL)
    assistant = FakeAssistant((evil, *PRODUCTS[1:]))
    w = words("en")
    trace = {"ledger": {"product": EVIL, "terms": [EVIL]}, "reply": EVIL, "prompt": EVIL, "claims": {}}
    sheets = [
        panels.detail(assistant, evil, w, ()),  # type: ignore[arg-type]
        panels.compare([evil, PRODUCTS[1]], w),
        panels.cart(assistant, (CartLine(EVIL, 1), CartLine("GONE", 1)), w),  # type: ignore[arg-type]
        panels.why(evil, trace, w, None),
    ]
    assert all("<b onclick" not in html for html in sheets)
    assert all("&lt;b onclick" in html for html in sheets)


def test_the_cart_adds_up_each_currency_and_names_what_is_gone(panels: Panels) -> None:
    euro = replace(PRODUCTS[4], sku="EUR", price=10.0, currency="EUR", prices={})
    assistant = FakeAssistant((*PRODUCTS, euro))
    cart = (CartLine("TST-SHOE-01", 2), CartLine("TST-SHOE-02", 1), CartLine("EUR", 3), CartLine("GONE", 1))
    html = panels.cart(assistant, cart, words("en"))  # type: ignore[arg-type]
    assert "$179.00" in html
    assert "€30.00" in html
    assert "not added up" in html
    assert "No longer sold" in html
    assert "Your cart is empty." in panels.cart(assistant, (), words("en"))  # type: ignore[arg-type]


def test_why_says_what_was_met_what_was_not_and_what_the_check_did(panels: Panels) -> None:
    trace = {
        "ledger": {"product": "shoes", "price_max": 50, "exclude_colors": ["white"]},
        "relaxed": ["price_max"],
        "products": [{"sku": "TST-SHOE-01"}, {"sku": "TST-SHOE-02"}],
        "candidates": [
            {"sku": "TST-SHOE-01", "parts": {"semantic": 0.81, "fused": 0.6, "sold_out": 0.0}, "why": ["mesh"]},
            {"sku": "TST-SHOE-02", "parts": {"semantic": 0.4}},
        ],
        "claims": {"checked": 4, "unsupported": 0, "repaired": 1, "replaced": 0},
        "prompt": "blurb.en/2@abc",
        "reply": "**Fine** mesh.",
    }
    first = panels.why(PRODUCTS[0], trace, words("en"), "USD")
    for part in (
        "no white",
        "mesh",
        "the price limit",
        "0.810",
        "Corrected: 1",
        "blurb.en/2@abc",
        "<strong>Fine</strong>",
    ):
        assert part in first
    assert "under $50" not in first
    assert "0.600" not in first
    second = panels.why(PRODUCTS[1], trace, words("en"), "USD")
    assert "blurb.en/2@abc" not in second
    assert "--share: 49%" in second
    assert "--share: 100%" in first
    assert panels.why(PRODUCTS[0], {}, words("zh"), None)


def test_only_known_products_are_compared(panels: Panels) -> None:
    assistant = FakeAssistant()
    named = named_products(assistant, ["TST-SHOE-01", "NO", 7, None, "TST-SHOE-01", "TST-SHOE-04"])  # type: ignore[arg-type]
    assert [p.sku for p in named] == ["TST-SHOE-01", "TST-SHOE-04"]
    html = panels.compare(named, words("zh"))
    assert html.count('scope="col"') == 2
    assert "库存" in html


def test_a_stored_turn_looks_as_it_did(renderer: CardRenderer, tmp_path: Path) -> None:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    assistant = FakeAssistant()
    sessions = Sessions(assistant, store)
    list(sessions.say("a", "shoes under 130"))
    (turn,) = sessions.history("a")
    view = stored_view(turn, assistant.engine.product, "a")
    html = view.render(renderer)
    assert 'data-conversation="a"' in html
    assert "shoes under 130" in html
    assert html.count('<li class="card') == 4
    assert "<strong>These</strong> fit. The first is light." in html
    assert 'data-say="something cheaper"' in html
    assert trace_with(sessions.history("a"), "TST-SHOE-01") == turn.trace
    assert trace_with(sessions.history("a"), "TST-SHOE-05") == {}
    gone = stored_view(turn, lambda sku: None, "a")
    assert gone.cards == ()
    sessions.close()
    store.close()
