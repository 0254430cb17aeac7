from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from demand_shop import history, shop

from assistant.demand import models
from assistant.demand.backtest import PUBLISHED, measure
from assistant.demand.forecasting import Level, Plan, forecast, levels_of, weeks_needed
from assistant.demand.hierarchy import LEVELS, Hierarchy
from assistant.demand.models import all_forecasts
from assistant.demand.ranges import count_band, spreads
from assistant.demand.smoothing import adida, intermittent, naive, recent_mean, seasonal_naive, tsb
from assistant.demand.weeks import count_weeks, event_table
from assistant.errors import ConfigurationError
from assistant.recommendation.interactions import Floats, Ints
from assistant.types import Product

NEVER_LATE: Ints = np.zeros(1, dtype=np.int64)


def rare(weeks: int = 60, n: int = 30, chance: float = 0.2, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).binomial(1, chance, (n, weeks)).astype(np.float64)


@pytest.fixture(scope="module")
def plan() -> Plan:
    pytest.importorskip("statsmodels")
    products = shop()
    weekly, tree = count_weeks(event_table(history(44), products)), Hierarchy.of(products)
    made = forecast(levels_of(weekly, tree), tree, 4)
    assert made is not None
    return made


def test_the_baselines_repeat_what_was() -> None:
    series = np.arange(60.0)[None, :]
    assert naive(series, NEVER_LATE, 2).tolist() == [[59.0, 59.0]]
    assert seasonal_naive(series, NEVER_LATE, 3).tolist() == [[8.0, 9.0, 10.0]]
    assert recent_mean(series, NEVER_LATE, 1).tolist() == [[55.5]]
    assert recent_mean(series, np.array([58]), 1).tolist() == [[58.5]]
    assert recent_mean(series, np.array([60]), 1).tolist() == [[0.0]]


@pytest.mark.parametrize("method", [tsb, adida])
def test_rare_sales_are_forecast_at_their_rate(method: object) -> None:
    assert callable(method)
    series = rare()
    expected = method(series, np.zeros(len(series), dtype=np.int64), 4)
    assert expected.shape == (30, 4)
    assert abs(float(expected[:, 0].mean()) - 0.2) < 0.05
    # One series says little: what is forecast of them differs less than their last weeks did.
    assert expected[:, 0].std() < series[:, -8:].mean(axis=1).std()


def test_tsb_comes_down_while_nothing_is_sold() -> None:
    sold = np.concatenate([np.ones(30), np.zeros(30)])[None, :]
    assert float(tsb(sold, NEVER_LATE, 1)[0, 0]) < 0.1


def test_weeks_before_a_product_came_are_no_weeks_without_demand() -> None:
    series = np.concatenate([np.zeros(40), np.ones(20)])[None, :]
    late = float(tsb(series, np.array([40]), 1)[0, 0])
    assert late == pytest.approx(1.0)
    assert float(tsb(series, NEVER_LATE, 1)[0, 0]) < late


def test_regular_series_get_the_library_and_rare_ones_what_is_made_for_them() -> None:
    pytest.importorskip("statsmodels")
    random = np.random.default_rng(0)
    regular = random.poisson(20 + np.arange(60) * 0.5).astype(np.float64)[None, :]
    assert not intermittent(regular, NEVER_LATE)
    found = all_forecasts(regular, NEVER_LATE, 4)
    assert set(found) == {"naive", "seasonal_naive", "recent_mean", "ses", "damped", "theta", "combined"}
    # It grows by half a piece a week; a mean of eight weeks lags behind, Theta does not.
    assert float(found["theta"][0, -1]) > float(found["recent_mean"][0, -1])
    assert abs(float(found["theta"][0].mean()) - 51) < 6
    series = rare(40)
    assert set(all_forecasts(series, np.zeros(30, dtype=np.int64), 2)) == {"naive", "recent_mean", "tsb", "adida"}


def test_two_years_show_a_season() -> None:
    pytest.importorskip("statsmodels")
    weeks = np.arange(3 * 52)
    series = (40 + 30 * np.sin(2 * np.pi * weeks / 52))[None, :]
    found = all_forecasts(series, NEVER_LATE, 13)
    truth = 40 + 30 * np.sin(2 * np.pi * (3 * 52 + np.arange(13)) / 52)
    assert np.abs(found["seasonal"][0] - truth).mean() < 3
    assert np.abs(found["combined"][0] - truth).mean() > 10


def test_short_and_even_series_are_forecast_without_a_fit() -> None:
    series = np.vstack([np.full(30, 3.0), np.concatenate([np.zeros(25), np.arange(5.0)])])
    found = models._each("theta", series, np.array([0, 25]), 2)
    assert found.tolist() == [[3.0, 3.0], [2.0, 2.0]]


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "statsmodels.tsa.forecasting.stl", None)
    with pytest.raises(ConfigurationError, match=r"shopping-assistant\[forecast\]"):
        models.require_library()


