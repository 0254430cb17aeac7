from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import PromptError
from assistant.generation.prompts import PromptBook, parse_prompt, read_prompt
from assistant.generation.prompts.labels import read_lock
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


def test_the_beginning_holds_what_has_a_default(tmp_path: Path) -> None:
    text = GOOD.replace(
        "variables: [facts, request]", "variables: [facts, request, style]\ndefaults:\n  style: plain"
    ).replace("Constant part with a {slot}.", "Constant part with a {slot}.\n  In a {{ style }} way.")
    prompt = read_prompt(write(tmp_path, text))
    assert prompt.prefix == "Constant part with a {slot}.\n"
    assert prompt.beginning() == "Constant part with a {slot}.\nIn a plain way.\nFacts:"
    assert prompt.beginning({"style": "warm", "facts": "F"}) == "Constant part with a {slot}.\nIn a warm way.\nFacts:"
    whole = prompt.render({"facts": "F", "request": "W", "style": "warm"})
    assert whole.startswith(prompt.beginning({"style": "warm"}))


def test_the_lead_is_rendered_too(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, GOOD + 'lead: " {name} {{ request }} "\n'))
    assert prompt.render_lead({"facts": "F", "request": "W"}) == " {name} W"
    with pytest.raises(PromptError, match="line 12: the lead uses tone"):
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


@pytest.mark.parametrize("version", ["1", "2", "3"])
@pytest.mark.parametrize("task", ["blurb.en", "blurb.zh"])
def test_the_shipped_prompts_begin_alike_for_every_wish(task: str, version: str) -> None:
    prompt = PromptBook.load(default_folder("prompts")).find(f"{task}/{version}")
    assert prompt.beginning().startswith(prompt.prefix)
    assert len(prompt.beginning()) > len(prompt.prefix)
    for said in ("a kettle", "  {{ style }}", "送礼"):
        values = {name: prompt.defaults.get(name, said) for name in prompt.variables}
        assert prompt.beginning(values) == prompt.beginning()
        assert prompt.render(values).startswith(prompt.beginning())


MESSAGES = """\
description: a test
author: someone
note: why it was made
language: en
variables: [facts, request]
decoding: {max_tokens: 40}
messages:
  - role: system
    content: Every fact is from the listing.
  - role: user
    content: "Listing: {name} is dry. Wish: boots"
  - {role: assistant, content: "{name} keeps dry."}
  - role: user
    content: |-
      Listing: {{ facts }}
      Wish: {{ request }}
lead: " {name}"
"""


def test_messages_are_flattened_for_a_model_that_continues_a_text(tmp_path: Path) -> None:
    prompt = read_prompt(write(tmp_path, MESSAGES))
    assert prompt.note == "why it was made"
    assert prompt.render({"facts": "F", "request": "W"}) == (
        "Every fact is from the listing.\n\n"
        "User: Listing: {name} is dry. Wish: boots\n\n"
        "Assistant: {name} keeps dry.\n\n"
        "User: Listing: F\nWish: W\n\n"
        "Assistant:"
    )
    assert prompt.prefix.endswith("{name} keeps dry.\n\n")
    chinese = read_prompt(write(tmp_path, MESSAGES.replace("language: en", "language: zh"), "blurb.zh/1.yaml"))
    assert chinese.text.endswith("Wish: {{ request }}\n\n助手：")


def test_a_server_that_takes_messages_gets_messages(tmp_path: Path) -> None:
    values = {"facts": "F", "request": "W"}
    prompt = read_prompt(write(tmp_path, MESSAGES))
    assert [m.role for m in prompt.chat(values)] == ["system", "user", "assistant", "user", "assistant"]
    assert prompt.chat(values)[3].content == "Listing: F\nWish: W"
    assert prompt.chat(values)[4].content == "{name}"
    text = read_prompt(write(tmp_path, GOOD))
    assert [(m.role, m.content) for m in text.chat(values)] == [("user", text.render(values))]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("role: system", "role: narrator", "line 8: messages[0].role: wanted one of"),
        (
            "  - role: user\n    content: |-",
            "  - role: system\n    content: |-",
            "line 13: messages[3].role: wanted user",
        ),
        ("{role: assistant", "{role: user", "line 12: messages[2].role: wanted assistant after user"),
        ('    content: "Listing: {name} is dry. Wish: boots"\n', "", "line 10: missing content"),
        ("role: system\n", "role: system\n    name: x\n", "line 9: name: unknown key"),
        ("{{ facts }}", "{{ tone }}", "line 15: the messages[3].content uses tone"),
        ("{{ request }}", "{{ request", "line 16: the template is malformed"),
        ("lead:", "text: x\nlead:", "line 7: both text and messages"),
        ("[facts, request]", "[facts, request, tone]", "line 5: variables: tone declared"),
    ],
)
def test_a_malformed_message_is_an_error_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in MESSAGES
    path = write(tmp_path, MESSAGES.replace(old, new))
    with pytest.raises(PromptError) as caught:
        read_prompt(path)
    assert message in str(caught.value)


