"""Versions of a prompt on the same cases, as tables and pictures: what ``02_compare_prompts.ipynb`` shows.

Knows how a suite is run and what its results are. Judges nothing itself: checks, figures and gates are those of
``assistant prompts test`` and ``promote``, and results are kept in the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assistant.assembly import Parts
from assistant.evaluation.prompt_cases import PromptCase
from assistant.evaluation.prompt_figures import Outcome, outcomes
from assistant.evaluation.prompt_gates import Judgement, read_gates
from assistant.evaluation.prompt_results import ResultsFile
from assistant.evaluation.prompt_runs import (
    Pair,
    cases_for,
    judge_pair,
    load_prompts,
    pairs_of,
    prompt_folders,
    results_path,
    suite_figures,
    suite_for,
    suite_notes,
    versions_in_use,
)
from assistant.evaluation.prompt_suite import Result, plan
from assistant.generation.prompts import Prompt, compare_prompts
from assistant.notebooks.showing import (
    AMBER,
    BLUE,
    GREEN,
    INK,
    RED,
    Html,
    Picture,
    chip,
    draw,
    percent,
    say,
    short,
    stack,
    table,
)

_UNITS = {"en": "words", "zh": "characters"}


def _silent(step: str, share: float) -> None:
    """Default for callers that show no progress."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Versions, the cases they met on, every run, and what follows from them."""

    pairs: tuple[Pair, ...]
    cases: tuple[PromptCase, ...]
    all_cases: int
    k: int
    results: tuple[Result, ...]
    figures: Mapping[str, Any]
    judged: Mapping[str, tuple[Judgement, ...]]
    notes: tuple[str, ...]

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """All versions, a candidate before what it is held against."""
        return tuple(p for pair in self.pairs for p in pair.prompts)


def compare(
    parts: Parts,
    candidate: str,
    against: str,
    *,
    cases: int | None = None,
    k: int = 3,
    seed: int = 13,
    progress: Callable[[str, float], None] = _silent,
) -> Comparison:
    """Run the cases with both versions: the same products, the same seeds, one after the other.

    Args:
        parts: the running assistant.
        candidate: such as ``blurb@2`` for version 2 in both languages, or ``blurb.zh@own-1``.
        against: a version or a label.
        cases: so many of them, spread evenly; ``None`` for all.
        k: runs of each case with another seed, where the version decodes by chance.
        seed: of the first run.
        progress: told a step and the share that is done.

    Raises:
        PromptError: a version or the cases do not exist.
    """
    settings = parts.settings
    book = load_prompts(settings)
    pairs = pairs_of(book, candidate, against, usual=versions_in_use(settings))
    chosen = cases_for(settings, pairs, limit=cases)
    runs = plan(chosen, [p for pair in pairs for p in pair.prompts], k=k, seed=seed)
    results: list[Result] = []
    with ResultsFile(results_path(settings, pairs[0].candidate.task)) as file:
        suite = suite_for(parts, book, chosen)
        step = f"writing {len(runs)} texts of {len(chosen)} cases"
        progress(step, 0.0)
        for result in suite.run(runs, known=file.known):
            file.add(result)
            results.append(result)
            progress(step, len(results) / len(runs))
    gates = read_gates(prompt_folders(settings), "production")
    judged = {
        pair.candidate.identity: judge_pair(gates, results, pair, k=k)[0] for pair in pairs if gates and pair.baseline
    }
    everything = len(cases_for(settings, pairs))
    figures = suite_figures(results, pairs, k=k)
    return Comparison(pairs, chosen, everything, k, tuple(results), figures, judged, tuple(suite_notes(pairs, k=k)))


def contestants(found: Comparison) -> Html:
    """The versions: who is held against whom, and what each says it tries."""
    rows = []
    for pair in found.pairs:
        for role, prompt in (("candidate", pair.candidate), ("in use", pair.baseline)):
            if prompt is not None:
                runs = 1 if prompt.decoding.temperature == 0 else found.k
                rows.append((_name(prompt), role, prompt.description, prompt.decoding.temperature, runs))
    return table(("version", "role", "what it tries", "temperature", "runs per case"), rows)


