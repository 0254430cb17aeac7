"""Conversion happens once, whole or not at all, and a damaged folder is noticed."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.errors import WeightsError
from assistant.weights.cache import MANIFEST, check, convert_once, read_manifest, weights_folder

SOURCE = {"toy.bin": "0" * 64}
MEND = "assistant weights pull toy --force"


def build(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "sub" / "weights.bin").write_bytes(bytes(range(256)))


def visible_and_partial(cache: Path) -> list[str]:
    return sorted(p.name for p in (cache / "weights").iterdir() if not p.name.endswith(".lock"))


def test_a_conversion_is_kept_with_its_hashes(tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    folder = convert_once(tmp_path, "toy", SOURCE, build, mend=MEND, progress=lambda m, s: steps.append((m, s)))
    assert folder == weights_folder(tmp_path, "toy")
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["source"] == SOURCE
    assert manifest["files"]["sub/weights.bin"]["bytes"] == 256
    assert len(manifest["files"]["sub/weights.bin"]["sha256"]) == 64
    assert steps[-1] == ("ready", 1.0)
    assert visible_and_partial(tmp_path) == ["toy"]


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def interrupted(folder: Path) -> None:
        build(folder)
        raise error

    with pytest.raises(type(error)):
        convert_once(tmp_path, "toy", SOURCE, interrupted, mend=MEND)
    assert visible_and_partial(tmp_path) == []
    convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    assert visible_and_partial(tmp_path) == ["toy"]


def test_a_failed_renewal_keeps_the_folder_that_was_there(tmp_path: Path) -> None:
    folder = convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)

    def interrupted(_: Path) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        convert_once(tmp_path, "toy", SOURCE, interrupted, mend=MEND, force=True)
    assert (folder / "sub" / "weights.bin").read_bytes() == bytes(range(256))


def test_what_a_killed_conversion_left_is_removed(tmp_path: Path) -> None:
    stale = tmp_path / "weights" / ".toy.partial-abc"
    (stale / "new").mkdir(parents=True)
    other = tmp_path / "weights" / ".other.partial-abc"
    other.mkdir()
    convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    assert not stale.exists()
    assert other.exists(), "that conversion may still be running under its own lock"


def test_threads_convert_once(tmp_path: Path) -> None:
    built: list[int] = []
    together = threading.Barrier(4)

    def counted(folder: Path) -> None:
        built.append(1)
        build(folder)

    def ask(_: int) -> Path:
        together.wait()
        return convert_once(tmp_path, "toy", SOURCE, counted, mend=MEND)

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(ask, range(4)))
    assert len(folders) == 1
    assert len(built) == 1


def test_another_payload_is_converted_anew(tmp_path: Path) -> None:
    convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    folder = convert_once(tmp_path, "toy", {"toy.bin": "1" * 64}, lambda f: (f / "new").touch(), mend=MEND)
    assert (folder / "new").exists()
    assert not (folder / "config.json").exists()


@pytest.mark.parametrize("damage", ["truncate", "remove", "manifest"])
def test_damage_is_named_with_the_command_that_mends_it(tmp_path: Path, damage: str) -> None:
    folder = convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    target = folder / (MANIFEST if damage == "manifest" else "sub/weights.bin")
    if damage == "remove":
        target.unlink()
    else:
        target.write_bytes(b"\x00")
    with pytest.raises(WeightsError, match="assistant weights pull toy --force") as caught:
        convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    assert target.name in str(caught.value)
    convert_once(tmp_path, "toy", SOURCE, build, mend=MEND, force=True)
    convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)


def test_the_full_check_sees_a_changed_byte_of_the_same_size(tmp_path: Path) -> None:
    folder = convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
    (folder / "sub" / "weights.bin").write_bytes(bytes(256))
    manifest = read_manifest(folder, mend=MEND)
    assert manifest is not None
    check(folder, manifest, mend=MEND)
    with pytest.raises(WeightsError, match="SHA-256"):
        check(folder, manifest, mend=MEND, full=True)


def test_an_unwritable_cache_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="ASSISTANT_CACHE"):
        convert_once(tmp_path, "toy", SOURCE, build, mend=MEND)
