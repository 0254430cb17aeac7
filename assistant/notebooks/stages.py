"""Tables and pictures of a journey, stage by stage: what ``01_one_message.ipynb`` shows.

Knows finished journeys. Computes shares and places for showing, and no result.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from assistant.notebooks.journey import Journey, cards_of_rows, shown_rows
from assistant.notebooks.showing import (
    BLUE,
    GREEN,
    INK,
    SOFT,
    Html,
    Picture,
    draw,
    percent,
    say,
    short,
    table,
)
from assistant.notebooks.wording import LABELS, MEANT, PARTS, plain
from assistant.ranking import shown_price
from assistant.types import Constraints
from assistant.understanding.intent import IntentPrediction

_LIKELIEST, _ROWS = 6, 8
_NO_SEARCH = say("These messages needed no search.")


def told(journeys: Sequence[Journey]) -> Html:
    """The messages, and in one sentence each what became of them."""
    return table(
        ("message", "read as", "cards", "reply"),
        [
            (
                j.message,
                f"{j.turn.understanding.intent} ({j.turn.understanding.language})",
                len(j.turn.cards),
                j.turn.reply,
            )
            for j in journeys
        ],
    )


def letters(journeys: Sequence[Journey]) -> Html:
    """How many letters of each script a message has, and which language it was taken for."""
    rows = []
    for j in journeys:
        names = [unicodedata.name(c, "").partition(" ")[0] for c in j.message if c.isalpha()]
        han, latin = names.count("CJK"), names.count("LATIN")
        rows.append((j.message, han, latin, len(names) - han - latin, j.turn.understanding.language))
    return table(("message", "Chinese characters", "Latin letters", "others", "language"), rows)


def intents(predictions: Sequence[tuple[str, IntentPrediction]]) -> Picture:
    """The likeliest intents of messages, side by side."""
    texts = [text for text, _ in predictions]

    def paint(figure: Figure) -> None:
        axes = np.atleast_1d(figure.subplots(1, len(predictions)))
        for one, (text, prediction) in zip(axes, predictions, strict=True):
            best = sorted(prediction.distribution.items(), key=lambda item: -item[1])[:_LIKELIEST]
            names = [name.replace("_", " ") for name, _ in best]
            values = [100 * share for _, share in best]
            colours = [BLUE if name == prediction.intent else "#b9c9d6" for name, _ in best]
            one.barh(range(len(best)), values, color=colours, height=0.62)
            one.set_yticks(range(len(best)), names)
            one.invert_yaxis()
            one.set_xlim(0, 118)
            one.set_xticks((0, 50, 100), ("0 %", "50 %", "100 %"))
            one.grid(axis="y", visible=False)
            one.set_title(short(text, 40), fontsize=9)
            for place, value in enumerate(values):
                told = f"{value:.1f} %" if value >= 0.05 else "< 0.1 %"
                one.text(value + 2, place, told, va="center", fontsize=8.5, color=INK)

    alt = "; ".join(f"'{t}': {p.intent} {percent(p.confidence)}" for t, p in predictions)
    return draw(paint, size=(4.1 * len(predictions), 2.9), alt=f"Likeliest intents. {alt}", texts=texts)


def wishes(journeys: Sequence[Journey]) -> Html:
    """What was read from each message: only the fields that say something."""
    read = [j.turn.understanding.constraints for j in journeys]
    return _side_by_side(read, [short(j.message, 48) for j in journeys])


def ledgers(journeys: Sequence[Journey]) -> Html:
    """What a conversation stands for after each of its messages."""
    return _side_by_side([j.turn.ledger for j in journeys], [f"after “{short(j.message, 40)}”" for j in journeys])


def filters(journeys: Sequence[Journey]) -> Html | Picture:
    """How many products each filter leaves if it were the only one, and all of them together."""
    found = [j for j in journeys if j.search is not None]
    if not found:
        return _NO_SEARCH
    texts = [j.message for j in found]
    rows = []
    for j in found:
        assert j.search is not None
        told = j.search.explained
        lines = [("the whole catalogue", told["of"], SOFT)]
        for one in told["filters"]:
            value = plain(one["value"])
            ranked_only = one["filter"] == "terms" and value in told["ranked_only"]
            name = f"{MEANT.get(one['filter'], one['filter'])}: {short(value, 22)}"
            lines.append(
                (f"({name}: only ranks)" if ranked_only else name, one["rows"], "#b9c9d6" if ranked_only else BLUE)
            )
            texts.append(value)
        rows.append([*lines, ("all filters together", told["rows"], GREEN)])
    tallest = max((len(r) for r in rows), default=1)

    def paint(figure: Figure) -> None:
        for one, j, lines in zip(np.atleast_1d(figure.subplots(1, len(found))), found, rows, strict=True):
            counts = [count for _, count, _ in lines]
            one.barh(range(len(lines)), counts, color=[c for _, _, c in lines], height=0.62)
            one.set_yticks(range(len(lines)), [name for name, _, _ in lines])
            one.set_ylim(tallest - 0.4, -0.6)
            one.set_xlim(0, 1.16 * max(counts))
            one.grid(axis="y", visible=False)
            one.set_xlabel("products left")
            one.set_title(short(j.message, 46), fontsize=9.5)
            for place, count in enumerate(counts):
                one.text(count + 0.015 * max(counts), place, f"{count}", va="center", fontsize=9)

    alt = "; ".join(
        f"'{j.message}': " + ", ".join(f"{n} {c}" for n, c, _ in r) for j, r in zip(found, rows, strict=True)
    )
    return draw(
        paint, size=(6.2 * len(found), 0.42 * tallest + 1.4), alt=f"Products left by filters. {alt}", texts=texts
    )


def scores(journeys: Sequence[Journey], most: int = _ROWS) -> Html | Picture:
    """The first rows with the parts of their scores stacked; what is sold out is hatched, for it goes last."""
    found = [j for j in journeys if j.search is not None]
    if not found:
        return _NO_SEARCH
    lines = [shown_rows(j.search, most) for j in found if j.search is not None]
    names = [[short(c.product.title_in(j.language), 34) for c, _ in rows] for j, rows in zip(found, lines, strict=True)]
    tallest = max((len(r) for r in lines), default=1)

    def paint(figure: Figure) -> None:
        for one, j, rows, titles in zip(
            np.atleast_1d(figure.subplots(1, len(found))), found, lines, names, strict=True
        ):
            for place, (candidate, share) in enumerate(rows):
                right, left = 0.0, 0.0
                hatch = "////" if "sold_out" in candidate.parts else None
                for part, colour in PARTS:
                    value = getattr(share, part)
                    at = right if value >= 0 else left
                    one.barh(place, value, left=at, color=colour, height=0.62, hatch=hatch, edgecolor="#fffdf9", lw=0.8)
                    right, left = (right + value, left) if value >= 0 else (right, left + value)
                told = f"{share.total - share.sold_out:.2f}{', sold out' if hatch else ''}"
                one.text(right + 0.03, place, told, va="center", fontsize=8.5)
            one.axvline(0, color=SOFT, lw=0.8)
            one.set_yticks(range(len(rows)), [f"{n}  {title}" for n, title in enumerate(titles, 1)])
            one.set_ylim(max(tallest, 1) - 0.4, -0.6)
            one.margins(x=0.2)
            one.grid(axis="y", visible=False)
            sort = j.turn.ledger.sort
            one.set_xlabel(f"score (but the order asked for is {sort})" if sort else "score")
            one.set_title(short(j.message, 46), fontsize=9.5)
        handles = [
            figure.axes[0].barh(0, 0, color=colour, label=label)
            for label, (_, colour) in zip(LABELS, PARTS, strict=True)
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)

    alt = "; ".join(
        f"'{j.message}': " + ", ".join(f"{t} {s.total:.2f}" for t, (_, s) in zip(titles, rows, strict=True))
        for j, titles, rows in zip(found, names, lines, strict=True)
    )
    texts = [j.message for j in found] + [n for titles in names for n in titles]
    return draw(
        paint, size=(6.4 * len(found), 0.42 * tallest + 1.7), alt=f"Score parts of the first rows. {alt}", texts=texts
    )


def ranking(journey: Journey, most: int = _ROWS) -> Html:
    """Which row became which card: listings of one product share one."""
    if journey.search is None:
        return _NO_SEARCH
    if not journey.search.result.candidates:
        loosened = ", ".join(journey.turn.relaxed) or "nothing"
        return say(f"Nothing passed all filters. The assistant loosened: {loosened}.")
    cards = cards_of_rows(journey.search, journey.turn)
    rows = []
    for place, ((candidate, share), card) in enumerate(zip(shown_rows(journey.search, most), cards, strict=False), 1):
        product = candidate.product
        shown = [c for c in journey.turn.cards if c.product.sku == product.sku]
        where = f"card {card}" if card else "not shown: below the page"
        if card and not shown:
            where = f"a version on card {card}"
        price = shown_price(product, journey.language, journey.turn.ledger.currency)
        sold_out = "sold_out" in candidate.parts
        rows.append(
            (
                place,
                product.title_in(journey.language),
                where,
                f"{price.amount:,.2f} {price.currency}",
                f"{share.total - share.sold_out:.2f}{', sold out: goes last' if sold_out else ''}",
                ", ".join(shown[0].why) if shown else "",
            )
        )
    return table(("row", "listing", "becomes", "price", "score", "why, as the card says it"), rows)


def _side_by_side(read: Sequence[Constraints], heads: Sequence[str]) -> Html:
    neutral = Constraints()
    rows = []
    for field in fields(Constraints):
        values = [getattr(c, field.name) for c in read]
        if any(v != getattr(neutral, field.name) for v in values):
            told = (plain(v) for v in values)
            rows.append((Markup("<code>{}</code>").format(field.name), MEANT[field.name], *told))
    return table(("field", "means", *heads), rows)
