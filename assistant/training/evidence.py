"""Fits how the parser's findings correct the classifier: multinomial logistic regression on what it held out.

The held-out part is the one the classifier's recipe names (same files, share and seed), so no text that the classifier
was trained on weighs in, and the test file is only measured on. Penalty and gain come from cross-validation there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.lexicon import Lexicon
from assistant.metrics import accuracy, expected_calibration_error, macro_f1
from assistant.training.utterances import Utterance, held_out, read_utterances, training_files, without_repeats
from assistant.understanding import ConstraintParser, EncoderIntentClassifier
from assistant.understanding.evidence import FEATURES, FILE, Evidence, EvidenceReader

_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
_FOLDS = 5
Floats = npt.NDArray[np.float64]


def fit_evidence(
    train: Path, test: Path, weights: Path, *, encoder: str, cache: Path, offline: bool = False
) -> dict[str, Any]:
    """Fit the correction for the classifier in ``weights``, write it beside it, and return figures before and after.

    Raises:
        TrainingError: the classifier was trained on other data than ``train`` holds now.
    """
    recipe = json.loads((weights / "recipe.json").read_text(encoding="utf-8"))
    tests = read_utterances([test]).lines
    data = without_repeats(read_utterances(training_files(train)), tests)
    options = recipe["options"]
    rest, held = held_out(data.lines, options["held_out"], recipe["seed"])
    if len(rest) != recipe["metrics"]["train_lines"]:
        raise TrainingError(
            f"the classifier was trained on {recipe['metrics']['train_lines']} lines, '{train}' now gives {len(rest)}; "
            "train it again first: assistant train intent"
        )
    classifier = EncoderIntentClassifier.load(weights, encoder, cache=cache, offline=offline)
    lexicon = Lexicon.load()
    reader = EvidenceReader(ConstraintParser(lexicon), lexicon)
    labels = tuple(classifier.labels)
    logs, features, truth = _matrices(classifier, reader, labels, held)
    folds = np.random.default_rng(recipe["seed"]).permutation(len(truth)) % _FOLDS
    scores = {p: _cross_validated(logs, features, truth, folds, p) for p in _PENALTIES}
    before = float(np.mean(logs.argmax(axis=1) == truth))
    penalty = max(scores, key=lambda p: scores[p])
    evidence = _fit(labels, logs, features, truth, penalty)
    figures: dict[str, Any] = {
        "held_out": {"accuracy_before": round(before, 4), "accuracy_cross_validated": round(scores[penalty], 4)},
        "penalty": penalty,
    }
    for name, lines in (("test", tests), *((f"test_{x}", [u for u in tests if u.language == x]) for x in ("en", "zh"))):
        if lines:
            figures[name] = _measure(classifier, reader, evidence, labels, lines)
    document = {
        "features": FEATURES,
        "labels": labels,
        "scale": round(evidence.scale, 5),
        "weights": np.round(evidence.weights, 4).tolist(),
        "bias": np.round(evidence.bias, 4).tolist(),
        "figures": figures,
    }
    path = weights / FILE
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)
    return figures


def _matrices(
    classifier: EncoderIntentClassifier, reader: EvidenceReader, labels: Sequence[str], lines: Sequence[Utterance]
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    found = classifier.predict([u.text for u in lines])
    logs = np.log(np.array([[max(p.distribution.get(label, 0.0), 1e-9) for label in labels] for p in found]))
    features = np.array([reader.features(u.text) for u in lines])
    return logs, features, np.array([labels.index(u.label) for u in lines], dtype=np.int64)


def _fit(
    labels: tuple[str, ...], logs: Floats, features: Floats, truth: npt.NDArray[np.int64], penalty: float
) -> Evidence:
    """Cross-entropy plus an L2 penalty on weights and bias; the scale of the logs is free."""
    import torch

    x, f, y = torch.tensor(logs), torch.tensor(features), torch.tensor(truth)
    weights = torch.zeros((f.shape[1], x.shape[1]), dtype=torch.double, requires_grad=True)
    bias = torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True)
    scale = torch.ones(1, dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias, scale], max_iter=300)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(scale * x + f @ weights + bias, y)
        loss = loss + penalty * ((weights**2).sum() + (bias**2).sum()) / len(y)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Evidence(labels, float(scale.item()), weights.detach().numpy(), bias.detach().numpy())


def _scores(evidence: Evidence, logs: Floats, features: Floats) -> Floats:
    return np.asarray(evidence.scale * logs + features @ evidence.weights + evidence.bias)


def _cross_validated(
    logs: Floats, features: Floats, truth: npt.NDArray[np.int64], folds: npt.NDArray[np.int64], penalty: float
) -> float:
    right = 0
    for fold in range(_FOLDS):
        inside, outside = folds != fold, folds == fold
        evidence = _fit((), logs[inside], features[inside], truth[inside], penalty)
        right += int((_scores(evidence, logs[outside], features[outside]).argmax(axis=1) == truth[outside]).sum())
    return right / len(truth)


def _measure(
    classifier: EncoderIntentClassifier,
    reader: EvidenceReader,
    evidence: Evidence,
    labels: tuple[str, ...],
    lines: Sequence[Utterance],
) -> dict[str, float]:
    logs, features, truth = _matrices(classifier, reader, labels, lines)
    after = _scores(evidence, logs, features)
    odds = np.exp(after - after.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    wanted = [labels[i] for i in truth]
    plain, settled = [labels[i] for i in logs.argmax(axis=1)], [labels[i] for i in after.argmax(axis=1)]
    right = [a == b for a, b in zip(wanted, settled, strict=True)]
    return {
        "accuracy_before": round(accuracy(wanted, plain), 4),
        "macro_f1_before": round(macro_f1(wanted, plain), 4),
        "accuracy": round(accuracy(wanted, settled), 4),
        "macro_f1": round(macro_f1(wanted, settled), 4),
        "ece": round(expected_calibration_error(odds.max(axis=1), right), 4),
    }