def changes(pair: Pair) -> Html:
    """The lines that differ between the two versions of a pair."""
    if pair.baseline is None:
        return say(f"{_name(pair.candidate)} is held against nothing.")
    found = compare_prompts(pair.baseline, pair.candidate)
    lines = [line for line in found.lines[2:] if not line.startswith("@@")]
    shown = Markup("\n").join(
        Markup('<span style="border-left:4px solid {};padding-left:.5em">{}</span>').format(
            GREEN if line[:1] == "+" else RED if line[:1] == "-" else "transparent", line
        )
        for line in lines
    )
    title = f"From {_name(pair.baseline)} to {_name(pair.candidate)}: {', '.join(found.keys)} differ"
    framed = Markup(
        '<details><summary>{}</summary><pre style="white-space:pre-wrap;line-height:1.5">{}</pre></details>'
    )
    return Html(framed.format(title, shown))


def figures(found: Comparison) -> Html:
    """The figures of every version side by side."""
    of = {p.identity: found.figures["versions"][p.identity] for p in found.prompts}
    rows: list[Sequence[object]] = [
        ("cases", *(f["cases"] for f in of.values())),
        (f"pass^{found.k}: cases passed in all runs", *(percent(f["pass_k"]) for f in of.values())),
        ("   95 % interval", *(_interval(f["pass_k_interval"]) for f in of.values())),
        ("unsupported claims per 100 texts, before the check", *(f["unsupported_before_per_100"] for f in of.values())),
        ("unsupported claims shown", *(f["unsupported_shown"] for f in of.values())),
        ("nothing left of the model's text", *(percent(f["stood_in"]) for f in of.values())),
        ("in the right language", *(percent(f["right_language"]) for f in of.values())),
        ("length, mean", *(_lengths(f["length"]) for f in of.values())),
        ("tokens, mean", *(f"{f['tokens']:.0f}" for f in of.values())),
        ("first token, median ms", *(f"{f['first_token_p50']:,.0f}" for f in of.values())),
        ("whole text, median ms", *(f"{f['ms_p50']:,.0f}" for f in of.values())),
        ("whole text, 95 % within ms", *(f"{f['ms_p95']:,.0f}" for f in of.values())),
    ]
    return table(("", *(_role(found, p) for p in found.prompts)), rows)


def charts(found: Comparison) -> Picture:
    """Quality, truth, length and time of every version, each text a dot."""
    prompts = found.prompts
    colours = [AMBER if any(p is pair.candidate for pair in found.pairs) else BLUE for p in prompts]
    rows = [[r for r in found.results if r.prompt == p.identity and r.error is None] for p in prompts]
    of = [found.figures["versions"][p.identity] for p in prompts]
    names = [_role(found, p) for p in prompts]

    def paint(figure: Figure) -> None:
        quality, truth, length, took = figure.subplots(2, 2, sharey=True).flat
        for place, (f, colour) in enumerate(zip(of, colours, strict=True)):
            low, high = f["pass_k_interval"]
            quality.plot((100 * low, 100 * high), (place, place), color=colour, lw=2.5, solid_capstyle="round")
            quality.plot(100 * f["pass_k"], place, "o", color=colour, ms=9)
            quality.text(100 * f["pass_k"], place - 0.28, percent(f["pass_k"]), ha="center", fontsize=8.5, color=INK)
            truth.barh(place, f["unsupported_before_per_100"], color=colour, height=0.45)
            truth.text(f["unsupported_before_per_100"], place, f" {f['unsupported_before_per_100']:.0f}", va="center")
        _dots(length, [[r.length for r in one] for one in rows], colours)
        _dots(took, [[r.ms / 1000 for r in one] for one in rows], colours)
        quality.set_xlim(-4, 104)
        quality.set_title(f"Cases passed, pass^{found.k}")
        quality.set_xlabel("%, with 95 % interval")
        truth.set_title("Unsupported, before the check")
        truth.set_xlabel("claims per 100 texts")
        truth.margins(x=0.2)
        length.set_title("Length")
        length.set_xlabel("words (en), characters (zh)")
        took.set_title("Time of a text")
        took.set_xlabel("seconds")
        took.set_xlim(left=0)
        length.set_xlim(left=0)
        quality.set_yticks(range(len(names)), names)
        quality.set_ylim(len(names) - 0.4, -0.7)
        for axes in (quality, truth, length, took):
            axes.grid(axis="y", visible=False)

    alt = "; ".join(
        f"{n}: passed {percent(f['pass_k'])}, unsupported {f['unsupported_before_per_100']} per 100, "
        f"length {_lengths(f['length'])}, median {f['ms_p50']:.0f} ms"
        for n, f in zip(names, of, strict=True)
    )
    return draw(paint, size=(9.8, 1.1 * len(names) + 2.2), alt=f"Versions compared. {alt}", texts=names)


