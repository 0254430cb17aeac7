"""What the report says: one record with every string of a language, so that none can be missing in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Every string of the report in one language; ``{}`` marks what is filled in."""

    lang: str
    title: str
    skip: str
    sections: str
    about: str
    simulated: str
    months: tuple[str, ...]
    day: str
    day_short: str
    departments: Mapping[str, str]
    no_department: str
    other_type: str

    # Headline figures
    sold: str
    sold_more: str
    taken: str
    taken_more: str
    lately: str
    lately_up: str
    lately_down: str
    lately_same: str
    expected: str
    expected_more: str
    expected_none: str
    expected_none_more: str
    running_out: str
    running_out_more: str

    # What sells
    sells: str
    sells_about: str
    by_week: str
    by_week_alt: str
    sold_line: str
    expected_line: str
    band_80: str
    band_95: str
    best_types: str
    best_products: str
    moved: str
    nothing_sold: str

    # Demand by type
    demand: str
    demand_about: str
    per_department: str
    per_type: str
    all_types: str
    type_column: str
    department_column: str
    last_weeks: str
    before_weeks: str
    next_weeks: str
    range_80: str
    range_95: str
    range: str
    week_of: str
    chart_alt: str
    agree: str
    too_short: str
    too_short_text: str

    # Trust
    trust: str
    trust_about: str
    levels: Mapping[str, str]
    product_unit: str
    methods: Mapping[str, str]
    published: str
    level_column: str
    method_column: str
    miss_column: str
    share_column: str
    mase_column: str
    rmsse_column: str
    bias_column: str
    verdict_better: str
    verdict_same: str
    verdict_worse: str
    verdict_all: Mapping[str, str]
    coverage: str
    coverage_about: str
    coverage_weeks: str
    coverage_total: str
    promised: str
    too_narrow: str
    bias_low: str
    bias_high: str
    absent: str
    explained: str
    experts: str
    experts_about: str
    chosen: str

    # Seasons
    seasons: str
    seasons_about: str
    seasons_none: str
    seasons_short: str
    peak: str
    looks_column: str
    seasons_more: str
    seasons_rest: str
    index_title: str

    # Stock
    stock: str
    stock_about: str
    stock_none: str
    stock_waiting: str
    product_column: str
    left_column: str
    chance_column: str
    gone_column: str
    within: str
    perhaps: str
    gone: str
    gone_about: str
    gone_none: str
    looks_lately: str
    stock_unknown: str

    # Promotions
    promotions: str
    promotions_about: str
    promotions_none: str
    proof: str
    proof_about: str
    proof_short: str
    place_column: str
    pairs_column: str
    met_column: str
    usual_column: str
    lift_column: str
    place_band: str
    place_below: str
    times: str
    is_fit: str
    is_not_fit: str
    limit: str
    no_limit: str
    price_column: str
    off: str
    fits_column: str
    who_column: str
    like_column: str
    nobody: str
    shoppers: str
    per_shopper: str
    per_shopper_about: str
    shopper_column: str
    fitting_column: str
    place_of: str
    more_products: str
    names_inside: str

    # Notes
    notes: str
    note_simulated: str
    note_period: str
    note_dropped: str
    note_events: str
    kinds: Mapping[str, str]
    note_unknown: str
    note_other: str
    note_pieces: str
    note_money: str
    note_money_without: str
    note_sold_out: str
    note_new: str
    note_ranges: str
    note_files: str
    note_vectors: Mapping[str, str]
