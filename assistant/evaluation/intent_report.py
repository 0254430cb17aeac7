"""The figure page of an intent evaluation: a folder that opens in any browser without a network.

    index.html       headline figures, languages, confusions, calibration, out-of-scope scores, every misread message
    labels.html      one line for every label
    confusion.png    the whole matrix

Knows labelled texts and what a classifier said of them. Does not run a classifier, nor read a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.evaluation.intent_charts import reliability_chart, score_chart
from assistant.evaluation.intent_figures import (
    Examples,
    Misread,
    auroc,
    misreadings,
    reliability,
    score_bins,
    top_pairs,
)
from assistant.labelled.confusion import busiest, count_confusions
from assistant.labelled.pages import percent, write_labels_page, write_page
from assistant.labelled.picture import write_confusion_picture
from assistant.labelled.scoring import OUT_OF_SCOPE_NAMES, decided, out_of_scope_label, score_predictions
from assistant.labelled.utterances import Utterance
from assistant.metrics import wilson
from assistant.understanding.intent import IntentPrediction

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_HEAT_LABELS = 24
_HEAT_CORNER = 20
_PAIRS = 12
# A browser is slow with thousands of cards, and nobody reads them.
_SHOWN = 500
_LANGUAGES = {"en": "English", "zh": "Chinese", "mixed": "Mixed"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure: its name, its value, and a line that puts it into proportion."""

    name: str
    value: str
    more: str = ""


def write_intent_report(
    folder: Path,
    test: Sequence[Utterance],
    found: Sequence[IntentPrediction],
    *,
    scores: Sequence[float] | None = None,
    threshold: float | None = None,
    examples: Examples | None = None,
    ms_per_text: float | None = None,
    about: Mapping[str, str] | None = None,
) -> Path:
    """Write the three files into ``folder`` and return the page to open.

    Args:
        folder: made where it is missing; other files in it stay.
        test: labelled texts, with their language where it is known.
        found: one prediction a text, with the probability of every label.
        scores: how far out of scope each text looks; any scale, higher is stranger.
        threshold: the score above which a text is turned away.
        examples: training texts and vectors, to show what lies near a misread text.
        ms_per_text: milliseconds one text took.
        about: what was measured, as names and values for the head of the page.

    Raises:
        ValueError: there are no texts, or as many predictions, scores or vectors as texts are not given.
    """
    if not test or len(test) != len(found) or (scores is not None and len(scores) != len(test)):
        given = "" if scores is None else f" and {len(scores)} scores"
        raise ValueError(f"{len(test)} texts cannot be shown with {len(found)} predictions{given}")
    truth = [u.label for u in test]
    predicted = decided(test, found)
    figures = score_predictions(test, found)
    outside = out_of_scope_label(truth)
    confusion = count_confusions(truth, predicted)
    wrong = misreadings(test, found, predicted, examples)
    inside = [i for i, label in enumerate(truth) if label != outside]
    bins = reliability([found[i].confidence for i in inside], [found[i].intent == truth[i] for i in inside])
    corner = busiest(truth, predicted, _HEAT_CORNER) if len(confusion.labels) > _HEAT_LABELS else confusion
    folder.mkdir(parents=True, exist_ok=True)
    write_confusion_picture(folder / "confusion.png", confusion)
    write_labels_page(folder / "labels.html", confusion, title="Intent evaluation, by label", back="index.html")
    write_page(
        folder / "index.html",
        "intent_report.html",
        folders=(_TEMPLATES,),
        title="Intent evaluation",
        about=dict(about or {}),
        total=len(test),
        label_count=len(set(truth)),
        tiles=_tiles(figures, truth, predicted, outside, ms_per_text),
        languages=_languages(figures, test, predicted),
        heat=corner,
        heat_partial=len(corner.labels) < len(confusion.labels),
        all_labels=len(confusion.labels),
        pairs=top_pairs(test, predicted, _PAIRS),
        bins=bins if inside else (),
        reliability=reliability_chart(bins) if inside else None,
        ece=figures["ece"],
        overall=_sureness(found, truth, inside),
        outside=outside,
        scores=_scores(scores, truth, outside, threshold, found, predicted) if scores is not None else None,
        wrong=wrong[:_SHOWN],
        wrong_total=len(wrong),
        has_examples=examples is not None,
        nearest=_nearest_summary(wrong),
        language_names=_LANGUAGES,
    )
    return folder / "index.html"


