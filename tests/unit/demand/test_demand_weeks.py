from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from demand_shop import START, event, history, shop

from assistant.demand.weeks import count_weeks, event_table, read_events
from assistant.errors import TrainingError
from assistant.recommendation.catalogue import catalogue_items
from assistant.types import Product


def test_weeks_are_counted_back_from_the_last_day_so_that_the_newest_one_is_whole() -> None:
    days = [START + timedelta(days=n) for n in range(16)]
    events = event_table([event("a", "MUG-1", "purchase", day, 5.0) for day in days], shop())
    weekly = count_weeks(events)
    assert (weekly.weeks, weekly.dropped) == (2, 2)
    assert weekly.first == date(2025, 1, 8)
    assert weekly.day(2) == date(2025, 1, 22)
    row = [p.sku for p in shop()].index("MUG-1")
    assert weekly.sold[row].tolist() == [7.0, 7.0]
    assert weekly.taken[row].tolist() == [35.0, 35.0]
    assert weekly.sold.sum() == 14


def test_unknown_products_and_kinds_are_counted_and_left_out() -> None:
    records = [
        event("a", "MUG-1", "view", START),
        event("a", "GONE-1", "view", START),
        event("b", "GONE-1", "purchase", START),
        event("b", "MUG-1", "returned", START),
    ]
    events = event_table(records, shop())
    assert len(events) == 1
    assert events.unknown == {"GONE-1": 2}
    assert events.other == {"returned": 1}


def test_only_names_of_the_simulation_are_called_simulated() -> None:
    assert event_table([event("sim-1", "MUG-1", "view", START)], shop()).simulated
    mixed = [event("sim-1", "MUG-1", "view", START), event("x9", "MUG-1", "view", START)]
    assert not event_table(mixed, shop()).simulated


def test_a_product_counts_from_the_week_it_came_or_was_first_met() -> None:
    products = [
        Product("OLD", "old", 1.0, created_at="2020-01-01T00:00:00Z"),
        Product("NEW", "new", 1.0, created_at="2025-01-21"),
        Product("EARLY", "early", 1.0, created_at="2030-01-01T00:00:00Z"),
        Product("SILENT", "silent", 1.0),
        Product("ODD", "odd", 1.0, created_at="last spring"),
    ]
    records = [event("a", "OLD", "view", START + timedelta(days=n)) for n in range(28)]
    records += [event("a", "EARLY", "view", START + timedelta(days=8))]
    assert count_weeks(event_table(records, products)).opened.tolist() == [0, 2, 1, 0, 0]


def test_a_time_without_a_zone_is_of_utc() -> None:
    plain = {"user_id": "a", "sku": "MUG-1", "event": "view", "timestamp": "2025-01-06T00:00:00"}
    zoned = {**plain, "timestamp": "2025-01-06T02:00:00+02:00"}
    assert event_table([plain], shop()).times.tolist() == event_table([zoned], shop()).times.tolist()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "line 1 is no JSON"),
        ("[1]", "wanted a JSON object"),
        ('{"sku": "MUG-1"}', "event 1 is no event"),
        (json.dumps(event("a", "MUG-1", "view", START) | {"timestamp": "yesterday"}), "event 1 is no event"),
        (json.dumps(event("a", "OTHER", "view", START)), "1 are of SKUs the catalogue does not hold"),
        ("", "no event of a product of this catalogue"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match=told):
        read_events(path, shop())


def test_gzipped_files_are_read_and_damaged_ones_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(event("a", "MUG-1", "view", START)).encode()))
    assert len(read_events(path, shop())) == 1
    path.write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(TrainingError, match="cannot read the events"):
        read_events(path, shop())


def test_the_recommenders_learn_from_the_same_events() -> None:
    events = event_table(history(4), shop())
    data = events.interactions(catalogue_items(shop()))
    assert len(data) == len(events)
    assert data.kinds is not None
    assert set(data.kinds) == {"view", "purchase"}
    assert np.bincount(data.rows, minlength=8).tolist() == np.bincount(events.what, minlength=8).tolist()
