"""Suites with the parts of a running assistant: which versions meet, on which cases, and what is known already.

Knows how settings, prompts and cases come together, for the command line and for pages alike. Does not print.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import assistant.generation
from assistant.assembly import Parts
from assistant.catalog import read_rows
from assistant.errors import PromptError, UnknownProductError
from assistant.evaluation.prompt_cases import PromptCase, case_files, read_cases
from assistant.evaluation.prompt_figures import prompt_figures, versus
from assistant.evaluation.prompt_gates import Gates, Judgement, judge_version
from assistant.evaluation.prompt_preview import TASKS
from assistant.evaluation.prompt_suite import PromptSuite, Result, Run
from assistant.generation import PromptBook
from assistant.generation.prompts import Prompt
from assistant.resources import default_folder
from assistant.settings import Settings
from assistant.types import Product

if TYPE_CHECKING:
    from assistant.generation.adapter import TextAdapter

NOBODY = "none"
"""In the place of a version: test against nothing."""

_WRITTEN_WITH = ("generation", "lexicon")


@dataclass(frozen=True, slots=True)
class Pair:
    """A version and the one it is held against, ``None`` where that is itself or nobody."""

    candidate: Prompt
    baseline: Prompt | None

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Both."""
        return (self.candidate, *([self.baseline] if self.baseline else []))


def prompt_folders(settings: Settings) -> tuple[Path, Path]:
    """The shipped prompts, and the folder of the edited ones, which may not exist yet."""
    return default_folder("prompts"), settings.prompts or settings.data / "prompts"


def load_prompts(settings: Settings) -> PromptBook:
    """The shipped prompts under the edited ones.

    Raises:
        PromptError: as :meth:`PromptBook.load`; a folder that was named must exist.
    """
    shipped, overlay = prompt_folders(settings)
    return PromptBook.load(shipped, overlay if overlay.is_dir() or settings.prompts else None)


def versions_in_use(settings: Settings) -> dict[str, str]:
    """Task → the version that the text generator's adapter was trained for; empty where it runs without one."""
    adapter = _adapter(settings)
    return adapter.versions if adapter is not None else {}


def model_name(settings: Settings) -> str:
    """What texts depend on beside their prompt: the generator, its adapter, and the code that writes and checks.

    Results of another one are not taken for its own: after an upgrade, a suite runs anew. Of a server's address no
    name or password is told.
    """
    adapter = _adapter(settings)
    server = urlsplit(settings.generator_url or "")
    where = f" at {server.netloc.rpartition('@')[2]}{server.path}" if settings.generator_url else ""
    return settings.generator + (f"+{adapter.id}" if adapter is not None else "") + f"{where} code {_code()}"


def _adapter(settings: Settings) -> TextAdapter | None:
    """What is added to the text generator, by the rule of :attr:`Parts.generator_adapter`: a server adds its own."""
    from assistant.generation.adapter import choose_adapter

    if settings.generator_url is not None and settings.generator_adapter == "auto":
        return None
    return choose_adapter(settings.generator_adapter, settings.generator)


def _code() -> str:
    """A hash of the modules and tables that recommendations are written and checked with."""
    package = Path(assistant.generation.__file__).resolve().parents[1]
    told = hashlib.sha256()
    for folder in _WRITTEN_WITH:
        for path in sorted((package / folder).rglob("*")):
            if path.suffix in (".py", ".tsv", ".txt"):
                told.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:8]


def pairs_of(book: PromptBook, reference: str, against: str, *, usual: Mapping[str, str]) -> tuple[Pair, ...]:
    """The versions that a person names, each with what it is held against.

    ``blurb@2`` means version 2 of ``blurb.en`` and of ``blurb.zh``.

    Raises:
        PromptError: one of them does not exist.
    """
    name, at, version = reference.partition("@")
    tasks = [t for t in book.tasks() if t.startswith(f"{name}.")] if name not in book.tasks() else []
    found = [book.find(f"{task}{at}{version}", usual=usual) for task in tasks] or [book.find(reference, usual=usual)]
    pairs = []
    for prompt in found:
        other = None if against == NOBODY else book.find(f"{prompt.task}@{against}", usual=usual)
        pairs.append(Pair(prompt, other if other is not None and other.identity != prompt.identity else None))
    return tuple(pairs)


