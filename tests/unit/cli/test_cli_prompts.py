"""The prompt commands from outside, with a scripted generator in the model's place."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes_generation import BOOTS
from typer.testing import CliRunner, Result

from assistant.cli.main import app
from assistant.errors import AssistantError, GenerationError
from assistant.generation.generator import TextStream, never
from assistant.generation.ways import Ways
from assistant.resources import default_folder

GOOD = (
    "{name} is waterproof and made of leather, so it suits rain. It costs {price}, and a high collar holds the ankle."
)
SHORT = "{name} is waterproof. It costs {price}."
ZH = "{name}室内拍照清楚，磨砂机身不沾指纹。售价{price}。"


class Model:
    """Writes a good text for version 2 and a short one for version 1."""

    name = "scripted"

    def __init__(self) -> None:
        self.fails_for: str | None = None
        self.calls = 0
        self.stop_after: int | None = None

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
        if self.stop_after is not None and self.calls >= self.stop_after:
            raise KeyboardInterrupt
        self.calls += 1
        version = "2" if "Style:" in prompt or "风格" in prompt else "1"
        if version == self.fails_for:
            raise GenerationError("the generator 'scripted' failed: told to")
        text = ZH if "店员" in prompt else GOOD if version == "2" else SHORT
        stream = TextStream(iter([text]))
        stream.count(9)
        return stream


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Model:
    """A shop with one product, cases about it, a data folder of its own, and no model weights."""
    shop = tmp_path / "shop.jsonl"
    shop.write_text(json.dumps(BOOTS.to_dict()) + "\n")
    (tmp_path / "edited" / "cases").mkdir(parents=True)
    (tmp_path / "edited" / "gates.yaml").write_text("production: {min_cases: 2, latency_ratio: 1000}\n")
    monkeypatch.setenv("ASSISTANT_CATALOG", str(shop))
    monkeypatch.setenv("ASSISTANT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ASSISTANT_PROMPTS", str(tmp_path / "edited"))
    monkeypatch.setenv("ASSISTANT_GENERATOR_ADAPTER", "none")
    monkeypatch.chdir(tmp_path)
    about = {"language": "en", "sku": "B1"}
    cases = [
        {**about, "id": "en-1", "request": "boots for rain", "checks": {"must_mention_any": [["they suit rain"]]}},
        {**about, "id": "en-2", "request": "leather boots", "checks": {"must_mention_any": [["leather"]]}},
        {**about, "id": "zh-1", "language": "zh", "request": "徒步鞋", "checks": {}},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(json.dumps(c) for c in cases))
    scripted = Model()
    # One version follows another here; that production may be guided is the shop's business.
    shipped = shutil.copytree(default_folder("prompts"), tmp_path / "shipped")
    labels = (shipped / "labels.yaml").read_text()
    (shipped / "labels.yaml").write_text(labels.replace(": 3\n", ": 1\n"))
    for module in ("assembly", "evaluation.prompt_runs"):
        monkeypatch.setattr(
            f"assistant.{module}.default_folder", lambda name: shipped if name == "prompts" else default_folder(name)
        )
    monkeypatch.setattr("assistant.assembly.load_generator", lambda *_, **__: scripted)
    # Whoever edits the writer while this runs must not change which results count.
    monkeypatch.setattr("assistant.evaluation.prompt_runs._code", lambda: "0")
    return scripted


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["prompts", *arguments], env={"COLUMNS": "200"})


def last(result: Result) -> Any:
    assert result.exit_code in (0, 130), (result.output, result.exception)
    return json.loads(result.stdout.splitlines()[-1])


def failure(result: Result) -> str:
    assert result.exit_code != 0
    assert isinstance(result.exception, AssistantError), result.output
    return str(result.exception)


def test_list_show_and_diff(model: Model) -> None:
    rows = {(r["task"], r["version"]): r for r in last(run("list", "--json"))}
    assert rows["blurb.en", "1"]["labels"] == ["production"]
    assert rows["blurb.en", "1"]["in_use"]
    assert not rows["blurb.en", "2"]["in_use"]
    table = run("list").stdout
    assert rows["blurb.zh", "2"]["hash"] in table
    shown = run("show", "blurb.en@staging")
    assert shown.stdout.strip() == (default_folder("prompts") / "blurb.en" / "2.yaml").read_text().strip()
    assert last(run("show", "blurb.en", "--json"))["prompt"].startswith("blurb.en/1@")
    told = run("diff", "blurb.en", "production", "2").stdout
    assert "decoding.max_tokens" in told.splitlines()[0]
    assert "+  max_tokens: 110" in told
    assert "-  max_tokens: 56" in told
    assert "no version or label '9'" in failure(run("show", "blurb.en@9"))


def test_render_shows_what_the_model_gets(model: Model) -> None:
    result = run("render", "blurb.en@2", "--product", "B1", "--request", "boots for rain", "--json")
    made = last(result)
    assert made["text"].endswith("Answer:")
    assert "Request: boots for rain" in made["text"]
    assert made["slots"]["price"] == "$149.00"
    assert made["messages"] == [{"role": "user", "content": made["text"]}]
    assert (
        "Request: boots for rain"
        in run("render", "blurb.en@2", "--product", "B1", "--request", "boots for rain").stdout
    )
    assert "no product 'NOPE'" in failure(run("render", "blurb.en", "--product", "NOPE", "--request", "x"))
    assert model.calls == 0


def test_a_better_version_is_tested_promoted_and_taken_back(model: Model, tmp_path: Path) -> None:
    cases = ("--cases", str(tmp_path / "cases.jsonl"))
    assert "4 of 4 runs of the suite are not in" in failure(run("promote", "blurb.en", "2", *cases))
    result = run("test", "blurb.en@2", *cases, "--report", "r.html", "--csv", "r.csv", "--output", "own.jsonl")
    told = last(result)
    new, old = (told["versions"][i] for i in sorted(told["versions"], reverse=True))
    assert (new["cases"], new["pass_k"], old["pass_k"]) == (2, 1.0, 0.5)
    assert told["complete"]
    assert any("counts for all 3 runs" in note for note in told["notes"])
    assert (
        "en-1: blurb.en/2 passes · blurb.en/1 fails (must_mention_any: says none of 'they suit rain')" in result.stdout
    )
    assert len(list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8-sig")))) == 4
    assert "fixed" in (tmp_path / "r.html").read_text()
    calls = model.calls
    moved = last(run("promote", "blurb.en", "2", *cases, "--results", "own.jsonl", "--by", "li", "--why", "says more"))
    assert model.calls == calls, "what was measured is not measured again"
    assert (moved["who"], moved["from"], moved["to"], moved["forced"]) == ("li", None, "2", None)
    assert moved["evidence"]["candidate"]["pass_k"] == 1.0
    assert all(moved["evidence"]["gates"].values())
    assert last(run("show", "blurb.en", "--json"))["prompt"].startswith("blurb.en/2@")
    assert "means blurb.en/2@" in run("promote", "blurb.en", "2", *cases).stderr
    assert last(run("rollback", "blurb.en", "--by", "li"))["to"] is None
    assert last(run("show", "blurb.en", "--json"))["prompt"].startswith("blurb.en/1@")
    assert "nothing to take back" in failure(run("rollback", "blurb.en"))
    told_history = run("history").stdout.splitlines()
    assert "li promote blurb.en production: the shipped version → 2 (says more)" in told_history[0]
    assert "li rollback blurb.en production: 2 → the shipped version" in told_history[1]


def test_a_worse_version_stays_out_unless_it_is_forced(model: Model, tmp_path: Path) -> None:
    model.fails_for = "2"
    cases = ("--cases", str(tmp_path / "cases.jsonl"))
    told = failure(run("promote", "blurb.en", "2", "--suite", *cases))
    assert "does not become production: errors: 2 failed runs (allowed: ≤ 0)" in told
    assert "pass^3: 0.000 against 0.500, lower by 0.500 (allowed: ≤ 0.050 lower)" in told
    assert not (tmp_path / "edited" / "labels.yaml").exists()
    assert run("promote", "blurb.en", "2", "--force", " ").exit_code == 2
    moved = last(run("promote", "blurb.en", "2", "--suite", *cases, "--force", "a sale needs it"))
    assert moved["forced"] == "a sale needs it"
    assert moved["evidence"]["gates"]["pass^3"] is False
    assert "against the gates: a sale needs it" in run("history", "blurb.en").stdout
    assert last(run("promote", "blurb.en", "1", "--label", "trial"))["evidence"] is None, (
        "a label without gates is free"
    )


def test_a_stopped_suite_goes_on_where_it_was(model: Model, tmp_path: Path) -> None:
    cases = ("--cases", str(tmp_path / "cases.jsonl"))
    model.stop_after = 3
    stopped = run("test", "blurb@2", *cases)
    assert stopped.exit_code == 130
    assert last(stopped)["complete"] is False
    assert last(stopped)["gates"] == {}
    kept = tmp_path / "data" / "prompt-runs" / "blurb.jsonl"
    assert len(kept.read_text().splitlines()) == 3
    model.stop_after = None
    whole = last(run("test", "blurb@2", *cases))
    assert model.calls == 6
    assert whole["complete"]
    assert whole["versions"]["candidate, all languages"]["cases"] == 3
    run("test", "blurb@2", *cases)
    assert model.calls == 6
    run("test", "blurb@2", *cases, "--fresh")
    assert model.calls == 12


def test_a_table_of_cases_is_imported_beside_the_edited_prompts(model: Model, tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text("id,language,sku,request,must_mention_any\nmine-1,en,B1,boots,leather|rubber\n")
    assert last(run("import", str(table)))["added"] == 1
    path = tmp_path / "edited" / "cases" / "blurb.jsonl"
    assert json.loads(path.read_text())["checks"] == {"must_mention_any": [["leather", "rubber"]]}
    assert "ids stand there already" in failure(run("import", str(table)))
    told = last(run("test", "blurb.en@2", "--cases", str(path), "--against", "none"))
    assert [f["cases"] for f in told["versions"].values()] == [1]
    assert told["versus"] == {}


def test_a_changed_or_broken_file_is_one_clear_error(model: Model, tmp_path: Path) -> None:
    shutil.copytree(default_folder("prompts") / "blurb.en", tmp_path / "edited" / "blurb.en")
    assert last(run("list", "--json"))
    path = tmp_path / "edited" / "blurb.en" / "2.yaml"
    path.write_text(path.read_text().replace("temperature: 0", "temperature: 1"))
    assert "says something else than the shipped blurb.en/2@" in failure(run("list"))
    path.write_text("description: [")
    assert f"{path}, line 1: not YAML" in failure(run("list"))


def test_an_edited_folder_that_does_not_exist_is_told(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_PROMPTS", "nowhere")
    assert "nowhere does not exist" in failure(run("list"))
