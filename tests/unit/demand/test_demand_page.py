from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from demand_shop import START, event, history, shop

from assistant.demand.charts import Ahead, week_chart
from assistant.demand.figures import Report
from assistant.demand.hierarchy import Hierarchy
from assistant.demand.page import words_of, write_report
from assistant.demand.promotions import Audience, Band, Promotions
from assistant.demand.seasons import find_seasons
from assistant.demand.stock import Stock, sold_out
from assistant.demand.tables import write_forecast, write_promotions
from assistant.demand.weeks import count_weeks, event_table
from assistant.demand.words import ReportWords
from assistant.lexicon import Lexicon
from assistant.types import Product

HOSTILE = "<script>alert(1)</script>"
_VOID = {"meta", "link", "br"}


class Balanced(HTMLParser):
    """Fails where tags are not closed in the order they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] == "li" != tag:
            self.open.pop()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def report(weeks: int = 50, products: list[Product] | None = None, *, planned: bool = True) -> Report:
    from assistant.demand.backtest import measure
    from assistant.demand.forecasting import forecast, levels_of
    from assistant.demand.stock import find_shortages

    products = products or shop()
    events = event_table([*history(weeks), event("sim-1", "LOST", "view", START)], products)
    weekly, tree = count_weeks(events), Hierarchy.of(products)
    plan = forecast(levels_of(weekly, tree), tree, 4) if planned else None
    promoted = np.array([1], dtype=np.int64)
    audience = Audience(1, np.array([0, 2], dtype=np.int64), np.array([1, 7], dtype=np.int64))
    return Report(
        events,
        weekly,
        tree,
        4,
        plan,
        measure(plan) if plan else None,
        find_seasons(events, weekly, tree),
        find_shortages(products, weekly, plan.forecasts["product"])
        if plan
        else Stock((), sold_out(products, weekly), 0),
        Promotions(promoted, (Band(1, 10, 50, 40, 9.0), Band(11, None, 90, 2, 9.0)), 10, (audience,), 40),
        "words",
    )


@pytest.fixture(scope="module")
def whole() -> Report:
    pytest.importorskip("statsmodels")
    return report()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_loads_nothing(language: str, tmp_path: Path, lexicon: Lexicon, whole: Report) -> None:
    path = tmp_path / "index.html"
    write_report(path, whole, language, lexicon)
    html = path.read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert not re.search(r"""(src|href)=["'](?!#|data:,)""", html)
    assert "<script" not in html
    words = words_of(language)
    for text in (words.simulated, words.trust, words.agree, words.is_fit, words.nobody[:0]):
        assert text in html
    assert ("帐篷" if language == "zh" else "Tent") in html
    assert whole.events.shoppers[0] in html
    assert words.note_unknown.format(n="1", skus="1", names="LOST") in html
    assert not re.search(r"\{[a-z0-9]*\}", re.sub(r"<style>.*?</style>", "", html, flags=re.S)), (
        "something is not filled in"
    )


def test_the_chinese_page_has_no_english_words_of_ours(tmp_path: Path, lexicon: Lexicon, whole: Report) -> None:
    path = tmp_path / "index.html"
    write_report(path, whole, "zh", lexicon)
    body = re.sub(r"<(style|title)>.*?</\1>|<[^>]+>", " ", path.read_text(encoding="utf-8"), flags=re.S)
    known = {"MASE", "RMSSE", "SKU", "TSB", "ADIDA", "Theta", "UTC", "LOST", "sim", "assistant", "catalog", "simulate"}
    known |= {"forecast", "csv", "promotions", "Skip", "US"} | {p.sku.split("-")[0] for p in shop()}
    assert set(re.findall(r"[A-Za-z]{2,}", body)) <= known


def test_a_short_history_is_said_and_not_forecast(tmp_path: Path, lexicon: Lexicon) -> None:
    made = report(9, planned=False)
    path = tmp_path / "index.html"
    write_report(path, made, "en", lexicon)
    html = path.read_text(encoding="utf-8")
    assert "The history is too short for a forecast" in html
    assert "There are 9 whole weeks" in html
    assert "Seasons need about a year" in html
    assert 'id="trust"' not in html
    write_forecast(tmp_path / "f.csv", made.plan, made.weekly, made.tree, made.events)
    assert len((tmp_path / "f.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_texts_of_the_catalogue_stay_texts(tmp_path: Path, lexicon: Lexicon) -> None:
    products = shop()
    products[1] = Product("TENT-2", HOSTILE, 5.0, list_price=9.0, category=("outdoors", HOSTILE))
    made = report(9, products, planned=False)
    write_report(tmp_path / "index.html", made, "en", lexicon)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html


def test_the_tables_hold_every_week_and_every_pair(tmp_path: Path, whole: Report) -> None:
    made = whole
    write_forecast(tmp_path / "f.csv", made.plan, made.weekly, made.tree, made.events)
    rows = list(csv.DictReader((tmp_path / "f.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == (1 + 2 + 4 + 8) * 4
    week = [row for row in rows if row["week"] == rows[0]["week"]]
    shop_total = float(next(row["expected"] for row in week if row["level"] == "shop"))
    assert sum(float(row["expected"]) for row in week if row["level"] == "product") == pytest.approx(
        shop_total, abs=0.01
    )
    assert all(float(r["low_95"]) <= float(r["low_80"]) <= float(r["high_80"]) <= float(r["high_95"]) for r in rows)
    write_promotions(tmp_path / "p.csv", made.promotions, made.events)
    pairs = list(csv.DictReader((tmp_path / "p.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["sku"], row["user_id"], row["place"]) for row in pairs] == [
        ("TENT-2", made.events.shoppers[0], "1"),
        ("TENT-2", made.events.shoppers[2], "7"),
    ]


def test_a_title_that_looks_like_a_formula_stays_a_title(tmp_path: Path) -> None:
    products = shop()
    products[1] = Product("TENT-2", "=1+1", 5.0, list_price=9.0)
    made = report(9, products, planned=False)
    write_promotions(tmp_path / "p.csv", made.promotions, made.events)
    assert "'=1+1" in (tmp_path / "p.csv").read_text(encoding="utf-8-sig")


def test_a_chart_keeps_everything_within_its_drawing() -> None:
    ahead = Ahead([2.0, 40.0], ([0.0, 10.0], [5.0, 60.0]), ([0.0, 5.0], [9.0, 95.0]))
    labels = [str(n) for n in range(12)]
    chart = week_chart([0.0, 3.0, 8.0] + [1.0] * 7, ahead, labels, labels, size=(300.0, 120.0))
    points = [float(n) for polygon in (chart.wide, chart.narrow, chart.line) for n in re.findall(r"[\d.]+", polygon)]
    assert all(0 <= x <= 300 for x in points[::2])
    assert all(0 <= y <= 120 for y in points[1::2])
    assert len(chart.bars) == 9  # a week without a sale has no bar
    assert [tick.text for tick in chart.y_ticks] == ["0", "50", "100"]
    assert week_chart([], None, [], [], size=(100.0, 50.0)).bars == ()


def test_both_languages_fill_in_the_same() -> None:
    en, zh = words_of("en"), words_of("zh")

    def holes(value: object) -> list[str]:
        texts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else [value]
        found = [re.sub(r"^\d+$", "", hole) for text in texts for hole in re.findall(r"\{([a-z0-9]*)\}", str(text))]
        return sorted(set(found))

    for field in fields(ReportWords):
        if field.name not in ("lang", "day", "day_short", "departments"):
            assert holes(getattr(en, field.name)) == holes(getattr(zh, field.name)), field.name