def cases_for(
    settings: Settings, pairs: Sequence[Pair], files: Sequence[Path] = (), *, limit: int | None = None
) -> tuple[PromptCase, ...]:
    """The cases for versions: those of the files, or of ``cases/`` beside the prompts; ``limit`` spreads evenly.

    Raises:
        PromptError: there are none, or a file cannot be read.
    """
    folders = prompt_folders(settings)
    paths = list(files)
    for pair in pairs if not files else ():
        paths += [p for p in case_files(pair.candidate.task, folders) if p not in paths]
    languages = [TASKS[p.candidate.task] for p in pairs if p.candidate.task in TASKS]
    cases = read_cases(paths, languages=languages) if paths else ()
    if not cases:
        where = ", ".join(map(str, files)) or f"cases/ in {' or '.join(map(str, folders))}"
        raise PromptError(f"no cases for {', '.join(p.candidate.task for p in pairs)} in {where}")
    if limit is None or limit >= len(cases):
        return cases
    return tuple(cases[i * len(cases) // limit] for i in range(limit))


def results_path(settings: Settings, task: str) -> Path:
    """Where results of a task are kept between runs: all languages in one file of the data folder."""
    return settings.data / "prompt-runs" / f"{task.rpartition('.')[0] or task}.jsonl"


def products_for(parts: Parts, skus: Iterable[str], *, of_index: bool = False) -> dict[str, Product]:
    """The products of SKUs: of the catalogue file, or of the index in use. What is missing is left out.

    Raises:
        CatalogError: the catalogue cannot be read.
    """
    wanted = set(skus)
    if of_index:
        return {p.sku: p for sku in wanted if (p := parts.engine.product(sku)) is not None}
    rows = (row for _, row in read_rows(parts.catalog_file) if isinstance(row, Product)) if wanted else ()
    return {p.sku: p for p in rows if p.sku in wanted}


def product_for(parts: Parts, sku: str, *, of_index: bool = False) -> Product:
    """The product of one SKU.

    Raises:
        UnknownProductError: there is none.
    """
    found = products_for(parts, [sku], of_index=of_index)
    if sku not in found:
        raise UnknownProductError(f"the catalogue has no product '{sku}'; name one of it, or another catalogue")
    return found[sku]


def suite_for(parts: Parts, book: PromptBook, cases: Sequence[PromptCase], *, of_index: bool = False) -> PromptSuite:
    """A suite that runs with the parts' text generator; the rest of the assistant is made when a conversation comes.

    Raises:
        CatalogError: the catalogue cannot be read.
        WeightsError: the generator cannot be loaded.
    """
    products = products_for(parts, [c.sku for c in cases if c.sku], of_index=of_index)
    return PromptSuite(
        parts.generator,
        book,
        parts.lexicon,
        product=products.get,
        assistant=lambda: parts.assistant,
        model=model_name(parts.settings),
    )


def known_results(
    results: Iterable[Result], runs: Sequence[Run], *, model: str
) -> tuple[tuple[Result, ...], tuple[Run, ...]]:
    """What results say of these runs, and the runs of which they say nothing."""
    by_run = {(r.prompt, r.digest, r.seed): r for r in results if r.model == model and r.error is None}
    found = [(run, by_run.get((run.prompt.identity, run.case.digest, run.seed))) for run in runs]
    return tuple(r for _, r in found if r is not None), tuple(run for run, r in found if r is None)


def judge_pair(
    gates: Gates, results: Sequence[Result], pair: Pair, *, k: int
) -> tuple[tuple[Judgement, ...], dict[str, Any]]:
    """The gates held against what a version and its baseline show, and those figures as evidence for the history."""
    candidate = prompt_figures(results, [pair.candidate.identity], k=k)
    baseline = prompt_figures(results, [pair.baseline.identity], k=k) if pair.baseline else None
    judged = judge_version(gates, candidate, baseline)
    told = (
        "cases", "k", "pass_k", "unsupported_before_per_100", "unsupported_shown", "stood_in", "right_language",
        "ms_p50",
    )  # fmt: skip
    evidence: dict[str, Any] = {
        "candidate": {"prompt": pair.candidate.identity, **{key: candidate[key] for key in told}},
        "gates": {j.gate: j.stands for j in judged},
    }
    if pair.baseline and baseline:
        evidence["baseline"] = {"prompt": pair.baseline.identity, **{key: baseline[key] for key in told}}
    return judged, evidence


def suite_figures(results: Sequence[Result], pairs: Sequence[Pair], *, k: int) -> dict[str, Any]:
    """Everything that a suite shows, ready for JSON: figures per version, and what became of each case."""
    rows: dict[str, Any] = {}
    for pair in pairs:
        for prompt in pair.prompts:
            rows[prompt.identity] = prompt_figures(results, [prompt.identity], k=k)
    if len(pairs) > 1:
        sides = {"candidate": [p.candidate for p in pairs], "baseline": [p.baseline for p in pairs if p.baseline]}
        for name, prompts in sides.items():
            if prompts:
                rows[f"{name}, all languages"] = prompt_figures(results, [p.identity for p in prompts], k=k)
    changes = {
        p.candidate.identity: versus(results, p.candidate.identity, p.baseline.identity) for p in pairs if p.baseline
    }
    return {"versions": rows, "versus": changes}


def suite_notes(pairs: Sequence[Pair], *, k: int) -> list[str]:
    """What a reader of the figures must know."""
    alone = [p.candidate.identity for p in pairs if p.baseline is None]
    still = [p.identity for pair in pairs for p in pair.prompts if p.decoding.temperature == 0]
    notes = []
    if alone:
        notes.append(f"held against nothing, being the version in use, or none was named: {', '.join(alone)}")
    if still and k > 1:
        notes.append(f"at temperature 0 each case is run once, and counts for all {k} runs: {', '.join(still)}")
    return notes
