"""Misread intents as tables and pictures: the first half of what ``03_explore_errors.ipynb`` shows.

Knows labelled messages and a classifier's predictions of them. The validation file is read, never the test file: who
looks at single errors of a test set and acts on them has no test set any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

import assistant.understanding
from assistant.assembly import Parts
from assistant.evaluation.intent_figures import misreadings, reliability, top_pairs
from assistant.labelled.confusion import count_confusions
from assistant.labelled.scoring import decided, score_predictions
from assistant.labelled.utterances import Utterance, read_utterances
from assistant.metrics import wilson
from assistant.notebooks.showing import BLUE, INK, LINE, SOFT, Html, Picture, draw, percent, say, short, table
from assistant.understanding.intent import IntentPrediction

VALIDATION = Path(assistant.understanding.__file__).resolve().parent / "data" / "validation.jsonl"


@dataclass(frozen=True, slots=True)
class Read:
    """Labelled messages and what each was read as."""

    texts: tuple[Utterance, ...]
    found: tuple[IntentPrediction, ...]
    read: tuple[str, ...]
    of: int
    """How many messages the file holds."""

    def only(self, language: str | None) -> Read:
        """Those of one language; all where none is named."""
        rows = [i for i, u in enumerate(self.texts) if language in (None, u.language)]
        return Read(
            tuple(self.texts[i] for i in rows),
            tuple(self.found[i] for i in rows),
            tuple(self.read[i] for i in rows),
            self.of,
        )


def read_intents(parts: Parts, *, limit: int | None = None, file: str | Path | None = None) -> Read:
    """Have the classifier read labelled messages, ``limit`` of them spread evenly over the file.

    Args:
        parts: the running assistant.
        limit: at most so many messages.
        file: JSON lines with ``text``, ``intent`` and perhaps ``lang``; the shipped validation messages by default.

    Raises:
        TrainingError: the file cannot be read.
    """
    lines = read_utterances([VALIDATION if file is None else Path(file)]).lines
    chosen = lines if limit is None or limit >= len(lines) else [lines[i * len(lines) // limit] for i in range(limit)]
    found = parts.classifier.predict([u.text for u in chosen])
    return Read(tuple(chosen), tuple(found), tuple(decided(chosen, found)), len(lines))


def accuracy(read: Read) -> Html:
    """How many messages were read rightly, in all and by language."""
    told: dict[str, Any] = {"all": score_predictions(read.texts, read.found)}
    rows = []
    for language in ("all", *sorted({u.language for u in read.texts if u.language})):
        one = read if language == "all" else read.only(language)
        figures = told["all"] if language == "all" else score_predictions(one.texts, one.found)
        right = sum(u.label == label for u, label in zip(one.texts, one.read, strict=True))
        low, high = wilson(right, len(one.texts))
        rows.append(
            (
                language,
                len(one.texts),
                f"{percent(figures['accuracy'])} ({100 * low:.1f}–{100 * high:.1f})",
                f"{figures['macro_f1']:.3f}",
                "–" if figures["ece"] is None else f"{figures['ece']:.3f}",
            )
        )
    return table(("language", "messages", "read rightly (95 %)", "macro F1", "calibration error"), rows)


def summary(read: Read) -> Html:
    """The size of what follows, in sentences."""
    wrong = sum(u.label != label for u, label in zip(read.texts, read.read, strict=True))
    pairs = top_pairs(read.texts, read.read, 1)
    told = f"{wrong} of {len(read.texts)} messages were read as another intent than their own"
    if len(read.texts) < read.of:
        told += f" (the file holds {read.of}; this is an even slice of it)"
    most = f"The most frequent kind: {pairs[0].truth} read as {pairs[0].read}, {pairs[0].count} times." if pairs else ""
    return say(f"{told}.", most)


def matrix(read: Read) -> Picture:
    """Which intent is read as which: rows are what was meant, columns what was read."""
    confusion = count_confusions([u.label for u in read.texts], read.read)
    names = [label.replace("_", " ") for label in confusion.labels]
    shares, counts = confusion.shares, confusion.counts
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        depth = np.sqrt(shares)
        colours = np.ones((*counts.shape, 3))
        # Errors in red grow with the root of their share, so that single ones are seen; what is right stays pale.
        for i, j in np.argwhere(counts > 0):
            tone = (0.25, 0.49, 0.34) if i == j else (0.70, 0.25, 0.18)
            weight = 0.4 * shares[i, j] if i == j else 0.15 + 0.85 * depth[i, j]
            colours[i, j] = 1 - min(1.0, weight) * (1 - np.asarray(tone))
        axes.imshow(colours, aspect="auto")
        for i, j in np.argwhere(counts > 0):
            ink = "white" if i != j and depth[i, j] > 0.55 else INK
            axes.text(j, i, f"{counts[i, j]}", ha="center", va="center", fontsize=8, color=ink)
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks(np.arange(-0.5, len(names)), minor=True)
        axes.set_yticks(np.arange(-0.5, len(names)), minor=True)
        axes.grid(visible=False)
        axes.grid(which="minor", color=LINE, lw=0.6)
        axes.tick_params(which="both", length=0)
        axes.set_xlabel("read as")
        axes.set_ylabel("meant")

    worst = ", ".join(f"{p.truth} read as {p.read} {p.count}" for p in top_pairs(read.texts, read.read, 5))
    side = 0.42 * len(names) + 2.6
    alt = f"{int(np.trace(counts))} of {int(counts.sum())} read rightly. Most frequent errors: {worst or 'none'}."
    return draw(paint, size=(side + 0.9, 0.8 * side + 1.2), alt=alt)


def by_language(read: Read, most: int = 8) -> Picture:
    """The intents with the lowest share read rightly, by language."""
    languages = sorted({u.language for u in read.texts if u.language})
    labels = sorted({u.label for u in read.texts})
    shares: dict[str, list[tuple[int, int]]] = {}
    for label in labels:
        shares[label] = []
        for language in languages:
            rows = [i for i, u in enumerate(read.texts) if u.label == label and u.language == language]
            shares[label].append((sum(read.read[i] == label for i in rows), len(rows)))
    lowest = sorted(labels, key=lambda label: min((h / n for h, n in shares[label] if n), default=1.0))[:most]
    colours = (BLUE, "#d98324", "#7a5c99")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, language in enumerate(languages):
            at = np.arange(len(lowest)) + 0.36 * (number - (len(languages) - 1) / 2)
            values = [100 * h / n if n else 0.0 for h, n in (shares[label][number] for label in lowest)]
            axes.barh(at, values, height=0.3, color=colours[number % len(colours)], label=language)
            for place, label, value in zip(at, lowest, values, strict=True):
                hits, count = shares[label][number]
                axes.text(value + 0.8, place, f"{hits} of {count}", va="center", fontsize=8.5)
        axes.set_yticks(range(len(lowest)), [label.replace("_", " ") for label in lowest])
        axes.invert_yaxis()
        axes.set_xlim(0, 114)
        axes.set_xlabel("% read rightly")
        axes.grid(axis="y", visible=False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

    alt = "; ".join(
        f"{label}: " + ", ".join(f"{g} {h} of {n}" for g, (h, n) in zip(languages, shares[label], strict=True))
        for label in lowest
    )
    return draw(paint, size=(8.6, 0.52 * len(lowest) + 1.2), alt=f"Intents with the lowest share read rightly. {alt}")


def calibration(read: Read) -> Picture:
    """Whether a confidence means what it says: the share read rightly among messages of like confidence."""
    right = [u.label == label for u, label in zip(read.texts, read.read, strict=True)]
    bins = [b for b in reliability([p.confidence for p in read.found], right) if b.count]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot((0, 100), (0, 100), color=SOFT, lw=1, ls=(0, (4, 4)))
        most = max(b.count for b in bins)
        for b in bins:
            low, high = wilson(round(b.accuracy * b.count), b.count)
            axes.plot((100 * b.confidence,) * 2, (100 * low, 100 * high), color=BLUE, lw=1.4, alpha=0.6)
            axes.plot(100 * b.confidence, 100 * b.accuracy, "o", color=BLUE, ms=5 + 9 * (b.count / most) ** 0.5)
            axes.annotate(
                f"{b.count}", (100 * b.confidence, 100 * b.accuracy), (9, -10), textcoords="offset points", fontsize=8
            )
        axes.set_xlim(0, 104)
        axes.set_ylim(0, 104)
        axes.set_xlabel("the classifier says: sure to … %")
        axes.set_ylabel("% read rightly")

    alt = "; ".join(f"said {percent(b.confidence)}: right {percent(b.accuracy)} of {b.count}" for b in bins)
    return draw(paint, size=(5.6, 4.2), alt=f"Confidence against the share read rightly. {alt}")


def kinds(read: Read, most: int = 8) -> Html:
    """The most frequent kinds of confusion with some of their messages."""
    rows = [
        (
            p.truth,
            p.read,
            p.count,
            percent(p.share),
            Markup("<br>").join(Markup("{}").format(short(u.text, 110)) for u in p.examples),
        )
        for p in top_pairs(read.texts, read.read, most)
    ]
    return table(("meant", "read as", "times", "of that intent", "such as"), rows)


def surest(read: Read, most: int = 8) -> Html:
    """The wrong readings the classifier was surest of: where a label is arguable, or an example is missing."""
    rows = [
        (
            short(m.text, 120),
            m.language or "",
            m.truth,
            m.read,
            percent(m.confidence),
            "–" if m.truth_share is None else percent(m.truth_share),
        )
        for m in misreadings(read.texts, read.found, read.read, None)[:most]
    ]
    head = ("message", "language", "meant", "read as", "sure to", "left for the right one")
    return table(head, rows)


def closest(read: Read, most: int = 8) -> Html:
    """The messages it hesitated over most, read rightly or not: where the border between two intents runs."""
    rows = []
    for text, prediction, label in zip(read.texts, read.found, read.read, strict=True):
        best = sorted(prediction.distribution.items(), key=lambda item: -item[1])[:2]
        if len(best) == 2:
            (first, share), (second, rest) = best
            seal = "yes" if label == text.label else f"no: {text.label}"
            told = (f"{first} {percent(share)}", f"{second} {percent(rest)}")
            cells = (short(text.text, 110), text.language or "", *told, seal)
            rows.append((share - rest, cells))
    rows.sort(key=lambda row: row[0])
    head = ("message", "language", "likeliest", "next", "read rightly")
    return table(head, [cells for _, cells in rows[:most]])


def sureness(read: Read, bound: float = 0.9) -> Html:
    """How many of the errors a bound on confidence would catch, and what it would cost."""
    right = np.asarray([u.label == label for u, label in zip(read.texts, read.read, strict=True)])
    sure = np.asarray([p.confidence >= bound for p in read.found])
    above = percent(float(right[sure].mean()) if sure.any() else 0.0)
    unsure, caught = int((~sure).sum()), int((~sure & ~right).sum())
    return say(
        f"Below a confidence of {100 * bound:.0f} % lie {unsure} of {len(right)} messages, and {caught} of the "
        f"{int((~right).sum())} errors. Of the messages above it {above} were read rightly."
    )
