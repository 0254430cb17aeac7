"""JSONL in, JSONL out: whatever a line holds, there is an answer or an error for it, in order."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.cli import records
from assistant.errors import ConfigurationError, RecordError


def echo(record: records.Record) -> dict[str, Any]:
    text = records.text_field(record, "text")
    if text == "boom":
        raise RecordError("cannot answer that")
    return {"id": record.id, "length": len(text), "text": text[:10]}


def run(tmp_path: Path, content: bytes) -> list[dict[str, Any]]:
    (tmp_path / "in.jsonl").write_bytes(content)
    records.run(str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), echo)
    lines = (tmp_path / "out.jsonl").read_bytes().decode("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_line_is_answered_in_order_and_errors_do_not_stop_the_run(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        b'{"id": "a", "text": "hello"}\n'
        b"{broken\n"
        b"\n"
        b'{"id": 4}\n'
        b'{"id": 5, "text": 7}\n'
        b"[1]\n"
        b'"text"\n'
        b'{"text": "no id"}\n'
        b'{"id": {"a": 1}, "text": "x"}\n'
        b'{"id": "b", "text": "boom"}\n'
        b'{"id": null, "text": "\xff\xfe broken utf-8"}\n'
        b'{"id": "z", "text": "last"}',
    )
    assert [r.get("line") for r in found] == [None, 2, 4, 5, 6, 7, None, 9, 10, None, None]
    assert [r["id"] for r in found] == ["a", None, 4, 5, None, None, None, None, "b", None, "z"]
    errors = [r["error"] for r in found if "error" in r]
    assert "not JSON" in errors[0]
    assert "'text' is missing" in errors[1]
    assert "wanted a string" in errors[2]
    assert "wanted a JSON object" in errors[3]
    assert "'id'" in errors[5]
    assert errors[6] == "cannot answer that"
    for r in found:
        if "error" in r:
            assert set(r) == {"id", "line", "error"}


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\x01", "🎉", "a" * 100_000, "手" * 50_000, "\ud83d lone", "\\u0000", "\u2028\u2029\x85"]
)
def test_odd_texts_are_answered_on_one_line(tmp_path: Path, text: str) -> None:
    (found,) = run(tmp_path, json.dumps({"id": "\ud800", "text": text}).encode())
    assert found["length"] == len(text)


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    assert run(tmp_path, b"") == []
    assert run(tmp_path, b"\n \n\t\n") == []


def test_nesting_and_numbers_beyond_reason_are_no_crash(tmp_path: Path) -> None:
    found = run(tmp_path, b"[" * 100_000 + b"\n" + b'{"id": ' + b"9" * 5000 + b"}\n" + b'{"id": 1, "text": "x"}')
    assert [r.get("line") for r in found] == [1, 2, None]


def test_an_id_that_json_cannot_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(
        b'{"id": NaN, "text": "x"}\n{"id": 1e999, "text": "y"}\n{"id": true, "text": "z"}'
    )
    records.run(str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), echo)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    for line in (tmp_path / "out.jsonl").read_text().splitlines():
        assert json.loads(line, parse_constant=refuse)["id"] in (None, True)


def test_standard_streams_are_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    class Streams:
        def __init__(self, content: bytes) -> None:
            self.buffer = io.BytesIO(content)

    out = Streams(b"")
    monkeypatch.setattr("sys.stdin", Streams('{"id": 1, "text": "围巾"}\n'.encode()))
    monkeypatch.setattr("sys.stdout", out)
    records.run("-", "-", echo)
    assert json.loads(out.buffer.getvalue()) == {"id": 1, "length": 2, "text": "围巾"}


def test_missing_files_are_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read --input"):
        records.run(str(tmp_path / "none.jsonl"), str(tmp_path / "out.jsonl"), echo)
    assert not (tmp_path / "out.jsonl").exists()
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "x"}')
    with pytest.raises(ConfigurationError, match="cannot write --output"):
        records.run(str(tmp_path / "in.jsonl"), str(tmp_path / "no" / "folder.jsonl"), echo)
    with pytest.raises(ConfigurationError, match="cannot read --input"):
        records.run(str(tmp_path), "-", echo)


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b'{"id":1,"text":"x"}', b"null", b"{}", b"\xed\xa0\x80"]), max_size=6
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_one_line_for_each_line_that_says_something(tmp_path: Path, lines: list[bytes]) -> None:
    content = b"\n".join(lines)
    found = run(tmp_path, content)
    assert len(found) == sum(bool(line.strip()) for line in content.split(b"\n"))
