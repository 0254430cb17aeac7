"""A few megabytes that teach a text generator its trade: low-rank matrices, added to the model when it is loaded.

    DIR/adapter.json    which generator it belongs to, what tells that one from another, the prompts it was trained for
    DIR/adapter_config.json, adapter_model.safetensors    as peft writes them
    DIR/recipe.json     what made it

For transformers they are merged once and the merged folder is cached; for llama.cpp they become a GGUF file that it
adds to the quantised model. Knows files and networks. Does not know how an adapter is trained, nor what prompts say.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.encoder.adapter import CARD, CONFIG, TENSORS, adapter_id, stamps
from assistant.errors import WeightsError
from assistant.weights import Progress, known
from assistant.weights.cache import convert_once, sha256_of, silent, weights_folder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["CARD", "CONFIG", "SHIPPED", "TENSORS", "TextAdapter", "choose_adapter", "merged", "probe", "write_card"]

FORMAT = 1
SHIPPED = Path(__file__).resolve().parent / "adapters"
"""Adapters that come with the package, one folder for each generator, by its name."""

_PROBES = ("The lamp on the table is", "这双鞋适合下雨天", "{name} costs {price}, and")
_PROBE_WIDTH = 64
# Other number formats and quantisations of one model stay above; another model is near 0 or has other sizes.
_SAME_MODEL = 0.95
_AGAIN = "make one with `assistant train blurb --train FILE --output DIR`"


@dataclass(frozen=True, slots=True)
class TextAdapter:
    """A readable adapter. ``prompts`` is task → ``task/version``; ``shape`` is (width, layers, vocabulary)."""

    folder: Path
    generator: str
    shape: tuple[int, int, int]
    probe: tuple[tuple[float, ...], ...]
    prompts: Mapping[str, str]

    @property
    def id(self) -> str:
        """Tells this adapter from every other: the beginning of a hash of its weights and their scale."""
        return adapter_id(self.folder)

    @property
    def versions(self) -> dict[str, str]:
        """Task → version of the prompts it was trained for."""
        return {task: name.rpartition("/")[2] for task, name in self.prompts.items()}


def write_card(
    folder: Path, *, generator: str, model: Any, made_of: Sequence[Sequence[float]], prompts: Mapping[str, str]
) -> None:
    """Write what is known of an adapter besides its tensors; ``made_of`` is the probe of the plain model."""
    card = {
        "format": FORMAT,
        "generator": generator,
        "shape": list(_shape(model)),
        "prompts": dict(prompts),
        "probe": [list(row) for row in made_of],
    }
    (folder / CARD).write_text(json.dumps(card) + "\n", encoding="utf-8")


def read_text_adapter(folder: Path) -> TextAdapter:
    """The adapter of a folder.

    Raises:
        WeightsError: there is none, or it is not one this version reads.
    """
    path = folder / CARD
    if not path.is_file():
        raise WeightsError(
            f"'{folder}' holds no text adapter (no {CARD}): training did not finish, or it is another folder; "
            f"{_AGAIN}, or set ASSISTANT_GENERATOR_ADAPTER to none"
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT or "generator" not in data:
            raise ValueError(f"it is no card of a text adapter in format {FORMAT}")
        missing = [name for name in (CONFIG, TENSORS) if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        width, layers, vocabulary = (int(v) for v in data["shape"])
        rows = tuple(tuple(float(v) for v in row) for row in data["probe"])
        prompts = {str(k): str(v) for k, v in data["prompts"].items()}
        return TextAdapter(folder, str(data["generator"]), (width, layers, vocabulary), rows, prompts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"the text adapter in '{folder}' cannot be read ({error}); {_AGAIN}") from error


def choose_adapter(stated: str, generator: str, *, shipped: Path = SHIPPED) -> TextAdapter | None:
    """The adapter a setting means.

    Args:
        stated: ``auto`` for the shipped one of that generator, where there is one; ``none``; or a folder.
        generator: its name, with or without ``llama:``; a hub id counts as the known model it is the source of.
        shipped: where shipped adapters are.

    Raises:
        WeightsError: a folder was named that holds none.
    """
    if stated == "none":
        return None
    if stated != "auto":
        return read_text_adapter(Path(stated).expanduser())
    name = generator.removeprefix("llama:")
    name = next((m.name for m in known() if m.hub_id == name), name)
    # A name may be a path; only one that is the plain name of a model can have a folder here.
    folder = shipped / Path(name).name if Path(name).name == name else None
    return read_text_adapter(folder) if folder is not None and (folder / CARD).is_file() else None


def probe(model: Any, tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[float, ...], ...]:
    """What a model makes of three fixed texts: the beginning of their last states, each of length 1."""
    import torch

    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    training = model.training
    model.eval()
    rows = []
    with torch.inference_mode():
        for text in _PROBES:
            ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]], device=base.device)
            states = base.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
            vector = states[0].float().mean(dim=0).cpu().numpy()[:_PROBE_WIDTH]
            rows.append(tuple(round(float(v), 4) for v in vector / max(float(np.linalg.norm(vector)), 1e-12)))
    model.train(training)
    return tuple(rows)


def merged(folder: Path, adapter: TextAdapter, *, name: str, cache: Path, progress: Progress | None = None) -> Path:
    """A model's folder with the adapter's matrices added to its own, made once; it then costs what the plain one does.

    Args:
        folder: of the plain model.
        adapter: to merge.
        name: of the plain model, for messages.
        cache: where merged folders are kept.
        progress: called with a message and the share done.

    Raises:
        WeightsError: the adapter was trained on another model, or a file of it is damaged.
    """
    source = {**stamps(adapter), **_stamps_of(folder)}
    target = f"text-{adapter.id}-{Path(name).name}"
    report = progress or silent

    def build(out: Path) -> None:
        report("adding the adapter", 0.1)
        _merge_into(folder, adapter, name, out)

    return convert_once(cache, target, source, build, mend=f"rm -r {weights_folder(cache, target)}", progress=report)


def _merge_into(folder: Path, adapter: TextAdapter, name: str, out: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    _same_model(adapter, model, tokenizer, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft and transformers about each other's names
            # Matrices without their numbers would change nothing, and say so only as a warning.
            warnings.filterwarnings("error", message=".*missing adapter keys.*")
            whole: Any = PeftModel.from_pretrained(model, str(adapter.folder)).merge_and_unload()
    except Exception as error:  # safetensors and peft raise a dozen types of their own for one damaged file
        raise WeightsError(
            f"the text adapter in '{adapter.folder}' cannot be merged into '{name}' ({error}); {_AGAIN}"
        ) from error
    for path in folder.iterdir():
        if path.is_file() and path.suffix in (".json", ".model", ".txt", ".jinja") and "index" not in path.name:
            shutil.copyfile(path, out / path.name)
    (out / "manifest.json").unlink(missing_ok=True)
    whole.to(torch.bfloat16).save_pretrained(out)


def _stamps_of(folder: Path) -> dict[str, str]:
    """What changes when a model does: the hashes of its manifest, else of its weight files' names and sizes."""
    manifest = folder / "manifest.json"
    if manifest.is_file():
        return {"base/manifest.json": sha256_of(manifest)}
    files = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".bin"))
    return {f"base/{p.name}": f"{p.stat().st_size} {p.stat().st_mtime_ns}" for p in files}


def _same_model(adapter: TextAdapter, model: Any, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    shape = _shape(model)
    if shape == adapter.shape:
        found, wanted = np.asarray(probe(model, tokenizer)), np.asarray(adapter.probe)
        likeness = float(np.min(np.sum(found * wanted, axis=1))) if found.shape == wanted.shape else 0.0
        if likeness >= _SAME_MODEL:
            return
        how = f"it agrees with it to {likeness:.2f} only"
    else:
        how = f"width, layers and vocabulary are {shape}, the other's {adapter.shape}"
    raise WeightsError(
        f"the text adapter in '{adapter.folder}' was trained on '{adapter.generator}' and cannot run on '{name}' "
        f"({how}); use that generator, set ASSISTANT_GENERATOR_ADAPTER to none, or {_AGAIN}"
    )


def _shape(model: Any) -> tuple[int, int, int]:
    config = model.config.get_text_config()
    return int(config.hidden_size), int(config.num_hidden_layers), int(config.vocab_size)
