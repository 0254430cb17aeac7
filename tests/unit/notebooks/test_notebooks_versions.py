"""Two versions of a prompt, shown: figures of the suite, differences first, and a verdict that a slice never gives."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.evaluation.prompt_cases import PromptCase
from assistant.evaluation.prompt_gates import Gates
from assistant.evaluation.prompt_runs import Pair, judge_pair, suite_figures, suite_notes
from assistant.evaluation.prompt_suite import Result
from assistant.generation import PromptBook
from assistant.notebooks import versions
from assistant.notebooks.versions import Comparison
from assistant.resources import default_folder
from assistant.types import Claims

BOOK = PromptBook.load(default_folder("prompts"))
OLD, NEW = BOOK.get("blurb.en", "1"), BOOK.get("blurb.en", "2")
PAIR = Pair(NEW, OLD)
CASES = tuple(PromptCase(f"case-{n}", "en", f"wish {n}", f"SKU-{n}") for n in range(4))
BROKEN, FIXED = "case-1", "case-2"


def result(case: str, prompt: str, passed: bool, text: str) -> Result:
    return Result(
        key=f"{case}{prompt}",
        case=case,
        language="en",
        prompt=prompt,
        seed=13,
        once=True,
        request="<b>a wish</b>",
        sku="S",
        text=text,
        raw=(text,),
        checks={"length": None if passed else "4 words, wanted at least 20"},
        unsupported_before=0 if passed else 2,
        claims=Claims(3),
        right_language=True,
        length=20,
        tokens=30,
        first_token=50.0,
        ms=900.0,
    )


def comparison(*, of: int = 4, gates: Gates | None = None) -> Comparison:
    results = []
    for case in CASES:
        results.append(result(case.id, NEW.identity, case.id != BROKEN, f"new text of {case.id}"))
        same = case.id == "case-0"
        text = f"{'new' if same else 'old'} text of {case.id}"
        results.append(result(case.id, OLD.identity, case.id != FIXED, text))
    judged = {NEW.identity: judge_pair(gates or Gates(min_cases=4), results, PAIR, k=3)[0]}
    figures = suite_figures(results, [PAIR], k=3)
    return Comparison((PAIR,), CASES, of, 3, tuple(results), figures, judged, tuple(suite_notes([PAIR], k=3)))


def cells(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.S)
    return [
        [re.sub(r"<[^>]+>", " ", c).strip() for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows
    ][1:]


def test_both_versions_stand_side_by_side_with_the_figures_of_the_suite() -> None:
    found = comparison()
    html = versions.figures(found)._repr_html_()
    assert html.index("blurb.en/2 (candidate)") < html.index("blurb.en/1")
    rows = {row[0]: row[1:] for row in cells(html)}
    assert rows["cases"] == ["4", "4"]
    assert [v[:2] for v in rows["pass^3: cases passed in all runs"]] == ["75", "75"]
    assert rows["unsupported claims per 100 texts, before the check"] == ["50.0", "50.0"]
    assert rows["length, mean"] == ["20 words", "20 words"]
    assert "8 texts were written for 4 of 4 cases by 2 versions; 0 could not be written." in str(
        versions.summary(found)
    )


def test_cases_that_came_to_another_end_come_first() -> None:
    found = comparison()
    rows = cells(versions.texts(found, 2)._repr_html_())
    assert {row[0].split()[-3] for row in rows} == {BROKEN, FIXED}
    assert "wanted at least 20" in rows[0][1] + rows[0][2]
    assert "<b>a wish" not in versions.texts(found)._repr_html_()
    (row,) = cells(versions.changed(found)._repr_html_())
    assert row[1:] == [f"1: {FIXED}", f"1: {BROKEN}", "none", "1"]
    assert "blurb.en/2: 3 of 4 cases pass; blurb.en/1: 3 of 4 cases pass" in versions.grid(found).alt
    assert "blurb.en/2 (candidate): passed 75" in versions.charts(found).alt


def test_versions_and_their_differing_lines_are_shown() -> None:
    found = comparison()
    rows = cells(versions.contestants(found)._repr_html_())
    assert [row[:2] for row in rows] == [["blurb.en/2", "candidate"], ["blurb.en/1", "in use"]]
    assert [row[-1] for row in rows] == ["1", "1"], "at temperature 0 one run counts for all"
    assert "From blurb.en/1 to blurb.en/2" in str(versions.changes(PAIR))
    assert "held against nothing" in str(versions.changes(Pair(NEW, None)))


def test_a_verdict_names_fallen_gates_or_the_command() -> None:
    good = comparison()
    assert "assistant prompts promote blurb.en 2" in str(versions.verdict(good))
    assert "falls" not in str(versions.gates(good))
    bad = comparison(gates=Gates(min_cases=20))
    assert "Fallen: cases. Do not promote" in str(versions.verdict(bad))
    assert "falls" in str(versions.gates(bad))
    assert "assistant prompts promote" not in str(versions.verdict(bad))


def test_a_slice_says_that_it_decides_nothing() -> None:
    assert "Only 4 of 80 cases were run" in str(versions.verdict(comparison(of=80)))
    assert "Only" not in str(versions.verdict(comparison()))


def test_a_text_that_could_not_be_written_is_told() -> None:
    found = comparison()
    broken = replace(found.results[0], error="the model failed", text="", raw=())
    found = replace(found, results=(broken, *found.results[1:]))
    assert "the model failed" in str(versions.texts(found))
    assert "1 could not be written" in str(versions.summary(found))
