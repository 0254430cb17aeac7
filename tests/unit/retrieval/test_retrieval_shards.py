"""Shards of vectors: whole or not there, and what embedding on Ray says when there is no Ray."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from builders import product, write_jsonl
from fakes import HashEncoder

from assistant.errors import CatalogError, ClusterError
from assistant.retrieval import Cluster, build_index, build_index_on_ray
from assistant.retrieval.shards import Shards


def digests(start: int, count: int) -> np.ndarray:
    return np.array([[i] * 16 for i in range(start, start + count)], dtype=np.uint8)


def rows(start: int, count: int) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.float32)[:, None] * np.ones(4, dtype=np.float32)


def test_what_was_appended_is_read_now_and_later(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    shards = Shards(folder, 4)
    assert len(shards) == 0
    assert not folder.exists()
    shards.append(digests(0, 3), rows(0, 3))
    shards.append(digests(3, 2), rows(3, 2))
    for opened in (shards, Shards(folder, 4)):
        assert len(opened) == 5
        assert set(opened) == {bytes([i] * 16) for i in range(5)}
        np.testing.assert_array_equal(opened[bytes([4] * 16)], rows(4, 1)[0])
        assert opened.get(bytes([9] * 16)) is None
    shards.remove()
    assert len(shards) == 0
    assert not folder.exists()


def test_a_shard_that_was_cut_off_does_not_count_and_is_not_overwritten(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 4)
    for start in (0, 2, 4):
        shards.append(digests(start, 2), rows(start, 2))
    (tmp_path / "000000.digests.npy").unlink()  # killed between the two files of a shard
    (tmp_path / "000001.vectors.npy").write_bytes((tmp_path / "000001.vectors.npy").read_bytes()[:60])
    again = Shards(tmp_path, 4)
    assert set(again) == {bytes([i] * 16) for i in (4, 5)}
    again.append(digests(0, 2), rows(7, 2))
    last = Shards(tmp_path, 4)
    assert set(last) == {bytes([i] * 16) for i in (0, 1, 4, 5)}
    np.testing.assert_array_equal(last[bytes([1] * 16)], rows(8, 1)[0])


def test_vectors_of_another_width_are_left_out(tmp_path: Path) -> None:
    Shards(tmp_path, 4).append(digests(0, 2), rows(0, 2))
    assert len(Shards(tmp_path, 5)) == 0


def no_encoder() -> HashEncoder:
    raise AssertionError("nothing is to be embedded")


def test_without_ray_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    catalog = write_jsonl(tmp_path / "c.jsonl", [product("A", "Thing")])
    with pytest.raises(ClusterError, match=r"'scale' extra .*pip install"):
        build_index_on_ray(catalog, tmp_path / "i", HashEncoder(), no_encoder, Cluster())


def test_an_index_that_is_up_to_date_needs_no_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    catalog = write_jsonl(tmp_path / "c.jsonl", [product("A", "Thing"), product("B", "Other")])
    build_index(catalog, tmp_path / "i", HashEncoder())
    again = build_index_on_ray(catalog, tmp_path / "i", HashEncoder(), no_encoder, Cluster())
    assert (again.products, again.vectors, again.embedded) == (2, 2, 0)
    dearer = write_jsonl(tmp_path / "d.jsonl", [product("A", "Thing", 99.0)])
    assert build_index_on_ray(dearer, tmp_path / "i", HashEncoder(), no_encoder, Cluster()).embedded == 0


def test_what_an_abandoned_run_left_goes_with_the_next_whole_version(tmp_path: Path) -> None:
    Shards(tmp_path / "i" / "embedded-0123", 4).append(digests(0, 2), rows(0, 2))
    build_index(write_jsonl(tmp_path / "c.jsonl", [product("A", "Thing")]), tmp_path / "i", HashEncoder())
    assert not list((tmp_path / "i").glob("embedded-*"))


def test_files_that_cannot_be_used_are_told_before_ray_is_asked(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalogue file"):
        build_index_on_ray(tmp_path / "none.jsonl", tmp_path / "i", HashEncoder(), no_encoder, Cluster())
    broken = write_jsonl(tmp_path / "c.jsonl", ["{broken"])
    with pytest.raises(CatalogError, match="line 1"):
        build_index_on_ray(broken, tmp_path / "i", HashEncoder(), no_encoder, Cluster(), fail_on_error=True)
    with pytest.raises(CatalogError, match="no usable product"):
        build_index_on_ray(broken, tmp_path / "i", HashEncoder(), no_encoder, Cluster())
