"""How a recommendation came about, and when: prompt, sentences, claims, times and trace, for ``01_one_message.ipynb``.

Knows finished journeys. Checks nothing itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from markupsafe import Markup, escape
from matplotlib.figure import Figure

from assistant.notebooks.journey import Draft, Journey
from assistant.notebooks.showing import (
    AMBER,
    BLUE,
    GREEN,
    INK,
    RED,
    SOFT,
    VIOLET,
    Html,
    Picture,
    chip,
    draw,
    mark,
    preformatted,
    say,
    short,
    stack,
    table,
)

_SLOT = re.compile(r"\{[a-z0-9_]+\}")
_ORIGINS = {
    "model": ("written by the model, every claim supported", GREEN),
    "mended": ("the model's, without what nothing supports", AMBER),
    "replaced": ("from the record, in the place of a sentence that was taken out", VIOLET),
    "added": ("added from the record: the text was short, or lacked the price", BLUE),
}


def prompt(journey: Journey) -> Html:
    """What the text generator was given, word for word, and what its slots stand for."""
    if journey.text is None:
        return say("No recommendation was written for this message.")
    text = journey.text
    slots = table(("slot", "stands for"), [(f"{{{name}}}", value) for name, value in text.slots.items()])
    return stack(preformatted(text.given + text.lead, caption=f"{text.prompt}, as the model got it"), slots)


def writing(journey: Journey) -> Html:
    """What the model wrote, slots open and claims marked, beside what was shown and where each sentence comes from."""
    if journey.text is None:
        return say("No recommendation was written for this message.")
    text = journey.text
    drafts = [(number, _marked(draft), _verdicts(draft)) for number, draft in enumerate(text.drafts, 1)]
    first = table(
        ("sentence", "as the model wrote it", "claims the check read in it"),
        drafts or [("–", "The model wrote nothing that could be used.", "")],
        caption="Written",
    )
    shown = [(s.text, chip(_ORIGINS[s.origin][0], _ORIGINS[s.origin][1])) for s in text.sentences]
    return stack(first, table(("as it was shown", "where it comes from"), shown, caption="Shown"))


def claims(journeys: Sequence[Journey]) -> Html:
    """The counts of the claim check."""
    rows = []
    for j in journeys:
        if j.text is not None:
            c = j.text.claims
            rows.append((short(j.message, 48), j.text.tokens, c.checked, c.repaired, c.replaced, c.unsupported))
    head = (
        "message",
        "tokens written",
        "claims checked",
        "sentences mended",
        "sentences replaced",
        "unsupported, as shown",
    )
    return table(head, rows)


def timeline(journeys: Sequence[Journey]) -> Picture:
    """Where the time went, and when a shopper saw cards, the first sentence and the end."""
    spans = []
    for j in journeys:
        ms, marks = j.turn.ms, j.marks
        read, found, ranked = ms.understand or 0.0, ms.retrieve or 0.0, ms.rank or 0.0
        end = marks["finished"]
        known = read + found + ranked
        # Without a model's text all the rest is the assistant's own sentences.
        token = ms.first_token if ms.first_token is not None else known
        spans.append(
            (
                ("understand", read, BLUE),
                ("retrieve", found, AMBER),
                ("rank", ranked, GREEN),
                ("until the model's first token", max(0.0, token - known), "#b9c9d6"),
                ("write and check", max(0.0, end - max(token, known)), VIOLET),
            )
        )

    def paint(figure: Figure) -> None:
        whole, close = figure.subplots(2, 1, height_ratios=(1, 1))
        for axes in (whole, close):
            for place, parts in enumerate(spans):
                left = 0.0
                for name, value, colour in parts:
                    axes.barh(place, value, left=left, color=colour, height=0.5, label=name if place == 0 else None)
                    left += value
                for at, sign in _moments(journeys[place]):
                    axes.plot(at, place - 0.36, marker="v", color=INK, ms=6, clip_on=True)
                    if axes is whole:
                        continue
                    side = "right" if sign.startswith("cards") else "left"
                    axes.text(at, place - 0.46, sign, ha=side, va="bottom", fontsize=8, clip_on=True)
            axes.set_yticks(range(len(spans)), [short(j.message, 34) for j in journeys])
            axes.set_ylim(len(spans) - 0.5, -0.95)
            axes.grid(axis="y", visible=False)
        early = max(max(at for at, _ in _moments(j)[:2]) for j in journeys)
        whole.set_xlabel("milliseconds, the whole turn")
        close.set_xlim(0, 1.25 * early)
        close.set_xlabel("milliseconds, the beginning enlarged")
        whole.legend(loc="lower center", bbox_to_anchor=(0.4, 1.02), ncols=5)

    alt = "; ".join(
        f"'{j.message}': " + ", ".join(f"{name} {value:.0f} ms" for name, value, _ in parts)
        for j, parts in zip(journeys, spans, strict=True)
    )
    return draw(
        paint,
        size=(11.0, 1.15 * len(spans) * 2 + 1.6),
        alt=f"Time of each stage. {alt}",
        texts=[j.message for j in journeys],
    )


def times(journeys: Sequence[Journey]) -> Html:
    """The same as figures, in milliseconds."""
    head = (
        "message",
        "understand",
        "retrieve",
        "rank",
        "cards shown at",
        "first sentence at",
        "model's first token at",
        "finished at",
    )
    rows = []
    for j in journeys:
        ms = j.turn.ms
        values = (
            ms.understand,
            ms.retrieve,
            ms.rank,
            j.marks.get("cards shown"),
            j.marks.get("first sentence"),
            ms.first_token,
            j.marks["finished"],
        )
        rows.append((short(j.message, 40), *("–" if v is None else f"{v:,.0f}" for v in values)))
    return table(head, rows, caption="Milliseconds")


def trace(journey: Journey) -> Html:
    """The record of the turn as it is stored and as the HTTP interface returns it."""
    # A line a field: indented all the way, lists of one word would fill the page.
    lines = [f'  "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in journey.turn.to_dict().items()]
    return preformatted("{\n" + ",\n".join(lines) + "\n}", caption="The trace of the turn")


def _moments(journey: Journey) -> list[tuple[float, str]]:
    found = [("cards shown", "cards "), ("first sentence", " first words"), ("finished", "end")]
    return [(journey.marks[name], sign) for name, sign in found if name in journey.marks]


def _marked(draft: Draft) -> Markup:
    """A sentence with its slots in boxes and its claims underlined: green where the record says so, red where not."""
    out, at = Markup(""), 0
    for claim in sorted(draft.claims, key=lambda c: (c.start, -c.end)):
        if claim.start < at:
            continue
        out += _boxed(draft.text[at : claim.start])
        colour = GREEN if claim.supported else RED
        out += mark(draft.text[claim.start : claim.end], colour, title=claim.reason or claim.kind)
        at = claim.end
    return out + _boxed(draft.text[at:])


def _boxed(text: str) -> Markup:
    out, at = Markup(""), 0
    for slot in _SLOT.finditer(text):
        out += escape(text[at : slot.start()]) + chip(slot.group(), SOFT)
        at = slot.end()
    return out + escape(text[at:])


def _verdicts(draft: Draft) -> Markup:
    lines = [
        Markup("{} <em>{}</em>: {}{}").format(
            "✓" if c.supported else "✗",
            c.kind,
            short(draft.text[c.start : c.end], 40),
            f" ({c.reason})" if c.reason and not c.supported else "",
        )
        for c in draft.claims
    ]
    return Markup("<br>").join(lines) if lines else escape("none")
