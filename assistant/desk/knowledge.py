"""Policies and replies at hand, as agents read and edit them, with every earlier version."""

from __future__ import annotations

from importlib.resources import files

from assistant.catalog.policies import TOPICS
from assistant.desk.edited import CANNED, EditedPolicies
from assistant.desk.records import Canned, PolicyPassage
from assistant.errors import ConfigurationError, StoreError
from assistant.store.database import Database
from assistant.store.policies import PassageVersion, PolicyStore
from assistant.types import ReplyLanguage

_LANGUAGES: tuple[ReplyLanguage, ...] = ("en", "zh")


class Knowledge:
    """Reads the shop's files with the edits over them; writes edits only."""

    def __init__(self, policies: EditedPolicies, database: Database) -> None:
        self._policies = policies
        self._store = PolicyStore(database)
        self._shipped = _shipped_replies()

    def policies(self, language: ReplyLanguage | None) -> tuple[PolicyPassage, ...]:
        """The passages in the order of the files, added ones last in their topic, withdrawn ones included."""
        edits = {(e.topic, e.language, e.heading): e for e in self._policies.edits()}
        originals = self._policies.originals
        out = []
        for key in dict.fromkeys((*originals, *edits)):
            topic, spoken, heading = key
            edit = edits.get(key)
            if spoken not in _LANGUAGES or (language is not None and spoken != language):
                continue
            text = edit.text if edit is not None else originals[key]
            version, author = (edit.version, edit.author) if edit is not None else (0, "")
            code: ReplyLanguage = "zh" if spoken == "zh" else "en"
            out.append(PolicyPassage(topic, code, heading, text, version, author, originals.get(key, "")))
        order = {topic: place for place, topic in enumerate(TOPICS)}
        return tuple(sorted(out, key=lambda p: (order.get(p.topic, len(order)), p.topic, p.language)))

    def save_passage(
        self, topic: str, language: str, heading: str, text: str | None, agent: str, base: int, note: str
    ) -> PassageVersion:
        """Store a new version."""
        if topic not in TOPICS and topic not in {t for t, _, _ in self._policies.originals}:
            raise StoreError(f"there is no policy topic '{topic[:60]}'; it is one of {', '.join(TOPICS)}")
        if language not in _LANGUAGES:
            raise StoreError(f"a policy is in {' or '.join(_LANGUAGES)}, not in '{language[:20]}'")
        # As the files are read: a passage is one paragraph.
        text = " ".join(text.split()) if text is not None else None
        return self._store.save(topic, language, heading.strip(), text, author=agent, base=base, note=note.strip())

    def history(self, topic: str, language: str, heading: str) -> tuple[PassageVersion, ...]:
        """Every version, newest first."""
        return self._store.history(topic, language, heading)

    def canned(self, language: ReplyLanguage) -> tuple[Canned, ...]:
        """The shipped replies with the edits over them, and those that were added."""
        edits = {e.heading: e for e in self._store.current() if e.topic == CANNED and e.language == language}
        out = []
        for title, text in self._shipped[language]:
            edit = edits.pop(title, None)
            if edit is None:
                out.append(Canned(title, text, language, 0))
            elif edit.text is not None:
                out.append(Canned(title, edit.text, language, edit.version))
        out += [Canned(e.heading, e.text, language, e.version) for e in edits.values() if e.text is not None]
        return tuple(out)

    def save_canned(self, language: ReplyLanguage, title: str, text: str | None, agent: str, base: int) -> None:
        """Store a new version of a reply."""
        if language not in _LANGUAGES:
            raise StoreError(f"a reply is in {' or '.join(_LANGUAGES)}, not in '{language[:20]}'")
        kept = text.strip() if text is not None else None
        self._store.save(CANNED, language, title.strip(), kept, author=agent, base=base)


def _shipped_replies() -> dict[ReplyLanguage, tuple[tuple[str, str], ...]]:
    out: dict[ReplyLanguage, list[tuple[str, str]]] = {"en": [], "zh": []}
    table = files("assistant.desk").joinpath("replies.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(table.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 4:
            raise ConfigurationError(f"replies.tsv line {number}: wanted 4 columns, got {len(cells)}")
        out["en"].append((cells[0], cells[1]))
        out["zh"].append((cells[2], cells[3]))
    return {language: tuple(rows) for language, rows in out.items()}