def grid(found: Comparison) -> Picture:
    """A square a case and version: passed or not; the cases on which the versions differ stand first."""
    parts = []
    for pair in found.pairs:
        told = [outcomes(found.results, p.identity) for p in pair.prompts]
        cases = [c.id for c in found.cases if all(c.id in one for one in told)]
        cases.sort(key=lambda c: (len({one[c].passed for one in told}) == 1, told[0][c].passed))
        parts.append((pair, told, cases))
    widest = max((len(cases) for _, _, cases in parts), default=1)

    def paint(figure: Figure) -> None:
        for axes, (pair, told, cases) in zip(np.atleast_1d(figure.subplots(len(parts), 1)), parts, strict=True):
            for row, one in enumerate(told):
                for column, case in enumerate(cases):
                    passed = one[case].passed
                    axes.barh(row, 0.86, left=column - 0.43, height=0.8, color="#cfe0d3" if passed else "#e9b9af")
                    axes.text(column, row, "✓" if passed else "✗", ha="center", va="center", fontsize=9)
            axes.set_yticks(range(len(told)), [_role(found, p) for p in pair.prompts])
            axes.set_xticks(range(len(cases)), cases, rotation=90, fontsize=8)
            axes.set_xlim(-0.7, max(widest, 8) - 0.3)
            axes.set_ylim(len(told) - 0.5, -0.5)
            axes.grid(visible=False)
            for spine in axes.spines.values():
                spine.set_visible(False)

    alt = "; ".join(
        f"{_name(p)}: {sum(o.passed for o in one.values())} of {len(one)} cases pass"
        for pair, told, _ in parts
        for p, one in zip(pair.prompts, told, strict=True)
    )
    size = (max(5.0, 0.34 * widest + 2.2), 1.75 * len(parts))
    return draw(paint, size=size, alt=f"Passed and failed cases. {alt}")


def changed(found: Comparison) -> Html:
    """What became of the cases from the version in use to the candidate."""
    rows = []
    for pair in found.pairs:
        told = found.figures["versus"].get(pair.candidate.identity)
        if told:
            rows.append(
                (
                    _name(pair.candidate),
                    *(_listed(told[name]) for name in ("fixed", "broken", "fail")),
                    len(told["same_text"]),
                )
            )
    return table(("candidate", "fixed: failed before", "broken: passed before", "fail with both", "same text"), rows)


def texts(found: Comparison, most: int = 4) -> Html:
    """What was asked and what each version wrote, the cases that came to another end first."""
    tables = []
    for pair in found.pairs:
        told = {p.identity: outcomes(found.results, p.identity) for p in pair.prompts}
        cases = [c for c in found.cases if all(c.id in one for one in told.values())]
        cases.sort(key=lambda c: _sameness([one[c.id] for one in told.values()]))
        rows = []
        for case in cases[:most]:
            first = next(iter(told.values()))[case.id].results[0]
            asked = escape(first.request) + Markup("<br><small>{} · {}</small>").format(case.id, first.sku)
            rows.append((asked, *(_said(one[case.id]) for one in told.values())))
        tables.append(table(("asked", *(_role(found, p) for p in pair.prompts)), rows))
    return stack(*tables)


