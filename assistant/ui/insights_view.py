"""Figures, lists and one message as the templates of the insights take them. Knows words and formats, no browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from babel.dates import format_date, format_datetime

from assistant.insights.figures import SHARES, Figures, Latency, Span
from assistant.store.conversations import StoredTurn
from assistant.store.feedback import Feedback
from assistant.store.insights import TurnFilter, TurnSummary
from assistant.types import Constraints
from assistant.ui.chips import chips_of
from assistant.ui.prose import render_prose
from assistant.ui.templating import TEMPLATES, money, number
from assistant.ui.texts import words
from assistant.ui.words_console_en import EN as CONSOLE_EN
from assistant.ui.words_console_zh import ZH as CONSOLE_ZH
from assistant.ui.words_insights import InsightWords
from assistant.ui.words_insights_en import EN
from assistant.ui.words_insights_zh import ZH

TitleOf = Callable[[str, str], str | None]
"""A product's title in a language; ``None`` where it has left the catalogue."""

_BARS = 100
_UNSURE = 0.6
_PARTS = ("semantic", "keyword", "bonus", "affinity", "content", "request", "sold_out")
_ONLY = ("handoff", "empty", "relaxed", "liked", "disliked")
_LONGEST = 200


def insight_words(language: str) -> InsightWords:
    """The words of the insights; English where there are none."""
    return ZH if language == "zh" else EN


@dataclass(frozen=True, slots=True)
class Behind:
    """Which messages are behind a figure: what the figure is of, and which value of it."""

    kind: str = "all"
    value: str = ""

    def chosen(self, span: Span) -> tuple[Span, TurnFilter] | None:
        """The days and the filter; ``None`` for what no figure of the page is."""
        match self.kind:
            case "all":
                return span, TurnFilter()
            case "days":
                first, _, last = self.value.partition("/")
                days = Span.between(first, last, span.zone)
                return None if days is None else (days, TurnFilter())
            case "intent":
                return span, TurnFilter(intent=self.value)
            case "language":
                return span, TurnFilter(language=self.value)
            case "message":
                return span, TurnFilter(only="empty", message=self.value)
            case "field":
                return span, TurnFilter(relaxed=self.value)
            case "reason":
                return span, TurnFilter(reason=self.value)
            case "companion":
                return span, TurnFilter(companion=self.value)
            case "first_text" | "total" if _is_number(self.value):
                ms = float(self.value)
                above = TurnFilter(first_text_above=ms) if self.kind == "first_text" else TurnFilter(total_above=ms)
                return span, above
            case "handoff" | "empty" | "relaxed" | "liked" | "disliked":
                return span, TurnFilter(only=self.kind)
        return None


EVERYTHING = Behind()
"""All messages of a period."""


