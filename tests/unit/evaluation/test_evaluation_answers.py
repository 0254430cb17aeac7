"""Scoring of answers: sides taken, values within longer numbers, admissions, quotations, and what each amounts to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.main import app
from assistant.errors import TrainingError
from assistant.evaluation.answers import (
    AnswerCase,
    answer_figures,
    answer_table,
    judge,
    measure_answers,
    read_answer_cases,
    unlike,
)
from assistant.types import Product, ReplyLanguage

ROW = {"sku": "P", "title": "No Drip jug", "price": 9.0, "description": "Steel. Holds 15.1 kg.", "currency": "USD"}
PRODUCT = Product(sku="P", title="No Drip jug", price=9.0, description="Steel. Holds 15.1 kg.")


def case(kind: str, *accept: str, language: ReplyLanguage = "en") -> AnswerCase:
    return AnswerCase("c", language, "?", PRODUCT, kind, accept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "accept", "reply", "outcome"),
    [
        ("value", ("15.1 kg",), "Its listing gives weight: 15.1kg.", "correct"),
        ("value", ("5.1 kg",), "Its listing gives weight: 15.1 kg.", "wrong"),
        ("value", ("5.1 kg",), "The listing of No Drip jug does not say.", "missed"),
        ("yes", (), "Yes: its listing says “Steel.”", "correct"),
        ("no", (), "Yes: its listing says “Steel.”", "wrong"),
        ("yes", (), "The listing says: “Steel.”", "beside"),
        ("yes", (), "The listing says: “Gold.”", "wrong"),
        ("yes", (), "No Drip jug is a jug.", "wrong"),
        ("no", (), "No Drip jug: the listing does not mention that.", "missed"),
        ("unknown", (), "The listing of No Drip jug does not mention that.", "unknown"),
        ("unknown", (), "Yes: its listing says “Steel.” It does not say more.", "wrong"),
        ("unknown", (), "Its listing gives weight: 15.1 kg.", "wrong"),
        ("yes", (), "可以，商品介绍里写着：“Steel.”", "correct"),
        ("no", (), "不含，商品介绍里写着：“Steel.”", "correct"),
        ("unknown", (), "商品资料里没有写这一点。", "unknown"),
        ("no", (), "No Drip jug的L卖完了，现在有货的是S。", "correct"),
        ("no", (), "No Drip jug does not come in XL; it comes in S and M.", "correct"),
        ("yes", (), "No Drip jug does not come in XL; it comes in S and M.", "wrong"),
        ("yes", (), "Yes, it comes in red: No Drip jug.", "correct"),
        ("unknown", (), "The listing does not state its colours, so I can't say whether it comes in red.", "unknown"),
    ],
)
def test_what_a_reply_amounts_to(kind: str, accept: tuple[str, ...], reply: str, outcome: str) -> None:
    assert judge(case(kind, *accept), reply) == outcome


def test_figures_count_each_case_once_and_split_by_language_and_kind() -> None:
    cases = [case("yes"), case("no", language="zh"), case("unknown"), case("value", "3")]
    replies = iter(("Yes: so.", "是的，对。", "It does not say.", "It does not say."))
    answered = measure_answers(cases, lambda c: next(replies))
    figures = answer_figures(answered)
    assert [figures[k] for k in ("cases", "correct", "unknown", "missed", "wrong")] == [4, 1, 1, 1, 1]
    assert figures["correct_or_unknown"] == 0.75
    assert figures["languages"]["zh"]["wrong_share"] == 1.0
    assert figures["kinds"]["value"]["missed"] == 1
    low, high = figures["wrong_share_95"]
    assert 0.0 <= low <= 0.25 <= high <= 1.0
    assert len(answer_table(figures)) == 2 + 2 + 4 + 1
    assert len(list(unlike(answered))) == 2
    with pytest.raises(ValueError, match="nothing to measure"):
        answer_figures([])


def test_a_bad_line_is_named_and_a_useless_file_refused(tmp_path: Path) -> None:
    good = {"id": "1", "language": "en", "question": "steel?", "product": ROW, "answer": {"kind": "yes"}}
    bad = [{**good, "answer": {"kind": "perhaps"}}, {**good, "answer": {"kind": "value"}}, {**good, "product": 3}]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(x) for x in [good, good, good, *bad]), encoding="utf-8")
    data = read_answer_cases(path)
    assert len(data.lines) == 3
    assert [p.split(":")[1] for p in data.problems] == ["4", "5", "6"]
    path.write_text(json.dumps(bad[0]), encoding="utf-8")
    with pytest.raises(TrainingError, match="perhaps"):
        read_answer_cases(path)


def test_the_command_names_a_missing_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "answers", "--cases", str(tmp_path / "none.jsonl")])
    assert result.exit_code != 0