def gates(found: Comparison) -> Html:
    """Every gate of ``production``, what was measured, and whether it stands."""
    rows = [
        (
            _short_name(identity),
            chip("stands", GREEN) if j.stands else chip("falls", RED),
            j.gate,
            j.told.partition(": ")[2],
        )
        for identity, judged in found.judged.items()
        for j in judged
    ]
    return table(("candidate", "", "gate", "measured, and what is allowed"), rows)


def verdict(found: Comparison) -> Html:
    """Whether each candidate may be promoted on what was run, and which command does what is next."""
    out = []
    if len(found.cases) < found.all_cases:
        out.append(
            say(
                f"Only {len(found.cases)} of {found.all_cases} cases were run: enough to look, not to decide. Set "
                "CASES to None and run this notebook again; what is known already is not run again."
            )
        )
    for pair in found.pairs:
        judged = found.judged.get(pair.candidate.identity)
        if judged is None:
            out.append(say(f"{_name(pair.candidate)} was held against nothing, so there is nothing to decide."))
            continue
        fallen = [j.gate for j in judged if not j.stands]
        told = f"{_name(pair.candidate)}: {len(judged) - len(fallen)} of {len(judged)} gates stand. "
        if fallen:
            told += f"Fallen: {', '.join(fallen)}. Do not promote it on these figures."
        else:
            told += f"It may be promoted: assistant prompts promote {pair.candidate.task} {pair.candidate.version}"
        out.append(say(told))
    out += [say(f"Note: {note}") for note in found.notes]
    return stack(*out)


def summary(found: Comparison) -> Html:
    """How much was run, in a sentence."""
    errors = sum(r.error is not None for r in found.results)
    return say(
        f"{len(found.results)} texts were written for {len(found.cases)} of {found.all_cases} cases by "
        f"{len(found.prompts)} versions; {errors} could not be written."
    )


def _dots(axes: Axes, values: Sequence[Sequence[float]], colours: Sequence[str]) -> None:
    """Every value a dot, the median a line; spread over the height by its rank, so that equal ones are seen."""
    for place, (one, colour) in enumerate(zip(values, colours, strict=True)):
        offsets = 0.36 * (np.arange(len(one)) / max(1, len(one) - 1) - 0.5)
        axes.plot(sorted(one), place + offsets, "o", color=colour, ms=4.5, alpha=0.75, lw=0)
        if one:
            middle = float(np.median(one))
            axes.plot((middle, middle), (place - 0.3, place + 0.3), color=INK, lw=1.6)
            axes.text(
                middle, place - 0.34, f"{middle:.0f}" if middle >= 10 else f"{middle:.1f}", ha="center", fontsize=8.5
            )


def _said(outcome: Outcome) -> Markup:
    result = outcome.results[0]
    if result.error is not None:
        return chip("not written", RED) + Markup("<br>{}").format(result.error)
    seal = chip("passes", GREEN) if outcome.passed else chip("fails", RED)
    why = Markup("").join(Markup("<br><small>✗ {}: {}</small>").format(check, told) for check, told in outcome.failures)
    stood = (
        Markup("<br><small>nothing left of the model: the record's words stand in</small>") if result.stood_in else ""
    )
    return Markup("{}<br>{}{}{}").format(result.text, seal, why, stood)


def _sameness(found: Sequence[Outcome]) -> tuple[bool, bool, str]:
    return (
        len({o.passed for o in found}) == 1,
        len({o.results[0].text for o in found}) == 1,
        found[0].case,
    )


def _name(prompt: Prompt) -> str:
    return f"{prompt.task}/{prompt.version}"


def _short_name(identity: str) -> str:
    return identity.partition("@")[0]


def _role(found: Comparison, prompt: Prompt) -> str:
    return f"{_name(prompt)}{' (candidate)' if any(prompt is p.candidate for p in found.pairs) else ''}"


def _interval(bounds: tuple[float, float]) -> str:
    return f"{100 * bounds[0]:.0f}–{100 * bounds[1]:.0f} %"


def _lengths(told: Mapping[str, float]) -> str:
    return ", ".join(f"{n:.0f} {_UNITS.get(language, 'characters')}" for language, n in told.items())


def _listed(cases: Sequence[str]) -> str:
    return f"{len(cases)}: {short(', '.join(cases), 60)}" if cases else "none"
