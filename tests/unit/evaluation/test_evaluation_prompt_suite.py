"""Suites with a scripted generator: seeds, turns, what is counted, what is kept, and which gates fall."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_generation import BOOTS, PHONE

from assistant.errors import GenerationError, PromptError
from assistant.evaluation.prompt_cases import Checks, PromptCase
from assistant.evaluation.prompt_figures import case_lines, complete, figure_table, outcomes, prompt_figures, versus
from assistant.evaluation.prompt_gates import Gates, judge_version, read_gates
from assistant.evaluation.prompt_preview import render_prompt
from assistant.evaluation.prompt_results import ResultsFile, read_results, write_results_table, write_suite_page
from assistant.evaluation.prompt_runs import (
    Pair,
    judge_pair,
    known_results,
    model_name,
    suite_figures,
    suite_notes,
    versions_in_use,
)
from assistant.evaluation.prompt_suite import PromptSuite, Result, plan
from assistant.generation.generator import TextStream, cut_at, never
from assistant.generation.prompts import PromptBook, parse_prompt
from assistant.generation.ways import Ways
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.settings import Settings
from assistant.types import Claims

LEXICON = Lexicon.load()
BOOK = PromptBook.load(default_folder("prompts"))
OLD, NEW, CHINESE = BOOK.get("blurb.en", "1"), BOOK.get("blurb.en", "2"), BOOK.get("blurb.zh", "2")
PRODUCTS = {p.sku: p for p in (BOOTS, PHONE)}
RAIN = PromptCase("rain", "en", "boots for rain", "B1", checks=Checks((("waterproof",),), ("silk",), max_words=60))
ROCK = PromptCase("rock", "en", "boots for loose stone", "B1", checks=Checks((("ankle",),)))
ZH = PromptCase("zh", "zh", "拍照清楚的手机", "P1", checks=Checks((("室内",),)))
GOOD = (
    "{name} is waterproof and made of leather, so it suits rain. It costs {price}, and a high collar holds the ankle."
)
WARM = GOOD.replace(", so it suits rain", " for rain")
FALSE = "{name} is waterproof and made of pure silk. It costs {price}."


class ByPrompt:
    """Writes what it was told to for a prompt that holds a text; notes the seeds."""

    def __init__(self, **texts: str | Sequence[str]) -> None:
        self.texts = texts
        self.seeds: list[int | None] = []
        self.fails = False

    @property
    def name(self) -> str:
        return "by-prompt"

    def prepare(self, prefix: str) -> None:
        pass

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        if self.fails:
            raise GenerationError("the generator 'by-prompt' failed: told to")
        self.seeds.append(seed)
        which = "zh" if "店员" in prompt else "new" if "Style:" in prompt else "old"
        text = self.texts[which]
        chosen = text if isinstance(text, str) else text[(seed or 0) % len(text)]
        stream = TextStream(cut_at(iter([chosen]), stop))
        stream.count(7)
        return stream


def suite(generator: ByPrompt, book: PromptBook = BOOK) -> PromptSuite:
    return PromptSuite(generator, book, LEXICON, product=PRODUCTS.get, patience=60)


def test_versions_meet_on_the_same_products_in_turns() -> None:
    runs = plan([RAIN, ROCK, ZH], [OLD, NEW, CHINESE], k=3)
    told = [(r.case.id, r.prompt.version, r.prompt.language) for r in runs]
    assert told == [
        ("rain", "1", "en"),
        ("rain", "2", "en"),
        ("rock", "2", "en"),
        ("rock", "1", "en"),
        ("zh", "2", "zh"),
    ]
    results = list(suite(ByPrompt(old=FALSE, new=GOOD, zh="{name}室内拍照清楚。售价{price}。")).run(runs))
    assert [r.sku for r in results] == ["B1"] * 4 + ["P1"]
    assert all(r.once for r in results)
    new, old = outcomes(results, NEW.identity), outcomes(results, OLD.identity)
    assert new["rain"].passed
    assert new["rock"].passed
    assert old["rain"].results[0].unsupported_before >= 1
    assert old["rain"].results[0].claims.unsupported == 0, "what the check took out is not shown"
    assert not old["rock"].passed or "ankle" in old["rock"].results[0].text
    assert "silk" not in old["rain"].results[0].text


def hot(version: str = "2") -> tuple[PromptBook, str]:
    """The book with a version that decodes by chance."""
    raw = BOOK.get("blurb.en", version).path.read_text().replace("temperature: 0", "temperature: 0.7")
    prompt = parse_prompt(raw.encode(), Path("blurb.en/hot.yaml"))
    every = [p for t in BOOK.tasks() for p in BOOK.versions(t)]
    return PromptBook([*every, prompt], {"production": {"blurb.en": "1", "blurb.zh": "1"}}), prompt.identity


def test_chance_is_run_k_times_with_k_seeds_and_all_must_pass() -> None:
    book, identity = hot()
    prompt = book.get("blurb.en", "hot")
    generator = ByPrompt(new=[GOOD, WARM, GOOD, "{name} has red laces. It costs {price}."])
    runs = plan([RAIN], [prompt], k=3, seed=4)
    results = list(suite(generator, book).run(runs))
    assert generator.seeds == [4, 5, 6]
    assert not any(r.once for r in results)
    assert outcomes(results, identity)["rain"].passed
    assert results[0].text != results[1].text
    worse = list(suite(generator, book).run(plan([ROCK], [prompt], k=3, seed=5)))
    assert [r.passed for r in worse][:2] == [True, True]
    figures = prompt_figures(worse, [identity], k=3)
    assert (figures["cases"], figures["runs"]) == (1, 3)
    assert figures["pass_k"] == float(all(r.passed for r in worse))
    assert not figures["deterministic"]
    assert complete(worse, identity, ["rock"], k=3)
    assert not complete(worse[:2], identity, ["rock"], k=3)
    assert not complete(worse, identity, ["rock", "rain"], k=3)


def test_a_failing_backend_is_a_result_and_is_tried_again() -> None:
    generator = ByPrompt(old=GOOD, new=GOOD)
    generator.fails = True
    runs = plan([RAIN], [NEW])
    (failed,) = suite(generator).run(runs)
    assert failed.error == "the generator 'by-prompt' failed: told to"
    assert not failed.passed
    figures = prompt_figures([failed], [NEW.identity], k=3)
    assert (figures["errors"], figures["pass_k"], figures["ms_p50"]) == (1, 0.0, 0.0)
    generator.fails = False
    (mended,) = suite(generator).run(runs, known={failed.key: failed})
    assert mended.passed
    assert mended.key == failed.key


def test_what_is_known_is_not_run_again_unless_something_changed() -> None:
    generator = ByPrompt(old=GOOD, new=GOOD)
    runs = plan([RAIN, ROCK], [NEW])
    known = {r.key: r for r in suite(generator).run(runs)}
    assert len(generator.seeds) == 2
    again = list(suite(generator).run(runs, known=known))
    assert len(generator.seeds) == 2
    assert {r.key: r for r in again} == known
    changed = [replace(RAIN, checks=Checks((("leather",),))), replace(ROCK, note="new note", tags=("x",))]
    list(suite(generator).run(plan(changed, [NEW]), known=known))
    assert len(generator.seeds) == 3, "a note changes nothing, a check does"
    list(suite(generator).run(plan([RAIN], [NEW], seed=99), known=known))
    assert len(generator.seeds) == 4


def test_a_sku_that_does_not_exist_and_a_task_without_suite_are_errors() -> None:
    with pytest.raises(PromptError, match="case x: the catalogue has no product 'NOPE'"):
        list(suite(ByPrompt()).run(plan([PromptCase("x", "en", "r", "NOPE")], [NEW])))
    with pytest.raises(PromptError, match="is a conversation, and there is no assistant"):
        list(suite(ByPrompt()).run(plan([PromptCase("x", "en", turns=("boots",))], [NEW])))
    other = replace(NEW, task="greeting")
    with pytest.raises(PromptError, match="there are suites for"):
        plan([RAIN], [other])


def result(case: str, prompt: str, passed: bool = True, **more: object) -> Result:
    base = Result(f"{case} {prompt}", case, "en", prompt, 13, True, text="a", ms=100.0, right_language=True, length=20)
    checks = {"language": None, "length": None if passed else "3 words, wanted at least 5"}
    return replace(base, checks=checks, **more)  # type: ignore[arg-type]


def test_figures_and_what_became_of_cases() -> None:
    rows = [
        *(result(c, "new", p) for c, p in (("a", True), ("b", False), ("c", True), ("d", False))),
        *(result(c, "old", p, ms=200.0) for c, p in (("a", True), ("b", True), ("c", False), ("d", False))),
    ]
    rows[0] = replace(rows[0], text="b", unsupported_before=2, claims=Claims(unsupported=1, repaired=1))
    figures = prompt_figures(rows, ["new"], k=3)
    assert figures["pass_k"] == 0.5
    assert figures["unsupported_before_per_100"] == 50.0
    assert figures["unsupported_shown"] == 1
    assert figures["failed_checks"] == {"length": 2}
    assert figures["ms_p50"] == 100.0
    assert versus(rows, "new", "old") == {
        "fixed": ["c"], "broken": ["b"], "pass": ["a"], "fail": ["d"], "same_text": ["b", "c", "d"],
    }  # fmt: skip
    table = figure_table({"new": figures, "old": prompt_figures(rows, ["old"], k=3)})
    assert len({line.count("|") for line in table}) == 1
    assert case_lines(rows, ["new", "old"])[1] == "b: new fails (length: 3 words, wanted at least 5) · old passes"


FINE = {
    "k": 3, "cases": 40, "pass_k": 0.6, "unsupported_before_per_100": 20.0, "unsupported_shown": 0,
    "right_language": 1.0, "ms_p50": 1000.0, "errors": 0, "stood_in": 0.1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fallen", "told"),
    [
        ({}, [], ""),
        ({"pass_k": 0.55}, [], ""),
        ({"pass_k": 0.5}, ["pass^3"], r"0.500 against 0.600, lower by 0.100 \(allowed: ≤ 0.050 lower\)"),
        (
            {"unsupported_before_per_100": 31.0},
            ["unsupported before the check"],
            "31.0 per 100 texts against 20.0, 11.0 more",
        ),
        ({"unsupported_shown": 1}, ["unsupported shown"], "1 unsupported claims shown"),
        ({"right_language": 0.97}, ["right language"], "0.970"),
        ({"ms_p50": 1300.0}, ["latency"], r"1.30 times \(allowed: ≤ 1.25 times\)"),
        ({"stood_in": 0.3}, ["texts of the model"], "in 0.300 against 0.100, 0.200 more"),
        ({"cases": 19}, ["cases"], "19 cases"),
        ({"errors": 1, "pass_k": 0.1}, ["errors", "pass^3"], "1 failed runs"),
    ],
)
def test_each_gate_falls_alone_and_says_by_how_much(change: dict[str, object], fallen: list[str], told: str) -> None:
    judged = judge_version(Gates(), {**FINE, **change}, FINE)
    assert [j.gate for j in judged if not j.stands] == fallen
    if fallen:
        first = next(j.told for j in judged if not j.stands)
        assert re.search(told, first)


def test_without_a_version_in_use_only_the_absolute_bounds_count() -> None:
    judged = judge_version(Gates(), {**FINE, "pass_k": 0.0}, None)
    assert all(j.stands for j in judged)
    assert [j.gate for j in judged] == ["cases", "errors", "unsupported shown", "right language"]


def test_gates_are_read_strictly_and_the_edited_ones_win(tmp_path: Path) -> None:
    shipped = default_folder("prompts")
    assert read_gates([shipped], "production") == Gates()
    assert read_gates([shipped], "staging") is None
    mine = tmp_path / "gates.yaml"
    mine.write_text("staging:\n  pass_drop: 0.2\n  min_cases: 5\n")
    assert read_gates([shipped, tmp_path], "staging") == Gates(min_cases=5, pass_drop=0.2)
    assert read_gates([shipped, tmp_path], "production") == Gates(), "a label that mine does not name keeps its gates"
    for text, reason in (
        ("production:\n  speed: 1\n", "line 2: speed: unknown key"),
        ("production:\n  min_cases: 1.5\n", "line 2: production.min_cases: wanted a whole number"),
        ("production: 3\n", "line 1: production: wanted bounds"),
        ("production:\n  pass_drop: -1\n", "wanted a number from 0"),
    ):
        mine.write_text(text)
        with pytest.raises(PromptError, match=reason):
            read_gates([tmp_path], "production")


def test_results_are_kept_as_they_come_and_a_torn_line_costs_one_run(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "r.jsonl"
    generator = ByPrompt(old=GOOD, new=GOOD)
    runs = plan([RAIN, ROCK], [OLD, NEW])
    with ResultsFile(path) as file:
        for number, one in enumerate(suite(generator).run(runs, known=file.known)):
            file.add(one)
            if number == 2:
                break
    assert len(read_results(path)) == 3
    path.write_bytes(path.read_bytes()[: path.read_bytes().rindex(b"}") - 20])
    assert len(read_results(path)) == 2
    before = len(generator.seeds)
    with ResultsFile(path) as file:
        whole = list(suite(generator).run(runs, known=file.known))
        for one in whole:
            file.add(one)
    assert len(generator.seeds) == before + 2
    assert {r.key for r in read_results(path)} == {r.key for r in whole}
    found, missing = known_results(read_results(path), runs, model="by-prompt")
    assert (len(found), missing) == (4, ())
    assert len(known_results(read_results(path), runs, model="another")[1]) == 4
    path.write_text('{"id": 1}\n')
    with pytest.raises(PromptError, match="line 1: not a result"):
        read_results(path)


def test_a_result_survives_its_file() -> None:
    (one,) = suite(ByPrompt(new=GOOD)).run(plan([RAIN], [NEW]))
    back = Result.from_dict(json.loads(json.dumps(one.to_dict())))
    assert (back.key, back.text, back.raw, back.claims, back.checks) == (
        one.key,
        one.text,
        one.raw,
        one.claims,
        one.checks,
    )
    assert back.passed


def test_a_model_that_falls_silent_is_seen_though_every_check_passes() -> None:
    (silent, spoken) = suite(ByPrompt(old="", new=GOOD)).run(plan([replace(RAIN, checks=Checks())], [OLD, NEW]))
    assert silent.passed
    assert silent.text
    assert silent.stood_in
    assert not spoken.stood_in
    assert prompt_figures([silent, spoken], [OLD.identity], k=3)["stood_in"] == 1.0
    judged, _ = judge_pair(Gates(min_cases=1, latency_ratio=1e9), [silent, spoken], Pair(OLD, NEW), k=3)
    assert [j.gate for j in judged if not j.stands] == ["texts of the model"]


def test_pages_and_tables_escape_what_people_wrote(tmp_path: Path) -> None:
    nasty = replace(RAIN, id="=cmd()", request="<script>alert(1)</script> boots for rain")
    results = list(suite(ByPrompt(old=FALSE, new=GOOD)).run(plan([nasty], [OLD, NEW])))
    pair = Pair(NEW, OLD)
    figures = suite_figures(results, [pair], k=3)
    page, table = tmp_path / "p.html", tmp_path / "t.csv"
    write_suite_page(page, results, figures["versions"], [(NEW.identity, OLD.identity)], notes=suite_notes([pair], k=3))
    html = page.read_text()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert NEW.identity in html
    assert "counts for all 3 runs" in html
    write_results_table(table, results)
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert all(line.startswith("'=cmd()") for line in lines[1:])
    judged, evidence = judge_pair(Gates(min_cases=1, latency_ratio=1e6), results, pair, k=3)
    assert all(j.stands for j in judged)
    assert evidence["baseline"]["prompt"] == OLD.identity
    assert json.loads(json.dumps(figures))["versus"][NEW.identity]


def test_a_preview_is_what_the_generator_gets() -> None:
    generator = ByPrompt(old=GOOD, new=GOOD)
    prompts: list[str] = []
    stream = generator.stream

    def spy(prompt: str, **more: object) -> TextStream:
        prompts.append(prompt)
        return stream(prompt, **more)  # type: ignore[arg-type]

    generator.stream = spy  # type: ignore[method-assign]
    for prompt in (OLD, NEW):
        list(suite(generator).run(plan([RAIN], [prompt])))
        made = render_prompt(prompt, BOOK, LEXICON, BOOTS, RAIN.request)
        assert made.text == prompts[-1]
        assert made.text.endswith(made.lead)
        assert made.slots["price"] == "$149.00"
        assert made.messages[0].role == "user"
    with pytest.raises(PromptError, match="cannot be rendered"):
        render_prompt(replace(NEW, task="greeting"), BOOK, LEXICON, BOOTS, "x")


def test_a_generator_on_a_server_is_its_own_model_without_our_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSISTANT_GENERATOR_ADAPTER", raising=False)
    there = Settings(generator="big", generator_url="http://ana:secret@host:8000/v1")
    assert versions_in_use(there) == {}
    name = model_name(there)
    assert name.startswith("big at host:8000/v1 code ")
    assert "secret" not in name
    assert model_name(Settings(generator="big", generator_url="http://other:8000/v1")) != name


def test_sentences_are_handed_on_as_they_come_and_can_be_stopped() -> None:
    made = suite(ByPrompt(new=GOOD))
    (run,) = plan([RAIN], [NEW], k=1)
    heard: list[str] = []
    result = made.one(run, told=heard.append)
    assert len(heard) > 1
    assert result.text == " ".join(heard)
    assert made.one(run, stopped=lambda: True).text == ""
    assert made.about(RAIN)[1] == RAIN.request
