"""Cases of prompts as files: what is read is what was meant, and what cannot be read is named."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.catalog import read_rows
from assistant.errors import PromptError
from assistant.evaluation.prompt_cases import (
    Checks,
    PromptCase,
    add_cases,
    case_files,
    parse_case,
    read_case_table,
    read_cases,
)
from assistant.evaluation.prompt_checks import judge_text, keeps_to, mentions
from assistant.resources import default_folder
from assistant.types import Product

CASE = {"id": "a", "language": "en", "sku": "S1", "request": "boots", "checks": {"must_not_mention": ["cheap"]}}


def test_the_shipped_cases_are_many_in_both_languages_and_of_the_default_catalogue() -> None:
    folder = default_folder("prompts")
    assert case_files("blurb.en", [folder]) == case_files("blurb.zh", [folder]) != ()
    cases = read_cases(case_files("blurb.en", [folder]))
    assert len(cases) >= 60
    assert 0.4 <= sum(c.language == "zh" for c in cases) / len(cases) <= 0.6
    rows = {p.sku for _, p in read_rows(default_folder("catalog") / "products.jsonl") if isinstance(p, Product)}
    assert {c.sku for c in cases if c.sku} <= rows
    assert all(c.checks.must_mention_any or c.checks.must_not_mention for c in cases)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"language": "fr"}, "'language' must be en or zh"),
        ({"request": " "}, "'request' is missing"),
        ({"colour": 1}, "a case has no 'colour'; known are"),
        ({"checks": {"must_mention": ["x"]}}, "'checks' has no 'must_mention'"),
        ({"checks": {"max_words": "many"}}, "'max_words' must be a whole number"),
        ({"checks": {"min_words": 9, "max_words": 3}}, "'min_words' is above"),
        ({"checks": {"must_mention_any": [[]]}}, "group without a wording"),
        ({"checks": {"must_not_mention": "cheap"}}, "must be a list of texts"),
        ({"turns": ["hello"]}, "'turns' stand alone"),
        ({"product": {"sku": "X"}}, "'sku' must be a text"),
        ({"sku": None, "product": {"sku": "X"}}, "'product': "),
    ],
)
def test_what_is_no_case_says_why(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_case({**CASE, **change})


def test_a_bad_line_makes_the_file_unusable_rather_than_smaller(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    lines = [json.dumps({**CASE, "id": str(n)}) for n in range(5)]
    path.write_text("\n".join([*lines, "{"]))
    with pytest.raises(PromptError, match=r"1 bad cases: c\.jsonl:6"):
        read_cases([path])
    path.write_text("\n".join([*lines, lines[0]]))
    with pytest.raises(PromptError, match="ids stand there twice: 0"):
        read_cases([path])
    path.write_text("\n".join(lines))
    other = tmp_path / "d.jsonl"
    other.write_text(json.dumps({**CASE, "id": "3", "request": "sandals"}))
    assert [c.request for c in read_cases([path, other])] == ["boots", "boots", "boots", "sandals", "boots"]


def test_added_cases_are_read_back_and_never_doubled(tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    turns = PromptCase(
        "t", "zh", turns=("想买鞋", "要防水的"), tags=("x",), checks=Checks((("防水",),), max_characters=90)
    )
    assert add_cases(path, [parse_case(CASE)]) == 1
    assert add_cases(path, [turns]) == 2
    assert read_cases([path]) == (parse_case(CASE), turns)
    assert read_cases([path], languages=["zh"]) == (turns,)
    assert turns.conversation == ("想买鞋", "要防水的")
    assert parse_case(CASE).conversation == ()
    with pytest.raises(PromptError, match="ids stand there already"):
        add_cases(path, [turns])
    assert len(read_cases([path])) == 2


def test_cases_added_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    with ThreadPoolExecutor(12) as pool:
        counts = list(pool.map(lambda n: add_cases(path, [parse_case({**CASE, "id": str(n)})]), range(36)))
    assert sorted(counts) == list(range(1, 37))
    assert {c.id for c in read_cases([path])} == {str(n) for n in range(36)}
    assert not list(path.parent.glob("*.partial"))


TABLE = """id,language,sku,request,turns,tags,must_mention_any,must_not_mention,max_words
a,en,S1,"boots, dry",,gift|short,rain|wet; boot,cheap|the best,90
b,zh,,,想买鞋|要防水的,,防水｜不进水；鞋,最好,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_spreadsheet_becomes_cases(tmp_path: Path, encoding: str, separator: str) -> None:
    text = TABLE.replace('"boots, dry"', '"boots dry"').replace(",", separator)
    path = tmp_path / "c.csv"
    path.write_text(text, encoding=encoding)
    first, second = read_case_table(path)
    assert first.checks == Checks((("rain", "wet"), ("boot",)), ("cheap", "the best"), max_words=90)
    assert (first.sku, first.tags, first.request) == ("S1", ("gift", "short"), "boots dry")
    assert second.turns == ("想买鞋", "要防水的")
    assert second.checks.must_mention_any == (("防水", "不进水"), ("鞋",))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",90", ",many", "line 2: 'max_words' must be a whole number, got 'many'"),
        ("a,en", "a,fr", "line 2: 'language'"),
        ("must_not_mention", "never_say", "a case has no 'never_say'"),
        ("最好,", "最好,,,", "line 3: it has more cells"),
        ("a,en,S1", ",en,S1", "line 2: 'id' is missing"),
    ],
)
def test_a_spreadsheet_with_a_bad_row_is_not_imported_at_all(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PromptError, match=f"{reason}.*nothing was imported"):
        read_case_table(path)


