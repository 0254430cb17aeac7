"""Which device and number format the models run in.

Knows what this machine's processor does quickly. Knows no model.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ConfigurationError

if TYPE_CHECKING:
    import torch

_FAST_BF16 = frozenset({"avx512_bf16", "amx_bf16"})
_EXACT_BYTES = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})
# The first is for GNU's OpenMP, which lets it go before the second; the others know the second alone.
_WAITS = {"GOMP_SPINCOUNT": "2000", "OMP_WAIT_POLICY": "PASSIVE"}


def cpu_has_fast_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 in hardware.

    Without those instructions bfloat16 is emulated and slower than float32, so an unknown processor counts as without.
    """
    return bool(_cpu_flags(cpuinfo) & _FAST_BF16)


def cpu_adds_bytes_exactly(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether sums of products of bytes are kept in full; older processors saturate, an unknown one counts as old."""
    return bool(_cpu_flags(cpuinfo) & _EXACT_BYTES)


def cpu_has_tiles(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor says that it multiplies matrices in tiles (AMX); a virtual machine may forbid their use."""
    return "amx_tile" in _cpu_flags(cpuinfo)


def _cpu_flags(cpuinfo: Path) -> set[str]:
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            return set(line.partition(":")[2].split())
    return set()


def share_processor() -> bool:
    """Let torch's threads sleep soon while they wait for each other, unless the environment says how they wait.

    By default they spin, and as soon as another program wants a core, each spins through the other's time slice: a
    query that takes 16 ms on a quiet machine took 1,600 ms beside one busy program. Threads that sleep at once share
    well, but pay for each waking: writing a token is a hundred products of a tenth of a millisecond. So GNU's OpenMP,
    the one of torch for Linux and of llama.cpp, waits 2,000 turns first: the products of a token take 14 instead of
    18 ms on a quiet machine and 32 instead of 40 ms beside two busy programs; a short query of an encoder in torch 8
    instead of 10 and 17 instead of 11 ms. Other runtimes, such as those of macOS, let them sleep at once.

    OpenMP reads the variables once, when torch is first imported, so the command line calls this before anything else.

    Returns:
        Whether it could still take effect.
    """
    in_time = "torch" not in sys.modules
    if in_time and os.environ.keys().isdisjoint({*_WAITS, "KMP_BLOCKTIME"}):
        os.environ.update(_WAITS)
    return in_time


def device_and_dtype(device: str = "auto", dtype: str = "auto") -> tuple[torch.device, torch.dtype]:
    """Turn the two settings into what torch takes.

    ``auto`` prefers CUDA, then Apple's GPU, then the CPU; and bfloat16 where the device computes it quickly, float16 on
    a GPU without it, float32 elsewhere.

    Raises:
        ConfigurationError: the device is not there, or the number format is not one of ours.
    """
    share_processor()
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ConfigurationError(f"device '{device}' is not known; use auto, cpu, cuda or mps") from error
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError(
            "device 'cuda' was asked for, but torch sees no CUDA device; use device 'auto' or 'cpu'"
        )
    if chosen.type == "mps" and not torch.backends.mps.is_available():
        raise ConfigurationError("device 'mps' was asked for, but torch has no Metal here; use device 'auto' or 'cpu'")
    formats = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype in formats:
        return chosen, formats[dtype]
    if dtype != "auto":
        raise ConfigurationError(f"dtype '{dtype}' is not known; use auto, {', '.join(formats)}")
    if chosen.type == "cuda":
        return chosen, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if chosen.type == "cpu" and cpu_has_fast_bf16():
        return chosen, torch.bfloat16
    return chosen, torch.float32
