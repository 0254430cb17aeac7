"""The lab's words in both languages, its parts as HTML, and what a page may say of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from lab_bench import Scribe, bench_of

from assistant.evaluation.prompt_gates import Gates, Judgement, judge_version
from assistant.evaluation.prompt_origins import erase_forgotten
from assistant.lab import Lab
from assistant.lab.editing import check_draft
from assistant.lab.runs import FAILED, Progress
from assistant.lab.told import CODES, OTHER, Told
from assistant.lab.trying import Tried
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.runs import Cell, Run
from assistant.ui.lab_acts import LabActs
from assistant.ui.lab_charts import charts_of
from assistant.ui.lab_view import TABS, Here, LabView, duration, lab_words, told_gate
from assistant.ui.words_console_en import EN as CONSOLE_EN
from assistant.ui.words_console_zh import ZH as CONSOLE_ZH
from assistant.ui.words_lab_en import EN_LAB
from assistant.ui.words_lab_zh import ZH_LAB

CONSOLE = {"en": CONSOLE_EN, "zh": CONSOLE_ZH}
EVIL = '<img src=x onerror="window.broken=1"><script>x</script>\'"&'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder: Path = tmp_path_factory.mktemp("lab")
    return Lab(bench_of(folder, Database(f"sqlite:///{folder / 'lab.sqlite'}"), Scribe()))


def blanks(text: str) -> set[str]:
    return {name or "{}" for _, name, _, _ in Formatter().parse(text) if name is not None} - {"0", "1"}


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    for one in fields(EN_LAB):
        english, chinese = getattr(EN_LAB, one.name), getattr(ZH_LAB, one.name)
        if isinstance(english, Mapping):
            assert set(english) == set(chinese), one.name
        for key in english if isinstance(english, Mapping) else (None,):
            a, b = (english, chinese) if key is None else (english[key], chinese[key])
            assert a.strip(), (one.name, key)
            assert b.strip(), (one.name, key)
            if "{{" not in a and one.name != "some_gates":
                assert blanks(a) == blanks(b), (one.name, key)


def test_every_code_has_words() -> None:
    assert set(EN_LAB.told) == set(CODES)
    for w in (EN_LAB, ZH_LAB):
        assert w.say(Told(OTHER, {"text": "{odd} words"})) == "{odd} words"
        assert "…" in w.say(Told("not_yaml")), "a detail that is missing does not break the page"
    assert ZH_LAB.say(Told("wrote_other", {"language": "zh"})) == "AI 写的不是中文"


def figures(**other: Any) -> dict[str, Any]:
    usual = {
        "k": 3, "cases": 80, "errors": 0, "unsupported_shown": 0, "right_language": 1.0, "pass_k": 0.7,
        "unsupported_before_per_100": 20.0, "stood_in": 0.1, "ms_p50": 1500.0,
    }  # fmt: skip
    return {**usual, **other}


def test_every_gate_is_told_in_words_a_person_reads() -> None:
    judged = judge_version(Gates(), figures(pass_k=0.61, ms_p50=3300.0), figures())
    for w in (EN_LAB, ZH_LAB):
        lines = [told_gate(j, w) for j in judged]
        assert len(set(lines)) == len(lines) == 8
        assert not any(j.told == line for j, line in zip(judged, lines, strict=True))
    passed = next(j for j in judged if j.gate == "pass^3")
    assert told_gate(passed, EN_LAB).startswith("Cases passed: 61 %, 70 % with the version in use. It may be at most 5")
    slow = next(j for j in judged if j.gate == "latency")
    assert "3.3 s, 1.5 s" in told_gate(slow, EN_LAB)
    odd = Judgement("new gate", True, "new gate: 1")
    assert told_gate(odd, EN_LAB) == "new gate: 1"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_section_is_made_of_words_of_its_language(lab: Lab, language: str) -> None:
    view = LabView(lab)
    for tab in TABS:
        here = view.settle(Here.read({"tab": tab, "language": language}))
        assert here.task == f"blurb.{language}", "people begin with their own language"
        html = view.main(here) + view.side(here, "ana")
        assert f'lang="{language}"' in html
        assert lab_words(language).leads[tab].replace("'", "&#39;") in html
        assert not re.search(r"\son\w+=|javascript:|https?://", html)


def test_what_people_wrote_is_never_markup(lab: Lab) -> None:
    view = LabView(lab)
    here = view.settle(Here())
    case = lab.cases.add("blurb.en", request=EVIL, note=EVIL)
    assert not isinstance(case, Told)
    run = Run(
        "r1", "blurb.en", EVIL, EVIL, "failed",
        {"versions": ["blurb.en/2@x", "blurb.en/1@y"], "cases": [case.id], "k": 1, "seed": 13, "model": "m"},
        2, EVIL, datetime.now(UTC), None,
    )  # fmt: skip
    stored = lab.runs.store.begin(run.task, run.setup, 2, author="ana", note=EVIL)
    result = {
        "key": "k", "case": case.id, "language": "en", "prompt": "blurb.en/2@x", "seed": 13, "once": True, "digest": "",
        "model": "m", "passed": False, "request": EVIL, "sku": EVIL, "text": EVIL, "raw": [],
        "checks": {"length": EVIL},
        "unsupported_before": 0, "claims": {"checked": 0, "repaired": 0, "replaced": 0, "unsupported": 0},
        "right_language": True, "length": 1, "tokens": 1, "first_token": None, "ms": 1.0, "error": None,
    }  # fmt: skip
    lab.runs.store.add(stored.id, [Cell(case.id, "blurb.en/2@x", EVIL, False, result)])
    lab.runs.store.mark(stored.id, case.id, "blurb.en/2@x", 1, author="ana", comment=EVIL)
    lab.runs.store.end(stored.id, error=EVIL)
    store = ConversationStore(lab.bench.database)
    store.save_turn("evil", {}, EVIL, {"intent": EVIL, "language": "en"})
    at_run = Here(tab="compare", task="blurb.en", run=stored.id)
    draft = check_draft("blurb.en", f"{EVIL}: 1\n")
    seen = lab.runs.store.get(stored.id)
    assert seen is not None
    acts = LabActs(lab, view)
    sheets = [
        acts.do("turns", {"text": EVIL}, here, "ana").panel,
        acts.do("add", {"said": EVIL, "sku": EVIL, "must": EVIL, "note": EVIL}, here, "ana").panel,
        acts.do("comment", {"case": case.id, "of": "blurb.en/2@x"}, at_run, "ana").panel,
    ]
    parts = [
        view.main(Here(tab="cases", task="blurb.en")),
        view.main(Here(tab="compare", task="blurb.en")),
        view.main(at_run),
        view.grid(at_run, "ana"),
        view.progress(at_run, Progress(seen, 1, None)),
        view.checked(here, draft, None, (), ("1", EVIL)),
        view.tried(here, Tried((EVIL,), problem=Told(OTHER, {"text": EVIL})), EVIL),
        view.told(here, EVIL, file=(EVIL, EVIL, EVIL)),
        *(sheet or "" for sheet in sheets),
    ]
    for part in parts:
        assert "&lt;img" in part
        assert "<img" not in part
        assert "<script" not in part


def test_a_run_that_failed_and_an_intent_are_told_in_the_readers_words(lab: Lab) -> None:
    view = LabView(lab)
    setup = {"versions": ["blurb.en/2@x"], "cases": [], "k": 1, "seed": 13, "model": "m"}
    stored = lab.runs.store.begin("blurb.en", setup, 2, author="ana")
    lab.runs.store.end(stored.id, error=FAILED)
    seen = lab.runs.store.get(stored.id)
    assert seen is not None
    ConversationStore(lab.bench.database).save_turn("t", {}, "boots", {"intent": "product_search", "language": "en"})
    for language, failed in (("en", "failed unexpectedly"), ("zh", "意外失败")):
        here = Here(language=language, tab="compare", task="blurb.en", run=stored.id)  # type: ignore[arg-type]
        html = view.progress(here, Progress(seen, 0, None))
        assert failed in html
        assert "log says why" not in html
        sheet = LabActs(lab, view).do("turns", {"text": "boots"}, here, "ana").panel or ""
        assert f"· {CONSOLE[language].intents['product_search']}" in sheet
        assert ">product search<" not in sheet


def test_a_case_of_a_conversation_remembers_it_and_goes_with_it(lab: Lab) -> None:
    talk, acts = ConversationStore(lab.bench.database), LabActs(lab, LabView(lab))
    talk.save_turn("leaving", {}, "boots for Rose Lane 7", {"intent": "product_search", "language": "en"})
    here = Here(task="blurb.en")
    sheet = acts.do("case", {"conversation": "leaving", "number": "1"}, here, "ana").panel or ""
    assert '<input type="hidden" name="conversation" value="leaving">' in sheet
    acts.do("add", {"said": "boots for Rose Lane 7", "conversation": "leaving"}, here, "ana")
    assert any("Rose Lane" in c.request for c in lab.cases.all("blurb.en"))
    talk.forget("leaving")
    erase_forgotten(lab.bench.database)
    assert not any("Rose Lane" in c.request for c in lab.cases.all("blurb.en"))


def test_what_a_page_says_of_itself_is_not_trusted(lab: Lab) -> None:
    assert Here.read(None) == Here()
    odd = Here.read(
        {"tab": "x", "language": 3, "filter": [], "shown": "9", "task": 5, "version": None, "run": "r" * 99}
    )
    assert odd == Here(task="5", run="r" * 32)
    assert Here.read({"shown": 10**9}).shown == 1000
    view = LabView(lab)
    assert view.settle(Here(task="../x", version="../../etc")).version == "1"
    acts = LabActs(lab, view)
    here = view.settle(Here())
    assert acts.do("no such act", {}, here, "ana").panel is None
    assert acts.do("judge", {"label": "../x"}, here, "ana").panel is not None
    assert acts.do("import", {"data": "%%%"}, here, "ana").panel is not None
    too_large = acts.do("import", {"data": "QUJD" * 200_000}, here, "ana")
    assert (too_large.good, too_large.told) == (False, EN_LAB.too_large)


def test_charts_tell_the_figures_of_the_table() -> None:
    rows = {
        "a": {"pass_k": 0.5, "pass_k_interval": (0.2, 0.8), "ms_p50": 1000.0, "ms_p95": 2000.0, "length": {"en": 20.0}},
        "b": {"pass_k": 1.0, "pass_k_interval": (0.6, 1.0), "ms_p50": 500.0, "ms_p95": 500.0, "length": {"en": 40.0}},
    }
    quality, latency, length = charts_of(rows, "b", {"share": "{} %", "seconds": "{} s", "length": "{} words"})
    assert [(b.length, b.low, b.high, b.told, b.leads) for b in quality.bars] == [
        (50.0, 20.0, 80.0, "50 %", False),
        (100.0, 60.0, 100.0, "100 %", True),
    ]
    assert [b.told for b in latency.bars] == ["1.0 s", "0.5 s"]
    assert latency.bars[0].high <= 100
    assert latency.bars[0].length == pytest.approx(2 * latency.bars[1].length, abs=0.02)
    assert [b.told for b in length.bars] == ["20 words", "40 words"]
    assert charts_of({}, "b", {}) == ()


def test_durations_are_said_as_people_say_them() -> None:
    assert [duration(s, EN_LAB) for s in (0.42, 12.3, 89, 200)] == ["0.4 s", "12 s", "89 s", "3 min"]