@given(st.binary(max_size=300))
def test_no_table_does_worse_than_an_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("t") / "c.csv"
    path.write_bytes(raw)
    with pytest.raises(PromptError, match=r"c\.csv"):
        read_case_table(path)


SLOTS = {"name": "Nova 新星", "price": "$519.00"}


def judged(checks: Checks, shown: str, language: str = "en", raw: str = "", **counts: int) -> dict[str, str | None]:
    more = {"unsupported": 0, "unsupported_before": 0, **counts}
    return judge_text(checks, language, shown, raw=raw, slots=SLOTS, **more)  # type: ignore[arg-type]


def test_each_check_fails_for_its_own_reason() -> None:
    checks = Checks(
        (("rain", "wet"), ("boot",)),
        ("the best",),
        min_words=5,
        max_words=6,
        slots_used=("price",),
        unsupported_before=1,
    )
    good = judged(checks, "Boots for WET trails, $519.00 today")
    assert set(good) == {
        "unsupported", "language", "must_mention_any", "must_not_mention", "length", "slots_used", "unsupported_before",
    }  # fmt: skip
    assert set(good.values()) == {None}
    bad = judged(checks, "The  best train", unsupported=1, unsupported_before=2)
    assert bad["must_mention_any"] == "says none of 'rain', 'wet'"
    assert bad["must_not_mention"] == "says 'the best'"
    assert bad["length"] == "3 words, wanted at least 5"
    assert bad["slots_used"] == "does not state 'price'"
    assert bad["unsupported"] == "1 unsupported claims shown"
    assert bad["unsupported_before"] == "2 claims had to go"


def test_lengths_are_words_of_english_and_characters_of_chinese() -> None:
    assert judged(Checks(max_characters=4), "很轻，防水。", "zh")["length"] is None
    assert judged(Checks(max_characters=3), "很轻，防水。", "zh")["length"] == "4 characters, wanted at most 3"
    assert judged(Checks(max_words=2), "one two three")["length"] == "3 words, wanted at most 2"


@pytest.mark.parametrize(
    ("text", "wording", "said"),
    [
        ("Made for the rain.", "rain", True),
        ("A train ride.", "rain", False),
        ("waterproof", "water", True),
        ("ＵＳＢ－Ｃ 接口", "USB-C", True),
        ("noise  cancelling", "Noise cancelling", True),
        ("不防水", "防水", True),
    ],
)
def test_a_wording_is_found_from_the_start_of_a_word(text: str, wording: str, said: bool) -> None:
    assert mentions(text, wording) is said


def test_the_language_is_that_of_the_model_and_of_the_text_shown() -> None:
    assert judged(Checks(), "Nova 新星 is dry.", raw="{name} is dry.")["language"] is None
    assert judged(Checks(), "It is dry.", raw="{name}不怕水。")["language"] == "the model did not write en"
    assert judged(Checks(), "Nova 新星 is 干燥.")["language"] == "the text shown is not en"
    assert judged(Checks(language="zh"), "很干燥。", "en")["language"] is None
    assert keeps_to("{name}用USB-C充电，很方便。", "zh")
    assert not keeps_to("{name} charges by USB-C，好", "zh")