class InsightViews:
    """Renders the screens of the insights in one language and time zone."""

    def __init__(self, language: str, zone: tzinfo, title_of: TitleOf) -> None:
        self.w = insight_words(language)
        self._shop = words(language)
        self._intents = (CONSOLE_ZH if language == "zh" else CONSOLE_EN).intents
        self._zone = zone
        self._title_of = title_of

    # -- figures ------------------------------------------------------------------------------------------------------

    def overview(self, figures: Figures, days: int | None) -> str:
        """The page of figures; ``days`` is which period's button is pressed, if any."""
        w, t = self.w, figures.totals
        rated = figures.likes + figures.dislikes
        tiles = [
            (w.messages, self._n(t.turns), w.messages_note, "all"),
            (w.conversations, self._n(t.conversations), w.conversations_note.format(self._ratio(t)), "all"),
            (
                w.handed_off,
                self._share(t.handed_off, t.conversations),
                w.handed_off_note.format(count=self._n(t.handed_off), total=self._n(t.conversations)),
                "handoff",
            ),
            (w.empty, self._share(t.empty, t.turns), w.empty_note.format(self._n(t.empty)), "empty"),
            (w.relaxed, self._share(t.relaxed, t.turns), w.relaxed_note.format(self._n(t.relaxed)), "relaxed"),
            (
                w.thumbs,
                self._share(figures.likes, rated) if rated else "–",
                w.thumbs_note.format(up=self._n(figures.likes), down=self._n(figures.dislikes))
                if rated
                else w.no_rating,
                "disliked" if figures.dislikes else "liked",
            ),
        ]
        bars = self._bars(figures)
        most = max((bar["count"] for bar in bars), default=0)
        busiest = next((bar for bar in bars if bar["count"] == most), None)
        return self._render(
            "insights_figures.html",
            days=days,
            first=figures.span.first.isoformat(),
            last=figures.span.last.isoformat(),
            period=self._period(figures.span),
            zone=str(self._zone),
            empty=not t.turns,
            tiles=tiles,
            bars=bars,
            most=most,
            busiest=busiest,
            intents=self._rows(figures.intents, "intent", lambda k: w.of(self._intents, k), t.turns),
            languages=self._rows(figures.languages, "language", lambda k: w.of(w.languages, k), t.turns),
            queries=self._rows(dict(figures.empty), "message", lambda text: text[:_LONGEST], None),
            fields=self._rows(figures.relaxations, "field", self._shop.field, None),
            reasons=self._rows(figures.reasons, "reason", lambda k: w.of(self._shop.reasons, k), None),
            speeds=self._speeds(figures.first_text, figures.total),
            companions=[
                {
                    "value": c.sku,
                    "name": self._title_of(c.sku, w.lang) or c.sku,
                    "count": c.shown,
                    "shown": self._n(c.shown),
                    "carts": self._n(c.carts),
                    "width": round(100 * c.shown / figures.companions[0].shown),
                }
                for c in figures.companions
            ],
        )

    def failed(self) -> str:
        """What is shown where the figures could not be read."""
        return self._render("insights_failed.html")

    def _ratio(self, totals: Any) -> str:
        return number(round(totals.turns / totals.conversations, 1), self._shop.locale) if totals.conversations else "0"

    def _bars(self, figures: Figures) -> list[dict[str, Any]]:
        """Bars of one day each, or of as many days that the drawing stays readable."""
        width = -(-len(figures.days) // _BARS)
        out = []
        for at in range(0, len(figures.days), width):
            some = figures.days[at : at + width]
            first, last = some[0][0], some[-1][0]
            name = self._day(first) if first == last else f"{self._day(first)} – {self._day(last)}"
            count = sum(c for _, c in some)
            out.append({"name": name, "count": count, "value": f"{first}/{last}", "shown": self._n(count)})
        return out

    def _rows(
        self, counts: Mapping[str, int], kind: str, name: Callable[[str], str], total: int | None
    ) -> list[dict[str, Any]]:
        most = max(counts.values(), default=1)
        return [
            {
                "kind": kind,
                "value": key,
                "name": name(key),
                "shown": self._n(count),
                "width": round(100 * count / most),
                "share": self._share(count, total) if total else None,
            }
            for key, count in counts.items()
        ]

    def _speeds(self, first: Latency, whole: Latency) -> list[dict[str, Any]]:
        out = []
        for place, share in enumerate(SHARES):
            cells = []
            for kind, latency in (("first_text", first), ("total", whole)):
                ms = latency.percentiles[place] if latency.percentiles else None
                slowest = max((*first.percentiles, *whole.percentiles), default=1) or 1
                cells.append(
                    None
                    if ms is None
                    else {
                        "kind": kind,
                        "value": f"{ms:.3f}",
                        "shown": self._time(ms),
                        "width": round(100 * ms / slowest),
                    }
                )
            name = self.w.half if share == 50 else self.w.of_hundred.format(f"{share:g}")
            out.append({"name": name, "cells": cells})
        return out if any(cell for row in out for cell in row["cells"]) else []

    # -- lists --------------------------------------------------------------------------------------------------------

    def title(self, behind: Behind) -> str:
        """What a list is of, in words."""
        w = self.w
        if behind.kind == "days":
            first, _, last = behind.value.partition("/")
            days = Span.between(first, last)
            return w.list_all if days is None else w.list_day.format(self._period(days))
        if behind.kind == "companion":
            return w.list_companion.format(self._title_of(behind.value, w.lang) or behind.value)
        named = {
            "all": lambda v: w.list_all,
            "handoff": lambda v: w.list_handoff,
            "empty": lambda v: w.list_empty,
            "relaxed": lambda v: w.list_relaxed,
            "liked": lambda v: w.list_liked,
            "disliked": lambda v: w.list_disliked,
            "intent": lambda v: w.list_intent.format(w.of(self._intents, v)),
            "language": lambda v: w.list_language.format(w.of(w.languages, v)),
            "message": lambda v: w.list_message.format(v[:_LONGEST]),
            "field": lambda v: w.list_field.format(self._shop.field(v)),
            "reason": lambda v: w.list_reason.format(w.of(self._shop.reasons, v)),
            "first_text": lambda v: w.list_first_text.format(self._time(float(v))),
            "total": lambda v: w.list_total.format(self._time(float(v))),
        }
        return named[behind.kind](behind.value)

    def turns(self, behind: Behind, span: Span, turns: Sequence[TurnSummary], count: int) -> str:
        """The messages behind a figure."""
        w = self.w
        return self._render(
            "insights_list.html",
            heading=self.title(behind),
            period=self._period(span),
            count=count,
            told=w.found.format(self._n(count)),
            more=len(turns) < count,
            turns=[
                {
                    "conversation": t.conversation_id,
                    "number": t.number,
                    "at": self._moment(t.created_at),
                    "message": t.message[:_LONGEST] or w.edit,
                    "intent": w.of(self._intents, t.intent),
                    "action": w.of(w.actions, t.action),
                    "results": t.results,
                    "empty": t.results == 0 and t.action in ("search", "ideas", "complement"),
                    "relaxed": bool(t.relaxed),
                    "handoff": bool(t.handoff) and t.action != "handoff",
                }
                for t in turns
            ],
        )

    # -- one message --------------------------------------------------------------------------------------------------

    def turn(self, turn: StoredTurn | None, opinions: Sequence[Feedback] = ()) -> str:
        """One message, step by step, in words; or that it is gone."""
        if turn is None:
            return self._render("insights_gone.html")
        w, trace = self.w, turn.trace
        shown = {c["sku"]: c for c in _dicts(trace.get("products")) if isinstance(c.get("sku"), str)}
        currency = next((str(c["currency"]) for c in shown.values() if c.get("currency")), None)
        ledger = Constraints.from_dict(_dict(trace.get("ledger")))
        missed = [f for f in trace.get("relaxed") or () if isinstance(f, str)]
        confidence = trace.get("confidence")
        sure = confidence if isinstance(confidence, int | float) else None
        ms = {k: float(v) for k, v in _dict(trace.get("ms")).items() if isinstance(v, int | float)}
        longest = max(ms.values(), default=1) or 1
        claims = {k: _dict(trace.get("claims")).get(k, 0) for k in ("checked", "repaired", "replaced", "unsupported")}
        return self._render(
            "insights_turn.html",
            at=self._moment(turn.created_at),
            message=turn.message or w.edit,
            reply=render_prose(str(trace.get("reply") or "")),
            stopped=bool(trace.get("stopped")),
            intent=w.of(self._intents, trace.get("intent")),
            sure=None if sure is None else round(100 * sure),
            unsure=sure is not None and sure < _UNSURE,
            language=w.of(w.languages, trace.get("language")),
            action=w.of(w.actions, trace.get("action")),
            product=ledger.product,
            chips=[(c.label, c.missed) for c in chips_of(ledger, self._shop, currency, missed)],
            missed=[self._shop.field(f) for f in missed],
            products=self._candidates(trace, shown),
            prompt=trace.get("prompt"),
            trials=[t for t in _dicts(trace.get("trials")) if {"trial", "arm"} <= set(t)],
            claims=w.claims_text.format(**claims) if claims["checked"] else None,
            times=[
                {"name": name, "shown": self._time(ms[key]), "width": round(100 * ms[key] / longest)}
                for key, name in w.stages.items()
                if key in ms
            ],
            opinions=[
                {
                    "good": o.value > 0,
                    "about": self._name(o.sku, shown) if o.sku else w.whole_answer,
                    "reason": w.of(self._shop.reasons, o.reason) if o.reason else "",
                    "comment": o.comment,
                }
                for o in opinions
                if o.turn == turn.number
            ],
        )

    def _candidates(self, trace: Mapping[str, Any], shown: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The products of a turn, in their order, with why and with what each score part is of the list's best."""
        found = _dicts(trace.get("candidates")) or [{"sku": sku} for sku in shown]
        parts = [{k: v for k, v in _dict(c.get("parts")).items() if k in _PARTS and v} for c in found]
        best = {name: max((abs(float(p.get(name, 0))) for p in parts), default=0.0) for name in _PARTS}
        out = []
        for c, own in zip(found, parts, strict=True):
            card = shown.get(str(c.get("sku")), {})
            price, currency = card.get("price"), card.get("currency")
            out.append(
                {
                    "name": self._name(str(c.get("sku")), shown),
                    "sku": c.get("sku"),
                    "price": money(float(price), str(currency), self._shop.locale) if price and currency else "",
                    "why": [str(reason) for reason in c.get("why") or ()],
                    "parts": [
                        {
                            "name": self._shop.parts.get(name, name),
                            "width": round(100 * abs(float(v)) / best[name]),
                            "shown": f"{float(v):.3f}",
                        }
                        for name, v in own.items()
                    ],
                }
            )
        return out

    def _name(self, sku: str, shown: Mapping[str, Mapping[str, Any]]) -> str:
        return str(shown.get(sku, {}).get("title") or self._title_of(sku, self.w.lang) or sku)

    # -- formats ------------------------------------------------------------------------------------------------------

    def _n(self, value: int) -> str:
        return number(value, self._shop.locale)

    def _share(self, count: int, total: int | None) -> str:
        return f"{number(round(100 * count / total, 1), self._shop.locale)} %" if total else "–"

    def _time(self, ms: float) -> str:
        if ms >= 1000:
            return self.w.seconds.format(number(round(ms / 1000, 2), self._shop.locale))
        return self.w.milliseconds.format(number(round(ms) if ms >= 10 else round(ms, 1), self._shop.locale))

    def _day(self, day: date) -> str:
        return str(format_date(day, format="medium", locale=self._shop.locale))

    def _period(self, span: Span) -> str:
        if span.first == span.last:
            return self._day(span.first)
        return self.w.shown_days.format(first=self._day(span.first), last=self._day(span.last))

    def _moment(self, at: datetime) -> str:
        return str(format_datetime(at.astimezone(self._zone), format="short", locale=self._shop.locale))

    def _render(self, template: str, **values: Any) -> str:
        return str(TEMPLATES.get_template(template).render(w=self.w, **values))


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list | tuple) else []


def _is_number(text: str) -> bool:
    try:
        return 0 <= float(text) < timedelta(days=1) / timedelta(milliseconds=1)
    except ValueError:
        return False