def test_the_user_speaks_last(tmp_path: Path) -> None:
    text = MESSAGES.replace("lead:", "  - {role: assistant, content: So}\nlead:")
    with pytest.raises(PromptError, match=r"line 17: messages\[4\].role: the user speaks last"):
        read_prompt(write(tmp_path, text))


def test_a_missing_variable_names_the_line_that_uses_it(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"1\.yaml, line 11: variables missing request"):
        read_prompt(write(tmp_path, GOOD)).render({"facts": "F"})


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ facts * 9 }}", r"\* cannot"),
        ("{{ 9 ** 9 ** 9 }}", r"\*\* cannot"),
        ("{{ range(9) }}", "a call cannot"),
        ("{% for a in facts %}{% for b in facts %}x{% endfor %}{% endfor %}", "a loop cannot"),
        ("{% include 'x' %}", "include cannot"),
        ("{{ facts | center(999999999) }}", "filter center"),
    ],
)
def test_templates_choose_words_and_compute_nothing(tmp_path: Path, template: str, what: str) -> None:
    with pytest.raises(PromptError, match=f"line 10: .*{what}"):
        read_prompt(write(tmp_path, GOOD.replace("{{ facts }}", "{{ facts }}" + template)))
    conditional = GOOD.replace("{{ facts }}", "{% if facts == 'F' %}{{ facts | lower }}{% endif %}")
    assert "Facts: f\n" in read_prompt(write(tmp_path, conditional)).render({"facts": "F", "request": "W"})


@pytest.mark.parametrize("value", ["2026-99-99", "&a [*a]", "!!python/object:os.system x", "{? [a] : b}"])
def test_odd_yaml_is_refused_in_one_sentence(tmp_path: Path, value: str) -> None:
    with pytest.raises(PromptError, match=r"1\.yaml"):
        read_prompt(write(tmp_path, GOOD.replace("someone", value)))


texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{}"), min_size=1, max_size=60)


@given(texts.filter(str.strip), texts.filter(str.strip), texts, st.floats(0, 2), st.integers(1, 1024))
def test_what_is_written_as_yaml_is_what_is_read(
    description: str, text: str, value: str, heat: float, tokens: int
) -> None:
    data = {
        "description": description,
        "author": "x",
        "language": "zh",
        "variables": ["facts"],
        "decoding": {"max_tokens": tokens, "temperature": heat},
        "text": text + "{{ facts }}",
    }
    raw = yaml.safe_dump(data, allow_unicode=True).encode()
    prompt = parse_prompt(raw, Path("blurb.zh/1.yaml"))
    assert (prompt.description, prompt.decoding.max_tokens) == (description, tokens)
    assert prompt.decoding.temperature == pytest.approx(heat)
    assert prompt.render({"facts": value}) == text + value


@given(st.binary(max_size=200) | st.text(alphabet='ab:- {}[]&*!|>%"\n#123', max_size=200).map(str.encode))
def test_no_bytes_do_worse_than_an_error_that_names_the_file(raw: bytes) -> None:
    with pytest.raises(PromptError, match=r"1\.yaml"):
        parse_prompt(raw, Path("blurb.zh/1.yaml"))


def test_every_shipped_version_is_locked() -> None:
    folder = default_folder("prompts")
    book = PromptBook.load(folder)
    assert read_lock(folder) == {t: {p.version: p.digest for p in book.versions(t)} for t in book.tasks()}
    assert book.get("blurb.en", label="staging").version == "2"
