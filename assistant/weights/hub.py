"""Fetch a model from the Hugging Face hub with its own client, or find what that client fetched before.

Knows hub ids and which files of a repository are needed. Knows nothing of the models that have a name here.
"""

from __future__ import annotations

import re
from pathlib import Path

from assistant.errors import WeightsError
from assistant.weights.cache import Progress

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

# Safetensors, configuration and tokenizer; repositories often hold the same weights in four more formats.
_NEEDED = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model", "*.jinja")
_UNNEEDED = ("onnx/*", "openvino/*", "*.onnx*")


def looks_like_hub_id(name: str) -> bool:
    """Whether a name has the form ``owner/model``."""
    return _HUB_ID.fullmatch(name) is not None


def download(name: str, *, offline: bool, progress: Progress) -> Path:
    """The local snapshot of a hub model, downloaded where it is not there yet.

    Raises:
        WeightsError: offline and never downloaded, or the hub does not give it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    bars = not are_progress_bars_disabled()
    disable_progress_bars()
    progress(f"looking for {name}" if offline else f"downloading {name}", 0.0)
    try:
        folder = Path(
            snapshot_download(
                name,
                allow_patterns=list(_NEEDED),
                ignore_patterns=list(_UNNEEDED),
                local_files_only=offline,
            )
        )
    except LocalEntryNotFoundError as error:
        if offline:
            raise WeightsError(
                f"'{name}' is a hub model that was never downloaded, and the hub may not be asked (offline mode); run "
                "once without ASSISTANT_OFFLINE and HF_HUB_OFFLINE, or give a local folder or a name that "
                "`assistant weights list` shows"
            ) from error
        raise WeightsError(f"'{name}' is not here and the hub cannot be reached; check the network: {error}") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise WeightsError(
            f"the hub does not give '{name}': {error}. Check the name, and for a gated model log in with "
            "`hf auth login`"
        ) from error
    finally:
        if bars:
            enable_progress_bars()
    if not any((folder / f).is_file() for f in ("modules.json", "config.json")):
        raise WeightsError(f"'{name}' has neither modules.json nor config.json; it is not a transformers model")
    progress("ready", 1.0)
    return folder
