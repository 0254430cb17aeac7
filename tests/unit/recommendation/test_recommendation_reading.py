from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.interactions import Items
from assistant.recommendation.reading import attribute_items, read_interactions


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_sequences_keep_their_order_and_know_no_times(tmp_path: Path) -> None:
    data = read_interactions(write(tmp_path, "a.txt", "7 10 2 3\n\n9 2 10\n"))
    assert data.user_ids == ("7", "9")
    assert data.items.ids == ("2", "3", "10")
    assert [one.tolist() for one in data.sequences()] == [[2, 0, 1], [0, 2]]
    assert not data.timed
    assert data.history(1).times is None


def test_four_numbers_a_line_are_a_sequence_unless_the_last_is_a_time(tmp_path: Path) -> None:
    assert read_interactions(write(tmp_path, "a.txt", "1 2 3 4\n2 3 4 5\n")).n_items == 4
    rated = read_interactions(write(tmp_path, "u.data", "1\t2\t5\t881250949\n1\t3\t4\t881250900\n"))
    assert rated.timed
    assert rated.ratings is not None
    assert rated.ratings.tolist() == [4.0, 5.0]
    assert [rated.items.ids[int(row)] for row in rated.rows] == ["3", "2"]


def test_ratings_with_a_typed_header(tmp_path: Path) -> None:
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    data = read_interactions(write(tmp_path, "a.inter", header + "u\tx\t3\t5\nu\ty\t4\t2\nv\tx\t1\t9\n"))
    assert [data.items.ids[int(row)] for row in data.sequences()[0]] == ["y", "x"]
    assert data.times.tolist() == [2.0, 5.0, 9.0]


def test_pairs_have_neither_times_nor_ratings(tmp_path: Path) -> None:
    data = read_interactions(write(tmp_path, "train.txt", "0\t5\t1\n0\t6\t1\n1\t5\t1\n"))
    assert (data.n_users, data.n_items, len(data)) == (2, 2, 3)
    assert data.ratings is None


def test_shop_events_are_weighted_by_kind_and_dislikes_are_against(tmp_path: Path) -> None:
    lines = [
        {"user_id": "u", "sku": "b", "event": "purchase", "timestamp": "2026-01-02T00:00:00Z", "value": 3},
        {"user_id": "u", "sku": "a", "event": "view", "timestamp": "2026-01-01T00:00:00Z", "value": None},
        {"user_id": "u", "sku": "c", "event": "dislike", "timestamp": "2026-01-03T00:00:00Z", "value": None},
    ]
    data = read_interactions(write(tmp_path, "events.jsonl", "\n".join(map(json.dumps, lines))))
    assert data.kinds == ("view", "purchase", "dislike")
    assert [data.items.ids[int(row)] for row in data.sequences()[0]] == ["a", "b"]
    assert data.weights[1] > data.weights[0] > 0 > data.weights[2]
    assert np.diff(data.times).tolist() == [86400.0, 86400.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no interactions"),
        ("1 2 3\n1 4 5 6\n", "more than one line"),
        ('{"user_id": "u"}', "no event"),
        ('{"user_id":"u","sku":"a","event":"gaze","timestamp":"2026-01-01T00:00:00Z"}', "gaze"),
        ("user_id:token\titem_id:token\n1\n", "columns"),
        ("user_id:token\titem_id:token\trating:float\n1\t2\tgood\n", "no number"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TrainingError, match=told):
        read_interactions(write(tmp_path, "a.txt", text))


def test_a_missing_file_and_an_item_outside_the_catalogue_are_errors(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot read"):
        read_interactions(tmp_path / "none.txt")
    with pytest.raises(TrainingError, match="item '9' is not in the catalogue"):
        read_interactions(write(tmp_path, "a.txt", "1 8 9\n"), items=Items(("8",)))


def test_items_of_the_same_attributes_have_the_same_vector(tmp_path: Path) -> None:
    known = {"a": [1, 2], "b": [1, 2], "c": [3, 4], "x": [9]}
    items = attribute_items(Items(("a", "b", "c", "d")), write(tmp_path, "a.json", json.dumps(known)), dimensions=2)
    assert items.vectors is not None
    a, b, c, d = items.vectors
    np.testing.assert_allclose(a, b, atol=1e-6)
    assert a @ b == pytest.approx(1.0, abs=1e-5)
    assert abs(float(a @ c)) < 0.1
    assert not d.any()


def test_a_gzipped_file_reads_like_the_plain_one_and_a_broken_one_is_said(tmp_path: Path) -> None:
    packed = gzip.compress(b"7 10 2 3\n9 2 10\n")
    (tmp_path / "a.txt.gz").write_bytes(packed)
    plain = read_interactions(write(tmp_path, "a.txt", "7 10 2 3\n9 2 10\n"))
    assert read_interactions(tmp_path / "a.txt.gz").rows.tolist() == plain.rows.tolist()
    for content in (packed[:-9], b"no gzip", packed[:12] + b"\xff" * 8):
        (tmp_path / "b.txt.gz").write_bytes(content)
        with pytest.raises(TrainingError, match="cannot read"):
            read_interactions(tmp_path / "b.txt.gz")
