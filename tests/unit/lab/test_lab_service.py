"""The lab's service over real prompts, cases and SQLite, and a scripted generator."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from lab_bench import FALSE, GOOD, PLAIN, Scribe, bench_of

from assistant.errors import PromptError, StoreError
from assistant.generation.prompts import Prompt, read_history
from assistant.lab import Lab
from assistant.lab.cases import Imported
from assistant.lab.editing import Preview, Problem, check_draft, compare, signed
from assistant.lab.grid import FILTERS, changes_of, figures_of, kept, rows_of
from assistant.lab.runs import FAILED, INTERRUPTED, SILENT
from assistant.lab.told import CODES, Told, told_of
from assistant.lexicon import Lexicon
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.runs import RunStore

TASK = "blurb.en"
LEXICON = Lexicon.load()


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


@pytest.fixture
def lab(tmp_path: Path, scribe: Scribe) -> Iterator[Lab]:
    database = Database(f"sqlite:///{tmp_path / 'lab.sqlite'}")
    lab = Lab(bench_of(tmp_path, database, scribe, lexicon=LEXICON))
    yield lab
    lab.close()
    database.close()


def finished(lab: Lab, candidate: str = "2", baseline: str | None = "1", **how: object) -> str:
    run = lab.runs.start(TASK, candidate, baseline, author="ana", **how)  # type: ignore[arg-type]
    assert lab.runs.wait(run.id, seconds=120)
    return run.id


# -- drafts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "line", "code"),
    [
        (("Wish: {{ request }}", "Wish: {{ wish }}"), 24, "undeclared"),
        (("variables: [facts, request, opening]", "variables: [facts, request, opening, mood]"), 6, "unused"),
        (("max_tokens: 56", "max_tokens: many"), 8, "wanted"),
        (("author: the project", "autor: the project"), 4, "unknown_key"),
        (("language: en", "language: fr"), 5, "wanted"),
        (("temperature: 0", "temperature: 0\n  temperature: 1"), 11, "twice"),
        (("Wish: {{ request }}", "Wish: {{ request"), 25, "template"),
        (("{{ facts }}", "{{ facts() }}"), 23, "forbidden"),
        (("stop: [", "stop: ["), None, None),
    ],
)
def test_what_is_wrong_with_a_draft_is_told_with_its_line(
    lab: Lab, change: tuple[str, str], line: int | None, code: str | None
) -> None:
    text = lab.versions.text(TASK, "1").replace(*change, 1)
    assert change[1] in text
    draft = lab.check(TASK, text)
    if code is None:
        assert draft.problem is None
        assert draft.prompt is not None
        return
    assert draft.problem is not None
    assert (draft.problem.line, draft.problem.told.code) == (line, code)
    assert isinstance(lab.versions.save(TASK, text, author="ana", note="x"), Problem)
    assert not (lab.bench.overlay / TASK).exists()


def test_a_preview_is_what_the_model_gets(lab: Lab) -> None:
    text = lab.versions.text(TASK, "2")
    made = lab.preview(TASK, text, "B1", "boots for rain")
    assert isinstance(made, Preview)
    assert "boots for rain" in made.text
    assert made.tokens == len(made.text.split())
    assert made.values["style"] == "plain"
    assert "price" in made.slots
    problem = lab.preview(TASK, text, "NONE", "boots")
    assert problem == Problem(0, Told("case_product", {"key": "NONE"}))


def test_a_variable_nobody_fills_is_a_problem_of_the_preview(lab: Lab) -> None:
    text = (
        lab.versions.text(TASK, "1")
        .replace("opening]", "opening, mood]")
        .replace("Wish: {{ request", "{{ mood }} {{ request")
    )
    made = lab.preview(TASK, text, "B1", "boots")
    assert isinstance(made, Problem)
    assert made.told.code == "no_values"
    assert made.told.details["name"] == "mood"


def test_a_save_is_signed_and_never_changes_again(lab: Lab) -> None:
    text = lab.versions.text(TASK, "2").replace("A shop assistant answers", "A kind shop assistant answers")
    saved = lab.versions.save(TASK, text, author='Ana "the pen"', note="kinder: 更亲切 #1")
    assert isinstance(saved, Prompt)
    assert (saved.version, saved.author, saved.note) == ("own-1", 'Ana "the pen"', "kinder: 更亲切 #1")
    again = lab.versions.save(TASK, text, author="bo", note="once more")
    assert isinstance(again, Prompt)
    assert again.version == "own-2"
    assert lab.versions.find(TASK, "own-1").author == 'Ana "the pen"'
    file = lab.bench.overlay / TASK / "own-1.yaml"
    file.write_text(file.read_text().replace("kind", "unkind"))
    with pytest.raises(PromptError, match="has changed"):
        lab.versions.all(TASK)


@pytest.mark.parametrize(
    "text",
    [
        "description: a\nauthor: x\nlanguage: en\nnote: >-\n  long\n  note\n\n# kept\ntext: hello\n",
        "description: a\nlanguage: en\nauthor: >-\n  x\n  y\n# kept\ntext: hello",
        "description: a\ntext: |-\n  author: not this\n# kept\nlanguage: en\n",
    ],
)
def test_signing_changes_author_and_note_alone(text: str) -> None:
    before, after = yaml.safe_load(text), yaml.safe_load(signed(text, author="ana", note="why"))
    assert after == {**before, "author": "ana", "note": "why"}
    assert "# kept" in signed(text, author="ana", note="why")


def test_a_comparison_shows_what_changed_with_numbers() -> None:
    old = "\n".join(f"line {n}" for n in range(20))
    new = old.replace("line 3", "line three").replace("line 15\n", "")
    lines = compare(old, new)
    assert [(x.kind, x.text, x.before, x.after) for x in lines if x.kind in ("added", "removed")] == [
        ("removed", "line 3", 4, None),
        ("added", "line three", None, 4),
        ("removed", "line 15", 16, None),
    ]
    assert sum(x.kind == "gap" for x in lines) == 1
    assert compare(old, old) == ()


def test_too_long_a_draft_is_not_read() -> None:
    draft = check_draft(TASK, "x" * 50_000)
    assert draft.problem is not None
    assert draft.problem.told.code == "too_long"


# -- labels and gates -------------------------------------------------------------------------------------------------


def test_a_label_moves_only_when_its_gates_stand_on_real_runs(lab: Lab, scribe: Scribe) -> None:
    verdict = lab.versions.judge(TASK, "2", "production")
    assert (verdict.missing, verdict.total, verdict.allowed, verdict.baseline) == (10, 10, False, "1")
    assert lab.versions.move(TASK, "2", "production", who="ana") == verdict
    assert read_history(lab.bench.overlay) == ()
    finished(lab)
    verdict = lab.versions.move(TASK, "2", "production", who="ana", why="says it is waterproof")
    assert verdict.allowed
    assert [v.name for v in lab.versions.all(TASK) if v.in_use] == ["2"]
    (move,) = lab.versions.history(TASK)
    assert (move.who, move.after, move.why, move.forced) == ("ana", "2", "says it is waterproof", None)
    assert move.evidence is not None
    assert lab.versions.judge(TASK, "2", "production").already
    back = lab.versions.back(TASK, "production", who="bo")
    assert back.after is None
    assert [v.name for v in lab.versions.all(TASK) if v.in_use] == ["1"]


def test_a_gate_that_falls_keeps_the_label_unless_there_is_a_reason(lab: Lab, scribe: Scribe) -> None:
    scribe.new, scribe.old = FALSE, GOOD
    finished(lab)
    verdict = lab.versions.move(TASK, "2", "production", who="ana")
    fallen = {j.gate: (j.value, j.base) for j in verdict.judged if not j.stands}
    assert not verdict.allowed
    assert "unsupported before the check" in fallen
    value, base = fallen["unsupported before the check"]
    assert value >= 100
    assert base == 0
    assert [v.name for v in lab.versions.all(TASK) if v.in_use] == ["1"]
    lab.versions.move(TASK, "2", "production", who="ana", forced="the campaign needs it")
    (move,) = lab.versions.history(TASK)
    assert move.forced == "the campaign needs it"
    assert [v.name for v in lab.versions.all(TASK) if v.in_use] == ["2"]


def test_a_label_without_gates_moves_freely(lab: Lab) -> None:
    verdict = lab.versions.move(TASK, "1", "staging", who="ana")
    assert verdict.free
    assert lab.versions.find(TASK, "staging").version == "1"


# -- cases ------------------------------------------------------------------------------------------------------------


def test_a_table_is_taken_whole_or_not_at_all(lab: Lab) -> None:
    table = "id,language,sku,request,max_words,surprise\n"
    bad = lab.cases.take(
        TASK, (table + "a,fr,B1,boots,,\nb,en,B1,boots,many,\nc,en,,,,\nrain-1,en,B1,boots,,\nd,en,X9,b,,\n").encode()
    )
    assert [(b.line, b.told.code) for b in bad.bad] == [
        (2, "case_language"),
        (3, "case_number"),
        (4, "case_missing"),
        (0, "case_known"),
        (0, "case_product"),
    ]
    assert lab.cases.take(TASK, b"").bad[0].told.code == "no_case"
    assert lab.cases.take(TASK, (table + "e,en,B1,boots,,1\n").encode()).bad[0].told.code == "case_unknown"
    assert len(lab.cases.all(TASK)) == 5
    good = lab.cases.take(
        TASK, "id;language;sku;request;must_mention_any\n雨天徒步鞋;en;B1;boots;leather|真皮\n".encode("gb18030")
    )
    assert isinstance(good, Imported)
    assert [c.id for c in good.added] == ["雨天徒步鞋"]
    assert lab.cases.all(TASK)[-1].checks.must_mention_any == (("leather", "真皮"),)


def test_a_case_is_added_or_says_what_is_wrong(lab: Lab) -> None:
    case = lab.cases.add(TASK, request="boots", sku="B1", mention=[["leather"]], avoid=["wool"], most=40)
    assert not isinstance(case, Told)
    assert case.id == "lab-en-001"
    assert case.checks.max_words == 40
    talk = lab.cases.add(TASK, turns=["hello", "boots for rain"])
    assert not isinstance(talk, Told)
    assert talk.conversation == ("hello", "boots for rain")
    assert lab.cases.add(TASK, request="  ") == Told("case_missing", {"key": "request"})
    assert lab.cases.add(TASK, request="boots", sku="NO") == Told("case_product", {"key": "NO"})
    assert [c.id for c in lab.cases.all(TASK)][-2:] == ["lab-en-001", "lab-en-002"]


def test_production_turns_are_found_by_what_they_are(lab: Lab) -> None:
    store = ConversationStore(lab.bench.database)
    for conversation, language, messages in (
        ("c1", "en", ("hello", "boots 100% for rain")),
        ("c2", "zh", ("下雨穿的鞋",)),
        ("c3", "en", ("phones_x",)),
    ):
        for message in messages:
            intent = "product_search" if "o" in message and message != "hello" else "smalltalk"
            store.save_turn(conversation, {}, message, {"intent": intent, "language": language, "kind": "message"})
    store.save_turn("c1", {}, "", {"kind": "edit"})

    def said(**how: object) -> list[str]:
        return [t.message for t in lab.cases.turns(**how)]  # type: ignore[arg-type]

    assert said() == ["phones_x", "下雨穿的鞋", "boots 100% for rain", "hello"]
    assert said(language="zh") == ["下雨穿的鞋"]
    assert said(intent="product_search", text="BOOTS") == ["boots 100% for rain"]
    assert said(text="0%") == ["boots 100% for rain"], "a percent sign is a percent sign"
    assert said(text="s_x") == ["phones_x"]
    now = lab.bench.database.now()
    assert said(since=now + timedelta(hours=1)) == []
    assert said(until=now - timedelta(hours=1)) == []
    assert set(lab.cases.intents()) == {"product_search", "smalltalk"}
    assert lab.cases.conversation("c1", 2) == ("hello", "boots 100% for rain")
    assert lab.cases.conversation("c1", 9) == ()
    assert lab.cases.conversation("nobody", 1) == ()


# -- a message --------------------------------------------------------------------------------------------------------


def test_both_versions_write_about_what_the_search_found(lab: Lab) -> None:
    seen = list(lab.try_out(TASK, ["2", "1"], ["boots or shoes under 200"]))
    last = seen[-1]
    assert last.done
    assert last.sku == "B1"
    assert [s.version for s in last.sides] == ["2", "1"]
    assert all(s.result is not None and s.result.sku == "B1" for s in last.sides)
    assert "waterproof" in " ".join(last.sides[0].sentences)
    assert "silk" not in " ".join(last.sides[1].sentences)
    assert last.sides[1].result is not None
    assert last.sides[1].result.unsupported_before >= 1
    counts = [sum(len(s.sentences) for s in t.sides) for t in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) > 2, "sentences come one after the other"


def test_a_message_that_leads_nowhere_says_why(lab: Lab) -> None:
    assert list(lab.try_out(TASK, ["1"], ["hello there"]))[-1].problem == Told("no_product", {"action": "chat"})
    (empty,) = lab.try_out(TASK, ["1"], [" "])
    assert empty.problem == Told("case_missing", {"key": "request"})
    chinese = list(lab.try_out(TASK, ["1"], ["下雨穿的鞋"]))[-1]
    assert chinese.problem == Told("other_language", {"language": "zh", "wanted": "en"})
    assert list(lab.try_out(TASK, ["1"], ["x"], sku="NO"))[-1].problem == Told("case_product", {"key": "NO"})


def test_a_conversation_is_tried_to_its_end(lab: Lab) -> None:
    last = list(lab.try_out(TASK, ["2"], ["shoes under 200", "under 180"]))[-1]
    assert last.done
    assert last.sku == "B1"
    assert len(last.sides) == 1


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_is_a_grid_with_figures_and_filters(lab: Lab) -> None:
    run = lab.runs.store.get(finished(lab, note="first"))
    assert run is not None
    assert run.status == "finished"
    names = run.setup["versions"]
    results = lab.runs.results(run.id)
    rows = rows_of(results, names, viewer="ana")
    assert [r.case for r in rows] == [f"rain-{n}" for n in range(1, 6)]
    new, old = rows[0].cells
    assert new is not None
    assert old is not None
    assert new.passed
    assert old.removed >= 1
    assert old.unsupported == 0
    assert rows[0].differs
    counts = {one: len(kept(rows, one)) for one in FILTERS}
    assert counts["all"] == counts["different"] == 5
    assert counts["errors"] == 0
    assert counts["failures"] == sum(r.fails for r in rows)
    figures = figures_of(results, names, k=3)
    assert figures[names[0]]["pass_k"] == 1.0
    assert len(changes_of(results, names)["same_text"]) == 0
    progress = lab.runs.progress(run.id)
    assert progress is not None
    assert (progress.done, progress.run.total, progress.under_way) == (10, 10, False)


def test_a_run_is_cancelled_found_again_and_goes_on(lab: Lab, scribe: Scribe) -> None:
    gate = scribe.gates["autumn"] = threading.Event()
    run = lab.runs.start(TASK, "2", "1", author="ana")
    while (progress := lab.runs.progress(run.id)) is not None and progress.done < 4:
        assert lab.runs.wait(run.id, seconds=0.05) is False
    assert lab.runs.cancel(run.id)
    gate.set()
    assert lab.runs.wait(run.id, seconds=60)
    stopped = lab.runs.progress(run.id)
    assert stopped is not None
    assert stopped.run.status == "cancelled"
    assert 4 <= stopped.done < 10
    assert [p.run.id for p in lab.runs.all(TASK)] == [run.id]
    written = scribe.written
    again = lab.runs.again(run.id, author="bo")
    assert lab.runs.wait(again.id, seconds=60)
    assert scribe.written == written + 10 - stopped.done, "what was written before is taken over"
    done = lab.runs.progress(again.id)
    assert done is not None
    assert (done.done, done.run.status, done.run.author) == (10, "finished", "bo")


def test_a_run_whose_server_died_is_told_apart(tmp_path: Path, scribe: Scribe) -> None:
    database = Database(f"sqlite:///{tmp_path / 'lab.sqlite'}")
    bench = bench_of(tmp_path, database, scribe, lexicon=LEXICON)
    import socket

    store = RunStore(database)
    dead = store.begin(TASK, {"process": f"{socket.gethostname()}:999999999"}, 4, author="ana")
    elsewhere = store.begin(TASK, {"process": "another-machine:1"}, 4, author="ana")
    lab = Lab(bench)
    found = store.get(dead.id)
    assert found is not None
    assert (found.status, found.error) == ("failed", INTERRUPTED)
    other = store.get(elsewhere.id)
    assert other is not None
    assert other.status == "running"
    lab.close()
    database.close()


def test_a_run_that_no_process_owns_ends_after_a_silence_or_when_it_is_cancelled(
    tmp_path: Path, scribe: Scribe
) -> None:
    time = [datetime(2026, 3, 1, tzinfo=UTC)]
    database = Database(f"sqlite:///{tmp_path / 'lab.sqlite'}", clock=lambda: time[0])
    lab = Lab(bench_of(tmp_path, database, scribe, lexicon=LEXICON))
    store = RunStore(database)
    asked = {"process": "another-container:1"}
    one, two, three = (store.begin(TASK, asked, 4, author="ana") for _ in range(3))
    assert lab.runs.cancel(two.id)
    time[0] += SILENT / 2
    store.beat([three.id])
    time[0] += SILENT / 2 + timedelta(seconds=1)
    for run, status in ((one, "failed"), (two, "cancelled"), (three, "running")):
        progress = lab.runs.progress(run.id)
        assert progress is not None
        assert (progress.run.status, progress.run.error) == (status, INTERRUPTED if run is one else None)
    time[0] += SILENT
    assert lab.runs.cancel(three.id)
    ended = store.get(three.id)
    assert ended is not None
    assert (ended.status, ended.error) == ("cancelled", None)
    lab.close()
    database.close()


def test_a_run_says_that_it_is_alive_while_it_waits_for_a_text(
    lab: Lab, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.lab.runs.BEAT", 0.01)
    gate = scribe.gates["boots for rain"] = threading.Event()
    run = lab.runs.start(TASK, "2", "1", author="ana")
    while (found := lab.runs.store.get(run.id)) is None or found.alive_at == run.alive_at:
        assert lab.runs.wait(run.id, seconds=0.01) is False
    gate.set()
    assert lab.runs.wait(run.id, seconds=60)


def test_a_run_asked_for_twice_is_begun_once(lab: Lab, scribe: Scribe) -> None:
    gate = scribe.gates["boots for rain"] = threading.Event()
    first = lab.runs.start(TASK, "2", "1", author="ana")
    assert lab.runs.start(TASK, "2", "1", author="ana").id == first.id
    other = lab.runs.start(TASK, "2", "1", author="bo")
    assert other.id != first.id
    gate.set()
    assert lab.runs.wait(first.id, seconds=60)
    assert lab.runs.wait(other.id, seconds=60)
    assert lab.runs.start(TASK, "2", "1", author="ana").id != first.id


def test_what_an_exception_says_is_for_the_log_alone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM table")

    monkeypatch.setattr(lab.runs, "_write", broken)
    found = lab.runs.store.get(finished(lab))
    assert found is not None
    assert (found.status, found.error) == ("failed", FAILED)
    assert told_of(FAILED).code == "run_failed"
    assert told_of("this cannot be stored: UNIQUE constraint failed: trials.name").code == "not_stored"
    assert "SELECT secret" in caplog.text


def test_closing_keeps_what_is_written_and_says_interrupted(lab: Lab, scribe: Scribe) -> None:
    gate = scribe.gates["wet trek"] = threading.Event()
    run = lab.runs.start(TASK, "2", "1", author="ana")
    while (progress := lab.runs.progress(run.id)) is not None and progress.done < 2:
        lab.runs.wait(run.id, seconds=0.05)
    closing = threading.Thread(target=lab.close)
    closing.start()
    while not lab.runs._closing.is_set():
        closing.join(0.01)
    gate.set()
    closing.join(60)
    found = lab.runs.store.get(run.id)
    assert found is not None
    assert (found.status, found.error) == ("failed", INTERRUPTED)
    assert len(lab.runs.results(run.id)) >= 2


def test_a_version_that_cannot_write_is_an_error_of_its_cell(lab: Lab, scribe: Scribe) -> None:
    assert lab.cases.add(TASK, request="hello there") is not None
    run = lab.runs.store.get(finished(lab))
    assert run is not None
    rows = rows_of(lab.runs.results(run.id), run.setup["versions"])
    broken = kept(rows, "errors")
    assert [r.case for r in broken] == ["lab-en-001"]
    cell = broken[0].cells[0]
    assert cell is not None
    assert cell.error == Told("no_product", {"action": "chat"})


def test_runs_need_cases_and_versions(lab: Lab) -> None:
    with pytest.raises(StoreError, match="no case"):
        lab.runs.start(TASK, "2", "1", author="ana", only=["nothing"])
    with pytest.raises(PromptError, match="no version"):
        lab.runs.start(TASK, "77", "1", author="ana")
    with pytest.raises(StoreError, match="no run"):
        lab.runs.again("0", author="ana")


# -- marks, votes, files, splits --------------------------------------------------------------------------------------


def test_votes_are_blind_and_counted_with_an_interval(lab: Lab) -> None:
    run = lab.runs.store.get(finished(lab))
    assert run is not None
    new, old = run.setup["versions"]
    texts = {(r.case, r.prompt): r.text for r in lab.runs.results(run.id)}
    sides = set()
    for number in range(5):
        ballot, done, total = lab.ballot(run, voter="ana")
        assert ballot is not None
        assert (done, total) == (number, 5)
        better = "left" if ballot.left == texts[ballot.case, new] else "right"
        sides.add(better)
        shown = lab.vote(run, ballot.case, better, voter="ana")  # type: ignore[arg-type]
        assert shown.winner == new
        assert {shown.left, shown.right} == {new, old}
    assert lab.ballot(run, voter="ana")[0] is None
    tally = lab.tally(run)
    assert tally is not None
    assert (tally.wins, tally.losses, tally.ties, tally.voters) == (5, 0, 0, 1)
    assert tally.interval is not None
    assert tally.interval[0] == pytest.approx(0.5655, abs=1e-3), "Wilson's interval of 5 of 5"
    assert lab.ballot(run, voter="bo")[1] == 0
    drawn = {lab.ballot(replace(run, id=run.id), voter=f"v{n}")[0].left == texts["rain-1", new] for n in range(12)}  # type: ignore[union-attr]
    assert drawn == {True, False}, "sides are drawn by voter"
    with pytest.raises(StoreError):
        lab.vote(run, "no such case", "left", voter="ana")


def test_texts_that_are_the_same_need_no_vote(lab: Lab, scribe: Scribe) -> None:
    scribe.new = scribe.old = PLAIN
    run = lab.runs.store.get(finished(lab, limit=2))
    assert run is not None
    assert lab.ballot(run, voter="ana")[2] == len(
        kept(rows_of(lab.runs.results(run.id), run.setup["versions"]), "different")
    )


def test_a_run_leaves_as_three_kinds_of_file(lab: Lab) -> None:
    lab.cases.take(TASK, b"id,language,sku,request\nsum,en,B1,=1+1 boots\n")
    run = lab.runs.store.get(finished(lab))
    assert run is not None
    lab.runs.store.mark(run.id, "rain-1", run.setup["versions"][0], 1, author="ana", comment="warm")
    table = lab.export(run, "csv")
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert len(rows) == 12
    assert {r["request"] for r in rows if r["case"] == "sum"} == {"'=1+1 boots"}
    assert [r["comments"] for r in rows if r["likes"] == "1"] == ["ana: warm"]
    told = json.loads(lab.export(run, "json"))
    assert told == yaml.safe_load(lab.export(run, "yaml"))
    assert told["figures"][told["versions"][0]]["cases"] == 6
    assert len(told["results"]) == 12


def test_a_split_needs_labels_that_differ(lab: Lab) -> None:
    trial = lab.start_split("spring", TASK, {"staging": 0.667, "production": 0.333}, author="ana")
    assert trial.arms == pytest.approx({"production": 0.333, "staging": 0.667})
    assert list(trial.arms) == ["production", "staging"]
    assert trial.versions == {k: lab.versions.find(TASK, k).identity for k in ("production", "staging")}
    assert lab.trials.current(TASK) is not None
    with pytest.raises(StoreError, match="under way"):
        lab.start_split("summer", TASK, {"production": 0.5, "staging": 0.5}, author="ana")
    for act in (
        lambda: lab.versions.move(TASK, "1", "staging", who="ana", forced="now"),
        lambda: lab.versions.back(TASK, "production", who="ana"),
    ):
        with pytest.raises(StoreError, match="'spring' uses the label") as told:
            act()
        assert told_of(str(told.value)) == Told("split_uses", {"name": "spring"})
    lab.trials.end("spring")
    with pytest.raises(StoreError, match="share for 'production'"):
        lab.start_split("summer", TASK, {"staging": 1.0}, author="ana")
    with pytest.raises(StoreError, match="no version"):
        lab.start_split("summer", TASK, {"production": 0.5, "beta": 0.5}, author="ana")
    with pytest.raises(StoreError, match="add up"):
        lab.start_split("summer", TASK, {"production": 0.5, "staging": 0.2}, author="ana")
    lab.versions.move(TASK, "1", "staging", who="ana")
    with pytest.raises(StoreError, match="same version"):
        lab.start_split("summer", TASK, {"production": 0.5, "staging": 0.5}, author="ana")


def test_every_message_has_one_code_and_unknown_ones_keep_their_words() -> None:
    assert len(set(CODES)) == len(CODES)
    assert told_of("the moon fell") == Told("other", {"text": "the moon fell"})
    assert told_of("12 words, wanted at most 10") == Told("too_many_words", {"n": "12", "bound": "10"})