def test_the_parts_sum_to_the_whole(plan: Plan) -> None:
    tree, means = Hierarchy.of(shop()), {level: plan.forecasts[level].mean for level in LEVELS}
    assert means["product"].min() >= 0
    for above, below in (("shop", "product"), ("department", "product"), ("type", "product")):
        assert np.allclose(tree.gather(means[below], above), means[above])


def test_where_nothing_is_expected_of_any_part_all_get_alike() -> None:
    tree = Hierarchy.of([Product("A", "a", 1.0, category=("x", "y")), Product("B", "b", 1.0, category=("x", "y"))])
    agreed = tree.agree(np.array([[4.0]]), np.array([[1.0]]), np.array([[0.0]]), np.zeros((2, 1)))
    assert agreed["type"].tolist() == [[4.0]]
    assert agreed["product"].tolist() == [[2.0], [2.0]]


def test_products_without_a_category_are_forecast_too() -> None:
    tree = Hierarchy.of([Product("A", "a", 1.0), Product("B", "b", 1.0, category=("x",))])
    assert tree.departments == ("", "x")
    assert tree.gather(np.ones((2, 3)), "department").tolist() == [[1.0] * 3, [1.0] * 3]


def test_a_history_that_cannot_be_checked_is_not_forecast() -> None:
    products = shop()
    tree = Hierarchy.of(products)
    short = count_weeks(event_table(history(weeks_needed(4) - 1), products))
    assert forecast(levels_of(short, tree), tree, 4) is None


def test_no_origin_knows_what_came_after_it(plan: Plan) -> None:
    tree = Hierarchy.of(shop())
    cut = plan.origins[-1].week
    changed = {}
    for name, level in plan.levels.items():
        series = level.series.copy()
        series[:, cut:] = 99.0
        changed[name] = Level(series, level.opened)
    other = forecast(changed, tree, 4)
    assert other is not None
    for mine, theirs in zip(plan.origins, other.origins, strict=True):
        for level in LEVELS:
            assert np.array_equal(mine.forecasts[level].mean, theirs.forecasts[level].mean)
            assert np.array_equal(mine.forecasts[level].spread, theirs.forecasts[level].spread)


def test_the_backtest_counts_what_it_says(plan: Plan) -> None:
    test = measure(plan)
    one = [o for o in plan.origins if o.taught]
    assert test.tests == tuple(o.week for o in one)
    level = plan.levels["shop"]
    off = [abs(level.series[0, o.week : o.week + 4].sum() - o.forecasts["shop"].mean.sum()) for o in one]
    score = test.scores["shop"][PUBLISHED]
    assert score.total_miss == pytest.approx(np.mean(off))
    assert score.coverage is not None
    assert 0.5 <= score.coverage[0] <= score.coverage[1] <= 1.0
    assert test.absent == ("seasonal_naive",)


def test_a_forecast_that_is_worse_is_called_worse(plan: Plan) -> None:
    test = measure(plan)
    scores = dict(test.scores["shop"])
    scores[PUBLISHED] = replace(scores[PUBLISHED], total_miss=scores["naive"].total_miss * 1.5)
    assert replace(test, scores={"shop": scores}).verdict("shop", "naive") == "worse"
    scores[PUBLISHED] = replace(scores[PUBLISHED], total_miss=scores["naive"].total_miss)
    assert replace(test, scores={"shop": scores}).verdict("shop", "naive") == "same"


@pytest.mark.parametrize(("mean", "spread"), [(0.3, 1.0), (4.0, 1.0), (4.0, 3.0), (80.0, 6.0)])
def test_a_range_holds_at_least_its_share_of_such_counts(mean: float, spread: float) -> None:
    random = np.random.default_rng(5)
    if spread == 1.0:
        drawn = random.poisson(mean, 20_000)
    else:
        drawn = random.negative_binomial(mean / (spread - 1), 1 / spread, 20_000)
    for share in (0.8, 0.95):
        low, high = count_band(np.array([mean]), np.array([spread]), share)
        assert ((drawn >= low[0]) & (drawn <= high[0])).mean() >= share - 0.01
    assert count_band(np.array([0.0]), np.array([1.0]), 0.8)[1].tolist() == [0.0]


def test_a_spread_is_never_below_that_of_pure_chance_and_few_sales_lean_on_the_others() -> None:
    found = spreads(np.array([0.0, 300.0, 3.0]), np.array([100.0, 100.0, 1.0]))
    assert found[0] == 1.0
    assert 2.5 < found[1] < 3.0
    assert abs(found[2] - 303 / 201) < 0.3
