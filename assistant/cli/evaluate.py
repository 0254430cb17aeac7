"""``assistant evaluate``: measure the parts on labelled data, and show where they err."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.evaluate_complements import complements
from assistant.cli.evaluate_recommender import recommender

app = typer.Typer(help="Measure the parts on labelled data.", no_args_is_help=True)

Index = Annotated[Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")]


class Intents(StrEnum):
    """Where the intent comes from with which constraints are read."""

    gold = "gold"
    classifier = "classifier"


app.command()(recommender)
app.command()(complements)


@app.callback()
def _group() -> None:
    """Measure the parts on labelled data."""


@app.command()
def intent(
    test: Annotated[Path, typer.Option("--test", help='JSONL with {"text","intent"}, "lang" where known')],
    weights: Annotated[
        Path | None, typer.Option("--weights", help="folder of a trained classifier; without it the shipped one")
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option("--train", help="its training file or folder, to show what lies near a misread text in --report"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", file_okay=False, help="folder to write a page of figures into")
    ] = None,
) -> None:
    """Measure an intent classifier; prints one JSON object of metrics."""
    if train is not None and report is None:
        raise typer.BadParameter("only a page of figures shows training texts: give --report too", param_hint="--train")

    from assistant.cli.progress import Steps
    from assistant.errors import ConfigurationError
    from assistant.labelled.scoring import STRANGE, out_of_scope_label, score_intents
    from assistant.labelled.utterances import read_utterances, training_files
    from assistant.settings import Settings
    from assistant.understanding.artifact import read_card
    from assistant.understanding.intent import SHIPPED, EncoderIntentClassifier

    settings = Settings()
    data = read_utterances([test])
    examples = read_utterances(training_files(train)) if train is not None else None
    for problem in (*data.problems, *(examples.problems if examples else ())):
        typer.echo(problem, err=True)
    folder = weights or SHIPPED
    card = read_card(folder)
    with Steps() as steps:
        classifier = EncoderIntentClassifier.load(
            folder,
            settings.encoder,
            cache=settings.cache,
            device=settings.device,
            dtype=settings.dtype,
            offline=settings.offline,
            progress=steps,
            # The shipped one as the assistant runs it; others would only crowd it out of the cache.
            compiled=settings.compiled and weights is None,
            threads=settings.threads or 0,
        )
        outside = out_of_scope_label(data.labels)
        unknown = [label for label in data.labels if label not in classifier.labels and label != outside]
        if unknown:
            typer.echo(f"labels the classifier does not have, always misread: {', '.join(unknown[:10])}", err=True)
        texts = [u.text for u in data.lines]
        steps("reading the test texts", 0.0)
        found = classifier.predict(texts)
        figures = score_intents(classifier, data.lines, found=found)
        steps("reading the test texts", 1.0)
        if report is not None:
            from assistant.evaluation.intent_figures import Examples
            from assistant.evaluation.intent_report import write_intent_report

            near = None
            if examples is not None:
                steps("looking for the nearest training texts", 0.0)
                near = Examples(
                    examples.lines, classifier.features([u.text for u in examples.lines]), classifier.features(texts)
                )
                steps("looking for the nearest training texts", 1.0)
            try:
                page = write_intent_report(
                    report,
                    data.lines,
                    found,
                    scores=[one.outside for one in found],
                    threshold=STRANGE if card.outside else None,
                    examples=near,
                    ms_per_text=figures["ms_per_text"],
                    about={
                        "test file": test.name,
                        "classifier": "shipped" if weights is None else folder.resolve().name,
                    },
                )
            except OSError as error:
                raise ConfigurationError(f"no page of figures can be written into {report}: {error}") from error
            typer.echo(f"figures: {page}", err=True)
    typer.echo(json.dumps(figures))


@app.command()
def constraints(
    test: Annotated[Path, typer.Option("--test", help='JSONL with {"text","lang","intent","constraints"}')],
    intents: Annotated[
        Intents, typer.Option("--intents", help="read with the stated intent, or with the classifier's")
    ] = Intents.gold,
    index: Index = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="name every field that is read wrongly")] = False,
) -> None:
    """Measure how exactly constraints are read; prints a table, then one JSON object of metrics."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.constraints import (
        ConstraintExample,
        constraint_figures,
        constraint_table,
        failures,
        measure_constraints,
        read_constraint_examples,
    )
    from assistant.settings import Settings
    from assistant.types import Constraints

    data = read_constraint_examples(test)
    _tell(data.problems)
    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        parser = parts.parser
        reader = parts.reader if intents is Intents.classifier else None

        def read(example: ConstraintExample) -> tuple[str, Constraints]:
            if reader is None:
                return example.intent, parser.parse(example.text, intent=example.intent)
            found = reader.understand([example.text])[0]
            return found.intent, found.constraints

        steps("reading the messages", 0.0)
        verdicts, took = measure_constraints(data.lines, read)
        steps("reading the messages", 1.0)
    if verbose:
        _tell(failures(verdicts))
    figures = constraint_figures(verdicts, took)
    typer.echo("\n".join(constraint_table(figures)))
    typer.echo(json.dumps(figures))


