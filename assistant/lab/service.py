"""Everything the lab does, in one place: versions, cases, tries, runs, votes, files, live splits.

Knows which part does what. Holds no words and no markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.errors import PromptError, StoreError
from assistant.generation.prompts import DEFAULT_LABEL
from assistant.lab.bench import Bench
from assistant.lab.cases import CaseBook
from assistant.lab.editing import Draft, Preview, Problem, check_draft, problem_of
from assistant.lab.exports import Form, exported
from assistant.lab.grid import figures_of
from assistant.lab.runs import RunDesk
from assistant.lab.told import Told
from assistant.lab.trying import Tried, try_message
from assistant.lab.versions import Versions
from assistant.lab.votes import Ballot, Reveal, Side, Tally, ballots, cast, tally, voted
from assistant.store.runs import Run
from assistant.store.trials import Trial, TrialStore

_ROUNDED = 0.011
"""By how much shares that people write in whole percent may miss the sum."""


class Lab:
    """One lab; close it when the server stops. Safe to share between threads."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.versions = Versions(bench)
        self.cases = CaseBook(bench)
        self.runs = RunDesk(bench)
        self.trials = TrialStore(bench.database)

    def close(self) -> None:
        """Stop the runs under way after the text they are writing."""
        self.runs.close()

    # -- a draft ------------------------------------------------------------------------------------------------------

    def check(self, task: str, text: str) -> Draft:
        """Read a draft."""
        return check_draft(task, text)

    def preview(self, task: str, text: str, sku: str, request: str) -> Preview | Problem:
        """What the model would get of a draft; what is wrong with it otherwise."""
        draft = check_draft(task, text)
        if draft.prompt is None:
            return draft.problem or Problem(1, Told("no_text"))
        product = self.bench.product(sku)
        if product is None:
            return Problem(0, Told("case_product", {"key": sku}))
        try:
            made = self.bench.pen.render(draft.prompt, product, request)
        except PromptError as error:
            return problem_of(error, task)
        most = draft.prompt.decoding.max_tokens
        return Preview(made.text, made.lead, made.values, made.slots, self.bench.tokens(made.text), most)

    def products(self, task: str, *, most: int = 60) -> tuple[tuple[str, str], ...]:
        """Products of the cases that the catalogue in use has, as SKU and title in the task's language."""
        skus = dict.fromkeys(c.sku for c in self.cases.all(task) if c.sku)
        found = ((sku, self.bench.product(sku)) for sku in skus)
        language = task.rpartition(".")[2]
        return tuple((sku, p.title_in("zh" if language == "zh" else "en")) for sku, p in found if p is not None)[:most]

    # -- a message ----------------------------------------------------------------------------------------------------

    def try_out(self, task: str, names: Sequence[str], messages: Sequence[str], *, sku: str = "") -> Iterator[Tried]:
        """Try a message with versions; see :func:`assistant.lab.trying.try_message`.

        Raises:
            PromptError: a version does not exist.
        """
        found = [self.versions.find(task, name) for name in names]
        return try_message(self.bench, task, list({p.identity: p for p in found}.values()), messages, sku=sku)

    # -- votes --------------------------------------------------------------------------------------------------------

    def ballot(self, run: Run, *, voter: str) -> tuple[Ballot | None, int, int]:
        """The next pair of texts that somebody has not voted on, how many they voted on, and how many there are."""
        every = ballots(self.runs.results(run.id), run.setup["versions"], run=run.id, voter=voter)
        done = voted(self.runs.store, run.id, voter)
        waiting = [b for b in every if b.case not in done]
        return (waiting[0] if waiting else None), len(every) - len(waiting), len(every)

    def vote(self, run: Run, case: str, side: Side, *, voter: str, comment: str = "") -> Reveal:
        """Store a vote between the two versions of a run.

        Raises:
            StoreError: the run has one version only, or no such case.
        """
        versions = run.setup["versions"]
        if len(versions) < 2 or case not in run.setup["cases"]:
            raise StoreError(f"run {run.id} has no pair of texts for case '{case}'; vote on one that is shown")
        pair = (versions[0], versions[1])
        return cast(self.runs.store, run.id, case, pair, side, voter=voter, comment=comment)

    def tally(self, run: Run) -> Tally | None:
        """All votes of a run; ``None`` where it has one version only."""
        versions = run.setup["versions"]
        return tally(self.runs.store, run.id, (versions[0], versions[1])) if len(versions) > 1 else None

    def export(self, run: Run, form: Form) -> str:
        """A run as a file."""
        results = self.runs.results(run.id)
        store = self.runs.store
        figures = figures_of(results, run.setup["versions"], k=run.setup["k"])
        return exported(run, results, figures, store.marks(run.id), store.votes(run.id), form)

    # -- live splits --------------------------------------------------------------------------------------------------

    def labels(self, task: str) -> tuple[str, ...]:
        """The labels that mean a version of a task."""
        book = self.bench.book()
        return tuple(dict.fromkeys(label for p in book.versions(task) for label in book.labels_of(p)))

    def start_split(self, name: str, task: str, shares: Mapping[str, float], *, author: str) -> Trial:
        """Begin to serve conversations by what several labels mean now; shares of nearly 1 in all are made to be 1.

        Raises:
            StoreError: a label means no version, two labels mean the same one, production has no share, the name is
                taken, or a split is under way.
        """
        known = self.labels(task)
        if unknown := [label for label in shares if label not in known]:
            raise StoreError(f"no version of {task} has the label '{unknown[0]}'; there is {', '.join(known)}")
        meant = {label: self.versions.find(task, label).identity for label in shares}
        if len(set(meant.values())) < len(shares):
            raise StoreError("the labels mean the same version; a split needs two that differ")
        if DEFAULT_LABEL not in shares:
            raise StoreError(f"a split needs a share for '{DEFAULT_LABEL}', which the others are compared with")
        shares = {label: shares[label] for label in sorted(shares, key=lambda label: label != DEFAULT_LABEL)}
        total = sum(shares.values())
        nearly = abs(total - 1) < _ROUNDED
        even = {label: share / total for label, share in shares.items()} if nearly else dict(shares)
        return self.trials.start(name, task, even, author=author, versions=meant)
