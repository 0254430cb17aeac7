"""A prompt lab over a scripted generator: real prompts, cases, database and claim check, and no model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fakes_assistant import FakeAssistant
from fakes_generation import BOOTS, PHONE

from assistant.dialogue import DialogueState
from assistant.generation.generator import TextStream, cut_at, never
from assistant.generation.ways import Ways
from assistant.lab import Bench, Lab
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.server.auth import Access
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.turns import Done
from assistant.types import Product

GOOD = (
    "{name} is waterproof and made of leather, so it suits rain. It costs {price}, and a high collar holds the ankle."
)
PLAIN = "{name} is made of leather. It costs {price}."
FALSE = "{name} is waterproof and made of pure silk. It costs {price}."
CHINESE = "{name}，室内拍照清楚。售价{price}。"

CASES: tuple[dict[str, Any], ...] = tuple(
    {
        "id": f"rain-{n}",
        "language": "en",
        "sku": "B1",
        "request": request,
        "checks": {"must_mention_any": [["waterproof"]], "must_not_mention": ["silk"], "max_words": 60},
    }
    for n, request in enumerate(
        ("boots for rain", "boots for a wet trek", "shoes for autumn", "something for puddles", "boots <b>bold</b>"), 1
    )
)
ZH_CASE: dict[str, Any] = {"id": "zh-1", "language": "zh", "sku": "P1", "request": "拍照清楚的手机", "checks": {}}


@dataclass
class Scribe:
    """A ``Generator`` that writes by which version's prompt it sees; ``gates`` hold it at a request."""

    old: str = FALSE
    new: str = GOOD
    chinese: str = CHINESE
    own: dict[str, str] = field(default_factory=dict)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    written: int = 0

    @property
    def name(self) -> str:
        return "scribe"

    def prepare(self, prefix: str) -> None:
        """There is nothing to prepare."""

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        self.written += 1
        if "店员" in prompt:
            text = self.chinese
        else:
            text = next((t for mark, t in self.own.items() if mark in prompt), "")
            text = text or (self.new if "Style:" in prompt else self.old)

        def pieces() -> Iterator[str]:
            for word, gate in self.gates.items():
                if word in prompt.rpartition("\n\n")[2] or word in prompt[-400:]:
                    assert gate.wait(60)
            yield text

        stream = TextStream(cut_at(pieces(), stop))
        stream.count(len(text) // 4)
        return stream


class Finder(FakeAssistant):
    """Recommends the boots for whatever mentions boots or shoes, and chats otherwise."""

    blurbs: Any = None

    def reply(self, state: DialogueState, message: str) -> Done:
        """One turn that asks whoever writes for a recommendation of the first card, as the pipeline does."""
        done = next(e for e in self.stream(state, message) if isinstance(e, Done))
        if done.turn.cards:
            with self.blurbs.begin(done.turn.cards[0], message, done.state.language):
                pass
        return done


def overlay_of(folder: Path) -> Path:
    """A folder of prompts that has nothing of its own yet."""
    return folder / "prompts"


def shipped_of(folder: Path) -> Path:
    """The shipped versions with a handful of cases, and gates that so few can meet."""
    source, target = default_folder("prompts"), folder / "shipped"
    for path in (p for p in sorted(source.glob("**/*")) if p.is_file() and p.suffix in (".yaml", ".lock")):
        copied = target / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(path.read_bytes())
    (target / "gates.yaml").write_text(
        "production:\n  min_cases: 4\n  pass_drop: 0.05\n  unsupported_shown: 0\n  unsupported_before_margin: 10\n"
        "  stood_in_margin: 0.05\n  right_language: 0.98\n  latency_ratio: 1000\n  errors: 0\n",
        encoding="utf-8",
    )
    # One version follows another here; that production may be guided is the shop's business.
    labels = (target / "labels.yaml").read_text(encoding="utf-8")
    (target / "labels.yaml").write_text(labels.replace(": 3\n", ": 1\n"), encoding="utf-8")
    (target / "cases").mkdir()
    lines = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in (*CASES, ZH_CASE))
    (target / "cases" / "blurb.jsonl").write_text(lines, encoding="utf-8")
    return target


def bench_of(folder: Path, database: Database, scribe: Scribe, *, lexicon: Lexicon | None = None) -> Bench:
    """The parts of a lab over a scripted generator."""
    finder = Finder((BOOTS, PHONE))
    return Bench.made(
        database,
        (shipped_of(folder), overlay_of(folder)),
        folder / "prompt-runs",
        lexicon or Lexicon.load(),
        lambda: scribe,
        lambda: cast("Any", finder),
        model="scribe",
    )


def products() -> tuple[Product, ...]:
    """What the finder sells."""
    return BOOTS, PHONE


def scripted_lab(folder: Path, *, sign_in: bool = True, scribe: Scribe | None = None) -> tuple[Lab, Sessions, Access]:
    """A lab with the sessions and the door of its server."""
    database = Database(f"sqlite:///{folder / 'lab.sqlite'}")
    lab = Lab(bench_of(folder, database, scribe or Scribe()))
    sessions = Sessions(cast("Any", FakeAssistant()), ConversationStore(database))
    access = Access.of(database, Settings.model_construct(sign_in=sign_in))
    return lab, sessions, access
