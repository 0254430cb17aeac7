"""A small shop with a known history, for the tests of demand: what sells steadily, rarely, seasonally, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from assistant.types import Product

START = datetime(2025, 1, 6, 12, tzinfo=UTC)


def shop() -> list[Product]:
    """Two departments, four types, eight products; two of them promoted, one sold out."""
    said = {
        "tent": ("Two-person tent for windy camping nights", "双人帐篷"),
        "boot": ("Leather hiking boot for muddy trails", "登山靴"),
        "lamp": ("Reading lamp with warm light for the desk", "台灯"),
        "mug": ("Stoneware mug for coffee at the desk", "马克杯"),
    }
    products = []
    for place, (kind, (text, chinese)) in enumerate(said.items()):
        for number in (1, 2):
            products.append(
                Product(
                    sku=f"{kind.upper()}-{number}",
                    title=f"{kind} {number}",
                    price=10.0 * (place + 1),
                    list_price=15.0 * (place + 1) if number == 2 and kind in ("tent", "mug") else None,
                    description=text,
                    category=("outdoors" if place < 2 else "home", kind),
                    stock=0 if (kind, number) == ("lamp", 2) else 4 if number == 1 else 500,
                    translations={"zh": {"title": f"{chinese} {number} 号", "category": chinese}},
                )
            )
    return products


def event(user: str, sku: str, kind: str, when: datetime, value: float | None = None) -> dict[str, Any]:
    """A line of ``events.jsonl``."""
    stamp = when.isoformat().replace("+00:00", "Z")
    return {"user_id": user, "sku": sku, "event": kind, "timestamp": stamp, "value": value}


def history(weeks: int = 60, shoppers: int = 80, *, seed: int = 3) -> Iterator[dict[str, Any]]:
    """Half of the shoppers are campers, half drink coffee at a desk; tents are looked at in summer.

    Some four pieces are sold a week.
    """
    random = np.random.default_rng(seed)
    wished: Sequence[Sequence[str]] = (("TENT-1", "TENT-2", "BOOT-1", "BOOT-2"), ("LAMP-1", "MUG-1", "MUG-2", "LAMP-2"))
    for week in range(weeks):
        day = START + timedelta(weeks=week)
        for shopper in range(shoppers):
            who, wish = f"sim-{shopper}", wished[shopper % 2]
            if random.random() > 0.3:
                continue
            summer = day.month in (5, 6, 7)
            for place in range(2):
                sku = wish[int(random.integers(4))]
                if sku.startswith("TENT") and not summer and random.random() < 0.9:
                    sku = "BOOT-1"
                when = day + timedelta(days=int(random.integers(7)), minutes=place)
                yield event(who, sku, "view", when)
                if random.random() < 0.08 and sku != "LAMP-2":
                    yield event(who, sku, "purchase", when + timedelta(minutes=5), 20.0)