def _tiles(
    figures: Mapping[str, Any],
    truth: Sequence[str],
    predicted: Sequence[str],
    outside: str | None,
    ms_per_text: float | None,
) -> list[Tile]:
    right = sum(t == p for t, p in zip(truth, predicted, strict=True))
    out = [
        Tile("Accuracy", percent(figures["accuracy"]), _interval(right, len(truth))),
        Tile("Macro-F1", f"{figures['macro_f1']:.3f}", "every label counts the same"),
        Tile("Misread", f"{len(truth) - right:,}", f"of {len(truth):,} texts"),
    ]
    if figures["ece"] is not None:
        out.append(Tile("Calibration error", f"{figures['ece']:.3f}", "ECE, in-scope texts; 0 is perfect"))
    if outside is not None:
        strange = [p for t, p in zip(truth, predicted, strict=True) if t == outside]
        caught = sum(p == outside for p in strange)
        out.append(Tile("Out of scope caught", percent(figures["oos_recall"]), _interval(caught, len(strange))))
        if figures["oos_false_reject"] is not None:
            out.append(
                Tile("Turned away wrongly", percent(figures["oos_false_reject"]), "in-scope texts read as out of scope")
            )
            out.append(
                Tile(
                    "In-scope accuracy", percent(figures["accuracy_in_scope"]), "likeliest in-scope label, no rejection"
                )
            )
    if ms_per_text is not None:
        out.append(Tile("Time per text", f"{ms_per_text:.1f} ms", "asked one at a time"))
    return out


def _interval(hits: int, total: int) -> str:
    low, high = wilson(hits, total)
    return f"{hits:,} of {total:,}; 95 % interval {100 * low:.1f} to {100 * high:.1f}"


def _languages(figures: Mapping[str, Any], test: Sequence[Utterance], predicted: Sequence[str]) -> list[dict[str, Any]]:
    out = []
    for language, values in figures.get("languages", {}).items():
        rows = [i for i, u in enumerate(test) if u.language == language]
        right = sum(predicted[i] == test[i].label for i in rows)
        name = _LANGUAGES.get(language, language)
        out.append(
            {
                "name": name,
                "texts": len(rows),
                "wrong": len(rows) - right,
                "interval": wilson(right, len(rows)),
                **values,
            }
        )
    return out


def _sureness(found: Sequence[IntentPrediction], truth: Sequence[str], rows: Sequence[int]) -> dict[str, float]:
    if not rows:
        return {}
    return {
        "confidence": sum(found[i].confidence for i in rows) / len(rows),
        "accuracy": sum(found[i].intent == truth[i] for i in rows) / len(rows),
    }


def _scores(
    scores: Sequence[float],
    truth: Sequence[str],
    outside: str | None,
    threshold: float | None,
    found: Sequence[IntentPrediction],
    predicted: Sequence[str],
) -> dict[str, Any]:
    strange = [label == outside for label in truth]
    bins = score_bins(scores, strange)
    above = [s > threshold for s in scores] if threshold is not None else [False] * len(scores)
    return {
        "chart": score_chart(bins, threshold),
        "bins": bins,
        "auroc": auroc(scores, strange),
        "threshold": threshold,
        "inside": len(strange) - sum(strange),
        "outside": sum(strange),
        "inside_above": sum(a for a, s in zip(above, strange, strict=True) if not s),
        "outside_above": sum(a for a, s in zip(above, strange, strict=True) if s),
        "by_label": any(name in found[0].distribution for name in OUT_OF_SCOPE_NAMES),
        "inside_turned": sum(p in OUT_OF_SCOPE_NAMES for p, s in zip(predicted, strange, strict=True) if not s),
        "outside_turned": sum(p in OUT_OF_SCOPE_NAMES for p, s in zip(predicted, strange, strict=True) if s),
    }


def _nearest_summary(wrong: Sequence[Misread]) -> dict[str, int]:
    """Whose label the nearest training text of a misread one has: the one read, the true one, or another."""
    found = [(m.near[0].label, m) for m in wrong if m.near]
    read = sum(label == m.read for label, m in found)
    truth = sum(label == m.truth for label, m in found)
    return {"all": len(found), "read": read, "truth": truth, "other": len(found) - read - truth}
