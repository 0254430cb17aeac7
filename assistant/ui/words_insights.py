"""What the insights say: one record with every string of a language, so that none can be missing in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InsightWords:
    """Every string of the insights in one language; ``{}`` marks what is filled in."""

    lang: str
    title: str
    about: str
    loading: str
    failed: str
    retry: str
    period: str
    today: str
    last_days: str
    from_day: str
    to_day: str
    apply: str
    wrong_days: str
    zone: str
    shown_days: str
    nothing: str
    nothing_text: str
    messages: str
    messages_note: str
    conversations: str
    conversations_note: str
    handed_off: str
    handed_off_note: str
    empty: str
    empty_note: str
    relaxed: str
    relaxed_note: str
    thumbs: str
    thumbs_note: str
    no_rating: str
    by_day: str
    by_day_chart: str
    by_day_table: str
    day: str
    count: str
    share: str
    by_intent: str
    intent: str
    by_language: str
    language: str
    languages: Mapping[str, str]
    empty_queries: str
    empty_queries_note: str
    query: str
    no_empty: str
    relaxations: str
    relaxations_note: str
    field: str
    no_relaxations: str
    reasons: str
    reason: str
    no_reasons: str
    speed: str
    speed_note: str
    of_turns: str
    first_text: str
    whole_reply: str
    half: str
    of_hundred: str
    no_times: str
    companions: str
    companions_note: str
    product: str
    shown: str
    carts: str
    no_companions: str
    see: str
    back: str
    back_to_list: str
    list_all: str
    list_day: str
    list_intent: str
    list_language: str
    list_handoff: str
    list_empty: str
    list_relaxed: str
    list_message: str
    list_field: str
    list_reason: str
    list_liked: str
    list_disliked: str
    list_companion: str
    list_first_text: str
    list_total: str
    found: str
    none_here: str
    more: str
    time: str
    message: str
    outcome: str
    products: str
    edit: str
    turn: str
    gone: str
    gone_text: str
    said: str
    answered: str
    no_answer: str
    stopped: str
    understood: str
    unsure: str
    sure: str
    wish: str
    no_wish: str
    missed: str
    ranking: str
    ranking_note: str
    no_products: str
    rank: str
    why: str
    score: str
    written: str
    prompt: str
    no_prompt: str
    split: str
    in_split: str
    claims: str
    claims_text: str
    times: str
    stages: Mapping[str, str]
    milliseconds: str
    seconds: str
    opinions: str
    liked: str
    disliked: str
    whole_answer: str
    actions: Mapping[str, str]
    arm: str
    arm_baseline: str
    arm_planned: str
    measures: Mapping[str, str]
    interval: str
    against: str
    verdicts: Mapping[str, str]
    looks: str
    joined: str
    points: str

    def of(self, table: Mapping[str, str], key: str | None) -> str:
        """The name of something; a name of a later release stays as it is."""
        return table.get(key or "", (key or "").replace("_", " "))
