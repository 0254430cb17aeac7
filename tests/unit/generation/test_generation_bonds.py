"""Why a product goes with another one: the counts as they are, and nothing of people."""

from __future__ import annotations

import pytest

from assistant.generation.replies.bonds import bond_reason
from assistant.lexicon import Lexicon
from assistant.types import Bond, Product

SHOE = Product(
    sku="A",
    title="Brook road runner",
    category=("footwear", "running shoe"),
    price=90.0,
    translations={"zh": {"title": "小溪公路跑鞋", "category": "跑鞋"}},
)

SOCK = Product(
    sku="S",
    title="Brook merino sock",
    category=("clothing", "socks"),
    price=9.0,
    translations={"zh": {"title": "小溪羊毛袜", "category": "袜子"}},
)


@pytest.mark.parametrize(
    ("kind", "single", "en", "zh"),
    [
        ("products bought", True, "often bought here with it (6 of 20 orders)", "本店常与它一起买（20单中6单）"),
        (
            "products bought",
            False,
            "often bought here with: Brook road runner (6 of 20 orders)",
            "本店常与小溪公路跑鞋一起买（20单中6单）",
        ),
        (
            "types carted",
            True,
            "running shoe + socks: often in one cart here (6 of 20 carts)",
            "本店跑鞋常与袜子同在一个购物车（20次中6次）",
        ),
    ],
)
def test_what_was_counted_is_told_with_the_counts(lexicon: Lexicon, kind: str, single: bool, en: str, zh: str) -> None:
    bond = Bond(kind, SOCK, SHOE, 6, 20)  # type: ignore[arg-type]
    assert bond_reason(bond, "en", lexicon, single=single) == en
    assert bond_reason(bond, "zh", lexicon, single=single) == zh


def test_general_knowledge_claims_no_history(lexicon: Lexicon) -> None:
    told = bond_reason(Bond("known", SOCK, SHOE), "en", lexicon, single=True)
    assert told == "socks + running shoe: go well together"
    assert bond_reason(Bond("known", SOCK, SHOE), "zh", lexicon, single=True) == "袜子适合搭配跑鞋"


def test_nobody_is_said_to_have_bought_anything(lexicon: Lexicon) -> None:
    for kind in ("products bought", "products carted", "types bought", "types carted", "known"):
        for language in ("en", "zh"):
            told = bond_reason(Bond(kind, SOCK, SHOE, 6, 20), language, lexicon, single=True)  # type: ignore[arg-type]
            assert told is not None
            assert not any(word in told.lower() for word in ("people", "customer", "shopper", "顾客", "人", "用户"))


def test_a_type_without_a_name_in_the_language_gives_no_reason(lexicon: Lexicon) -> None:
    odd = Product(sku="B", title="Xq", category=("zzgrmbl",), price=1.0)
    assert bond_reason(Bond("types bought", SOCK, odd, 6, 20), "zh", lexicon, single=True) is None


def test_a_long_title_is_cut(lexicon: Lexicon) -> None:
    long = Product(sku="C", title="word " * 30, price=1.0)
    told = bond_reason(Bond("products carted", SOCK, long, 6, 20), "en", lexicon, single=False)
    assert told is not None
    assert len(told) < 90
    assert "…" in told
