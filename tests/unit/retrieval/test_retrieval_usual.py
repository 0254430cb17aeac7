"""Types whose modifier goes unsaid in listings, and types said by their material."""

from __future__ import annotations

import numpy as np
import pytest
from builders import product

from assistant.lexicon import Lexicon
from assistant.retrieval.topics import TopicMap

SHOP = [
    product("over", "Aria over-ear headphones", category=["tech", "headphones"]),
    product("plain", "Phantom wireless headphones", category=["tech", "headphones"]),
    product("buds", "Pebble earbuds", category=["tech", "headphones"]),
    product("neck", "Loop neckband headphones", category=["tech", "headphones"]),
    product("wall", "Nautical wall clock", category=["home", "clock"]),
    product("clock", "Retro station clock", category=["home", "clock"]),
    product("desk", "Brass desk clock", category=["home", "clock"]),
    product("alarm", "Sunrise alarm clock", category=["home", "clock"]),
    product("folk", "Cedar acoustic guitar", category=["music", "guitar"]),
    product("strings", "Sunburst guitar", category=["music", "guitar"]),
    product("electric", "Volt electric guitar", category=["music", "guitar"]),
    product("leather", "Classic leather jacket", category=["clothing", "jacket"]),
    product("moto", "Edge leather moto jacket", category=["clothing", "jacket"]),
    product("denim", "Edge denim biker jacket", category=["clothing", "jacket"]),
    product("puffer", "Cloud puffer jacket", category=["clothing", "jacket"]),
    product("boots", "Canyon leather boots", category=["shoes", "boots"]),
    product("suede", "Mesa suede boots", description="Leather lining.", category=["shoes", "boots"]),
    product("rubber", "Puddle rubber boots", category=["shoes", "boots"]),
    product("attr", "Ridge boots", category=["shoes", "boots"], attributes={"material": "Leather"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("头戴式耳机", {"over", "plain"}),
        ("头戴耳机", {"over", "plain"}),
        ("耳机", {"over", "plain", "buds", "neck"}),
        ("headphones", {"over", "plain", "buds", "neck"}),
        ("挂钟", {"wall", "clock"}),
        ("wall clock", {"wall", "clock"}),
        ("座钟", {"desk"}),
        ("闹钟", {"alarm"}),
        ("时钟", {"wall", "clock", "desk", "alarm"}),
        ("木吉他", {"folk", "strings"}),
        ("皮夹克", {"leather", "moto"}),
        ("皮衣", {"leather", "moto"}),
        ("机车夹克", {"moto", "denim"}),
        ("皮靴", {"boots", "attr"}),
        ("leather boots", {"boots", "attr"}),
        ("橡胶靴子", {"rubber"}),
        ("velvet boots", {"boots", "suede", "rubber", "attr"}),
    ],
)
def test_a_usual_modifier_or_a_material_decides_which_rows_are_the_type(
    lexicon: Lexicon, phrase: str, wanted: set[str]
) -> None:
    topic = TopicMap(SHOP, lexicon).find(phrase)
    rows = topic.rows(np.ones(len(SHOP), dtype=np.bool_))
    assert {SHOP[i].sku for i in np.flatnonzero(rows)} == wanted


def test_every_usual_type_is_a_narrower_one_of_its_general_type(lexicon: Lexicon) -> None:
    for narrower, general in lexicon.usual.items():
        above = lexicon.product(general)
        assert above is not None, general
        assert narrower in above.narrower