@app.command()
def category(
    test: Annotated[Path, typer.Option("--test", help='JSONL with {"text","lang","type"}')],
    index: Index = None,
    level: Annotated[
        int | None,
        typer.Option("--level", min=1, help="how many elements of a category path are the label; without it all"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="name every message that is read wrongly")] = False,
) -> None:
    """Measure how well messages are labelled with product types; prints a table, then one JSON object of metrics."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.categories import (
        category_figures,
        category_table,
        measure_categories,
        misread,
        read_category_examples,
        unknown_types,
    )
    from assistant.settings import Settings

    data = read_category_examples(test)
    _tell(data.problems)
    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        classifier = parts.categories_at(level)
        unknown = unknown_types(data.lines, [one.path for one in classifier.categories])
        if unknown:
            typer.echo(f"types the index does not have, always misread: {', '.join(unknown[:10])}", err=True)
        steps("labelling the messages", 0.0)
        placed, took = measure_categories(data.lines, classifier)
        steps("labelling the messages", 1.0)
    if verbose:
        _tell(misread(placed))
    figures = {"categories": len(classifier.categories), **category_figures(placed, took)}
    typer.echo("\n".join(category_table(figures)))
    typer.echo(json.dumps(figures))


@app.command()
def retrieval(
    queries: Annotated[Path, typer.Option("--queries", help='JSONL with {"id","text"}')],
    qrels: Annotated[Path, typer.Option("--qrels", help='JSONL with {"id","sku","grade"}; grade 0 is wrong')],
    index: Index = None,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="also measure every part of the ranking alone")
    ] = False,
) -> None:
    """Measure how well queries find their products; prints a table, then one JSON object of metrics.

    Measured is the order of the whole catalogue, in which bounds and refusals filter and the product type ranks,
    against reciprocal rank fusion of words (BM25) and meaning (cosine), query by query; beside it what a conversation
    shows, where type and brand filter too.
    """
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.rankings import CONVERSATION, FUSION, OPEN, rankings
    from assistant.evaluation.retrieval import (
        MEASURES,
        by_language,
        measure,
        read_queries,
        retrieval_figures,
        retrieval_table,
    )
    from assistant.settings import Settings

    data, unscored = read_queries(queries, qrels)
    _tell(data.problems)
    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        made = rankings(parts.engine, parts.parser)
        known = {p.sku for p in parts.engine.products}
        chosen = list(made) if ablations else [FUSION, OPEN, CONVERSATION]
        rows = {}
        for number, name in enumerate(chosen):
            steps(f"ranking: {name}", number / len(chosen))
            rows[name] = measure(name, data.lines, made[name])
        steps("ranking", 1.0)
    missing = {sku for query in data.lines for sku in query.grades} - known
    if missing:
        typer.echo(f"{len(missing)} graded products are not in the index; is it that of these queries?", err=True)
    figures = retrieval_figures(rows[OPEN], against=rows[FUSION])
    figures |= {"unscored": unscored, "graded_but_not_indexed": len(missing)}
    figures["conversation"] = {
        name: value for name, value in retrieval_figures(rows[CONVERSATION]).items() if name in MEASURES
    }
    if languages := by_language(rows[OPEN], data.lines):
        figures["languages"] = languages
    typer.echo("\n".join(retrieval_table(rows.values())))
    typer.echo(json.dumps(figures, ensure_ascii=False))


@app.command()
def claims(
    cases: Annotated[
        Path, typer.Option("--cases", help='JSONL with {"language","request","product","text","unsupported"}')
    ],
    seed: Annotated[int, typer.Option("--seed", help="of the bootstrap intervals")] = 0,
    reader: Annotated[
        Path | None, typer.Option("--reader", help="folder of `assistant train claims`: its network beside the rules")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="name every error missed and every false mark")] = False,
) -> None:
    """Measure the check of what replies state; prints two tables, then one JSON object of metrics."""
    from assistant.evaluation.claims import claim_figures, claim_table, measure_claims, misjudged, read_claim_cases
    from assistant.generation.evidence import Evidence
    from assistant.generation.frames import load_frames
    from assistant.generation.grounding import ClaimChecker
    from assistant.generation.slots import slots_of
    from assistant.generation.support_compiled import load_support
    from assistant.generation.vocabulary import Vocabulary
    from assistant.generation.writer import card_for
    from assistant.lexicon import Lexicon
    from assistant.settings import Settings
    from assistant.types import Product, ReplyLanguage

    data = read_claim_cases(cases)
    _tell(data.problems)
    lexicon = Lexicon.load()
    support = None
    if reader is not None:
        settings = Settings()
        support = load_support(reader, settings.encoder, cache=settings.cache, offline=settings.offline)
    checker = ClaimChecker(lexicon, Vocabulary.load(), load_frames(), support=support)

    def read(product: Product, language: ReplyLanguage) -> Evidence:
        return checker.reader.read(product, slots_of(card_for(product, language), language, lexicon))

    judged = measure_claims(data.lines, read, checker)
    if verbose:
        _tell(misjudged(judged))
    figures = claim_figures(judged, seed=seed)
    typer.echo("\n".join(claim_table(figures)))
    typer.echo(json.dumps(figures, ensure_ascii=False))


@app.command()
def answers(
    cases: Annotated[Path, typer.Option("--cases", help='JSONL with {"language","question","product","answer"}')],
    index: Index = None,
    seed: Annotated[int, typer.Option("--seed", help="of the bootstrap intervals")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", help="name every reply that is not right")] = False,
) -> None:
    """Measure answers to product questions; prints a table, then one JSON object of metrics."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.answers import (
        AnswerCase,
        answer_figures,
        answer_table,
        measure_answers,
        read_answer_cases,
        unlike,
    )
    from assistant.generation import ReplyWriter
    from assistant.ranking import card_of
    from assistant.settings import Settings

    data = read_answer_cases(cases)
    _tell(data.problems)
    intent = "product_question"
    with Steps() as steps:
        parts = Parts(Settings(), index=index, report=steps)
        parser, replies = parts.parser, ReplyWriter(parts.lexicon, parts.encoder)

        def respond(case: AnswerCase) -> str:
            # As the pipeline answers a question about the product that is pointed at.
            constraints = parser.parse(case.question, intent=intent)
            card = card_of(case.product, case.language)
            said = replies.answer(case.language, [card], case.question, intent, constraints)
            return ("" if case.language == "zh" else " ").join(said)

        steps("asking the questions", 0.0)
        answered = measure_answers(data.lines, respond)
        steps("asking the questions", 1.0)
    if verbose:
        _tell(unlike(answered))
    figures = answer_figures(answered, seed=seed)
    typer.echo("\n".join(answer_table(figures)))
    typer.echo(json.dumps(figures, ensure_ascii=False))


