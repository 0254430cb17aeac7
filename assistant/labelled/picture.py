"""The confusion matrix as a PNG, for two labels or two hundred, in any script an installed font can write.

Knows a matrix of counts. Draws on a canvas of its own, so it needs no screen and changes no global state.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assistant.labelled.confusion import Confusion
from assistant.labelled.fonts import STANDARD, families_for

_LOG = logging.getLogger(__name__)
_PAPER, _INK, _SOFT, _LINE = "#fffdf9", "#2b2520", "#6a5e53", "#e6dccd"
_RIGHT, _WRONG = (63, 109, 67), (169, 58, 43)
_DPI = 110
_LABEL_LETTERS = 42
# Beyond this many labels a cell is too small for a number.
_NUMBERED = 64


def write_confusion_picture(path: Path, confusion: Confusion) -> None:
    """Draw true labels as rows and predicted ones as columns; colour is the share of the true label's texts."""
    names = [_shown(label) for label in confusion.labels]
    count = len(names)
    cell = float(np.clip(16 / count, 0.13, 0.52))  # inches
    letters = float(np.clip(cell * 30, 4.6, 9.5))  # points
    longest = max(_width(name) for name in names)
    margin = longest * letters * 0.62 / 72 + 0.55
    side = max(cell * count, 1.8)
    families, missing = families_for(names)
    if missing:
        _LOG.warning("no installed font has %r; the labels with it show boxes in %s", missing[:20], path.name)
    with warnings.catch_warnings(), rc_context({"font.family": families}):
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # said above, once
        figure = Figure(figsize=(max(margin + side + 0.35, 4.6), 0.95 + side + margin), facecolor=_PAPER)
        FigureCanvasAgg(figure)
        width, height = figure.get_size_inches()
        axes = figure.add_axes((margin / width, margin / height, side / width, side / height))
        axes.imshow(_colours(confusion), interpolation="nearest", aspect="equal")
        axes.set_xticks(range(count), names, rotation=90, fontsize=letters, color=_INK, parse_math=False)
        axes.set_yticks(range(count), names, fontsize=letters, color=_INK, parse_math=False)
        axes.set_xticks(np.arange(-0.5, count), minor=True)
        axes.set_yticks(np.arange(-0.5, count), minor=True)
        axes.grid(which="minor", color=_LINE, linewidth=0.6 if count <= _NUMBERED else 0.25)
        axes.tick_params(which="both", length=0)
        for spine in axes.spines.values():
            spine.set_color(_LINE)
        axes.set_xlabel("read as", color=_SOFT, fontsize=10)
        axes.set_ylabel("meant", color=_SOFT, fontsize=10)
        right, total = int(np.trace(confusion.counts)), int(confusion.counts.sum())
        figure.text(
            0.35 / width,
            1 - 0.38 / height,
            f"{right:,} of {total:,} read rightly",
            fontsize=12.5,
            color=_INK,
            weight="bold",
            family=STANDARD,
        )
        figure.text(
            0.35 / width,
            1 - 0.64 / height,
            "green: rightly, red: as another label; the darker, the larger the share",
            fontsize=8,
            color=_SOFT,
        )
        if count <= _NUMBERED:
            _write_counts(axes, confusion, letters)
        figure.savefig(path, dpi=_DPI, facecolor=_PAPER, metadata={"Software": None})


def _write_counts(axes: Axes, confusion: Confusion, letters: float) -> None:
    shares = confusion.shares
    for i, j in np.argwhere(confusion.counts > 0):
        dark = i != j and shares[i, j] > 0.3
        axes.text(
            j, i, f"{confusion.counts[i, j]}", ha="center", va="center", fontsize=letters * 0.86,
            color="white" if dark else _INK,
        )  # fmt: skip


def _colours(confusion: Confusion) -> npt.NDArray[np.uint8]:
    """Shape (labels, labels, 3). Single mistakes stay visible: red grows with the root of the share."""
    shares = np.minimum(confusion.shares, 1.0)
    depth = np.where(shares > 0, 0.1 + 0.9 * np.sqrt(shares), 0.0)
    np.fill_diagonal(depth, 0.42 * shares.diagonal())
    tint = np.tile(np.asarray(_WRONG, dtype=np.float64), (*shares.shape, 1))
    tint[np.arange(len(shares)), np.arange(len(shares))] = _RIGHT
    blend = 255 * (1 - depth[..., None]) + tint * depth[..., None]
    return np.rint(blend).astype(np.uint8)


def _shown(label: str) -> str:
    """A label as it can be drawn: no control characters, no half characters, not endless."""
    clean = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else "\N{REPLACEMENT CHARACTER}" for c in label)
    if len(clean) <= _LABEL_LETTERS:
        return clean
    # The end too: long label names of one kind differ there.
    return clean[: _LABEL_LETTERS * 2 // 3] + "…" + clean[-(_LABEL_LETTERS // 3) :]


def _width(text: str) -> float:
    """Width in letters; those of East Asian scripts count as the wide ones they are."""
    return sum(1.65 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text)
