"""The bench over the real parts, small."""

from __future__ import annotations

import json

import pytest

from assistant.assembly import Parts
from assistant.evaluation import bench

pytestmark = pytest.mark.models


def test_a_small_bench_measures_everything(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_DOCUMENTS", 16), ("_ROUNDS", 2), ("_TEXTS", 16), ("_GENERATED", 8), ("_PROMPTS", 2)):
        monkeypatch.setattr(bench, name, value)
    # The parts of this session instead of a second set of models; what their start costs is measured elsewhere.
    monkeypatch.setattr(bench, "_start", lambda settings, report: (parts, {"total": 1.0}))
    said: list[str] = []
    figures = json.loads(json.dumps(bench.run_bench(parts.settings, messages=3, report=said.append)))
    assert figures["messages"] == 3
    assert figures["ms"]["all"]["total"]["n"] == 3
    assert figures["ms"]["en"]["understand"]["n"] == 2
    assert figures["ms"]["zh"]["understand"]["n"] == 1
    for stages in figures["ms"].values():
        for stage in stages.values():
            assert 0 <= stage["p50"] <= stage["p95"]
    assert figures["generation"]["tokens_per_s"] > 0
    assert figures["generation"]["tokens"] > 2
    assert figures["understanding"]["texts_per_s"] > 0
    assert figures["embedding"]["docs_per_s"] > 0
    assert figures["embedding"]["docs_per_s_plain_float32"] > 0
    assert figures["peak_memory_mb"] > 300
    assert figures["machine"]["cpu"]
    assert any(line.startswith("| tokens/s |") for line in said)