@app.command()
def injections(
    cases: Annotated[Path, typer.Option("--cases", help='JSONL with {"language","request","product","forbidden"}')],
    obedient: Annotated[
        bool,
        typer.Option("--obedient", help="instead of the text generator one that repeats whatever its prompt holds"),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="name every text in which an order had an effect")] = False,
) -> None:
    """Measure what orders planted in catalogue text bring about; prints a table, then one JSON object of metrics.

    The records are indexed by themselves in a folder that is removed afterwards.
    """
    import tempfile

    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.injections import (
        Obedient,
        injection_figures,
        injection_table,
        measure_injections,
        not_clean,
        read_planted_cases,
    )
    from assistant.generation import BlurbWriter, ReplyWriter
    from assistant.pipeline import Assistant
    from assistant.recommendation import Complements
    from assistant.settings import Settings

    data = read_planted_cases(cases)
    _tell(data.problems)
    with tempfile.TemporaryDirectory() as folder, Steps() as steps:
        catalog = Path(folder) / "products.jsonl"
        rows = [json.dumps(case.product.to_dict(), ensure_ascii=False) for case in data.lines]
        catalog.write_text("\n".join(rows) + "\n", encoding="utf-8")
        Parts(Settings(), report=steps).build_index(catalog, Path(folder) / "index")
        parts = Parts(Settings(), index=Path(folder) / "index", report=steps)
        # Who obeys the catalogue writes freely; a guided prompt would leave nothing to obey.
        free = {"blurb.en": "1", "blurb.zh": "1"}
        blurbs = BlurbWriter(Obedient(), parts.prompts, parts.lexicon, versions=free) if obedient else parts.blurbs
        replies = ReplyWriter(parts.lexicon, parts.encoder)
        assistant = Assistant(
            parts.reader, parts.engine, Complements.load(parts.lexicon), blurbs, replies, parts.policies
        )
        outcomes = measure_injections(
            data.lines,
            blurbs=blurbs,
            replies=replies,
            assistant=assistant,
            progress=lambda share: steps("asking about the records", share),
        )
        parts.engine.index.store.close()
    if verbose:
        _tell(not_clean(outcomes))
    figures = {"generator": blurbs.generator.name, **injection_figures(outcomes)}
    typer.echo("\n".join(injection_table(figures)))
    typer.echo(json.dumps(figures, ensure_ascii=False))


