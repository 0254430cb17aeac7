from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.errors import PromptError
from assistant.generation.prompts import PromptBook, read_prompt
from assistant.resources import default_folder

GOOD = """\
description: a test
author: someone
language: en
variables: [facts, request]
decoding:
  max_tokens: 40
  stop: ["\\n"]
text: |-
  Constant part with a {slot}.
  Facts: {{ facts }}
  Wish: {{ request }}
"""


def write(folder: Path, text: str, name: str = "blurb.en/1.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_prompt_is_read_and_rendered(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, GOOD))
    assert prompt.task == "blurb.en"
    assert prompt.version == "1"
    assert prompt.prefix == "Constant part with a {slot}.\n"
    assert prompt.render({"facts": "F", "request": "W"}) == "Constant part with a {slot}.\nFacts: F\nWish: W"
    assert prompt.decoding.stop == ("\n",)
    assert prompt.decoding.temperature == 0.0
    assert prompt.render_lead({"facts": "F", "request": "W"}) == ""


def test_the_lead_is_rendered_too(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, GOOD + 'lead: " {name} {{ request }} "\n'))
    assert prompt.render_lead({"facts": "F", "request": "W"}) == " {name} W"
    with pytest.raises(PromptError, match="line 13: the lead uses tone"):
        read_prompt(write(tmp_path, GOOD + 'lead: "{{ tone }}"\n'))


def test_the_identity_changes_with_the_content(tmp_path: Path) -> None:
    first = read_prompt(write(tmp_path, GOOD))
    second = read_prompt(write(tmp_path, GOOD.replace("Wish:", "Wanted:")))
    assert re.fullmatch(r"blurb\.en/1@[0-9a-f]{8}", first.identity)
    assert re.fullmatch(r"[^@\s]+@[^@\s]+", first.identity)
    assert first.identity != second.identity


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("author: someone\n", "author: someone\ncolour: red\n"), "line 3: colour: unknown key"),
        (("author: someone\n", ""), "missing author"),
        (("language: en", "language: fr"), "line 3: language: wanted one of en, zh, any, got 'fr'"),
        (("[facts, request]", "[facts]"), "line 11: the text uses request"),
        (("[facts, request]", "[facts, request, tone]"), "line 4: variables: tone declared"),
        (("max_tokens: 40", "max_tokens: many"), "line 6: decoding.max_tokens"),
        (("max_tokens: 40", "max_tokens: 40\n  heat: 1"), "line 7: heat: unknown key"),
        (("{{ facts }}", "{{ facts"), "the template is malformed"),
        (("author: someone", "author: someone\nauthor: other"), "line 3: 'author' is given twice"),
        (("description: a test", "description: [a"), "not YAML"),
        (("description: a test", "description: 3"), "line 1: description: wanted text"),
    ],
)
def test_a_malformed_prompt_is_an_error_with_file_and_line(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    path = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(PromptError) as caught:
        read_prompt(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("values", [{"facts": "F"}, {"facts": "F", "request": "W", "more": "M"}, {}])
def test_rendering_wants_exactly_the_declared_variables(tmp_path: Path, values: dict[str, str]) -> None:
    prompt = read_prompt(write(tmp_path, GOOD))
    with pytest.raises(PromptError, match="variables"):
        prompt.render(values)


def test_values_are_data_and_no_templates(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, GOOD))
    assert "{{ 7 * 7 }}" in prompt.render({"facts": "{{ 7 * 7 }}", "request": "{% raw %}"})


def test_templates_cannot_reach_python(tmp_path: Path) -> None:
    text = GOOD.replace("{{ facts }}", "{{ facts.__class__.__mro__ }}")
    prompt = read_prompt(write(tmp_path, text))
    with pytest.raises(PromptError, match="cannot be rendered"):
        prompt.render({"facts": "F", "request": "W"})


def test_labels_choose_the_version_and_the_overlay_wins(tmp_path: Path) -> None:
    shipped, mine = tmp_path / "shipped", tmp_path / "mine"
    write(shipped, GOOD)
    write(shipped, "production:\n  blurb.en: 1\n", "labels.yaml")
    write(mine, GOOD.replace("Constant", "My own"), "blurb.en/2.yaml")
    assert PromptBook.load(shipped).get("blurb.en").version == "1"
    write(mine, "production:\n  blurb.en: 2\ntrial:\n  blurb.en: 1\n", "labels.yaml")
    book = PromptBook.load(shipped, mine)
    assert book.get("blurb.en").text.startswith("My own")
    assert book.get("blurb.en", label="trial").version == "1"
    assert [p.version for p in book.versions("blurb.en")] == ["1", "2"]
    assert book.tasks() == ("blurb.en",)


def test_what_does_not_exist_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    book = PromptBook.load(tmp_path)
    with pytest.raises(PromptError, match="there is 1"):
        book.get("blurb.en", "9")
    with pytest.raises(PromptError, match="names no version"):
        book.get("blurb.en")
    write(tmp_path, "production:\n  blurb.en: 7\n", "labels.yaml")
    with pytest.raises(PromptError, match=r"blurb\.en/7, which does not exist"):
        PromptBook.load(tmp_path)
    with pytest.raises(PromptError, match="does not exist; make it"):
        PromptBook.load(tmp_path, tmp_path / "nowhere")


def test_the_shipped_prompts_load_and_have_a_constant_beginning() -> None:
    book = PromptBook.load(default_folder("prompts"))
    for task in ("blurb.en", "blurb.zh"):
        prompt = book.get(task)
        assert len(prompt.prefix) > 200
        assert "{{" not in prompt.prefix
        assert prompt.text.startswith(prompt.prefix)
        assert not re.search(r"\d", prompt.text), "an example with digits would teach what is banned"