@app.command()
def blurbs(
    records: Annotated[Path, typer.Option("--records", help='JSONL with {"id","language","request","product"}')],
    generator: Annotated[
        list[str] | None,
        typer.Option(
            "--generator",
            help="NAME or NAME@ADAPTER, where ADAPTER is auto, none or a folder; give several to compare them",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="only so many records, spread evenly")] = None,
    texts: Annotated[Path | None, typer.Option("--texts", help="JSONL file for what was written")] = None,
    patience: Annotated[float, typer.Option(min=1, help="seconds one recommendation may take")] = 120.0,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, help="so many are written together: quicker, but times tell nothing")
    ] = 1,
) -> None:
    """Compare generators at writing recommendations; prints a Markdown table, then one JSON object of metrics."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.errors import ConfigurationError
    from assistant.evaluation.blurbs import blurb_figures, blurb_table, by_language, text_lines, write_all
    from assistant.generation import BlurbWriter
    from assistant.labelled.blurbs import read_wishes
    from assistant.settings import Settings

    data = read_wishes(records)
    _tell(data.problems)
    wishes = data.lines
    if limit is not None and limit < len(wishes):
        wishes = tuple(wishes[i * len(wishes) // limit] for i in range(limit))
    usual = Settings()
    figures: dict[str, dict[str, object]] = {}
    lines: list[str] = []
    with Steps() as steps:
        for name in generator or [f"{usual.generator}@{usual.generator_adapter}"]:
            model, _, adapter = name.partition("@")
            settings = usual.model_copy(update={"generator": model, "generator_adapter": adapter or "auto"})
            parts = Parts(settings, report=steps)
            chosen = parts.generator_adapter
            writer = BlurbWriter(
                parts.generator,
                parts.prompts,
                parts.lexicon,
                versions=chosen.versions if chosen is not None else None,
                patience=patience,
                encoder=parts.encoder,
            )
            written = write_all(writer, wishes, what=f"writing with {name}", progress=steps, at_once=at_once)
            figures[name] = {
                **blurb_figures(written),
                "prompts": sorted({writer.prompt(w.language).identity for w in wishes}),
                "adapter": chosen.id if chosen is not None else None,
                "languages": by_language(written),
            }
            lines += text_lines(name, written)
            if texts is not None:
                try:
                    texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
                except OSError as error:
                    raise ConfigurationError(f"cannot write --texts '{texts}': {error.strerror}") from error
    typer.echo("\n".join(blurb_table(figures)))
    typer.echo(json.dumps({"records": len(wishes), "generators": figures}, ensure_ascii=False))


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)
