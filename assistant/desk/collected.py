"""What agents put right, kept to learn from: labels in the store, and cases for prompts in a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from assistant.desk.sources import Outcome
from assistant.desk.targets import is_line, language_of
from assistant.errors import StoreError
from assistant.evaluation.prompt_cases import CASES, add_cases, parse_case
from assistant.evaluation.prompt_origins import made_of
from assistant.sessions import Sessions
from assistant.store.conversations import StoredTurn
from assistant.store.desk import Draft
from assistant.store.labels import LabelStore
from assistant.types import INTENTS, Constraints

_MOST_TURNS = 8


class Collected:
    """Takes corrections and cases."""

    def __init__(self, sessions: Sessions, labels: LabelStore, prompts: Path | None) -> None:
        """``prompts`` is the folder with the cases; without it no case can be kept."""
        self._sessions = sessions
        self._labels = labels
        self._prompts = prompts

    def intent(self, conversation: str, number: int, intent: str, agent: str) -> None:
        """Keep what a line really meant."""
        if intent not in INTENTS:
            raise StoreError(f"there is no intent '{intent[:60]}'; it is one of {', '.join(INTENTS)}")
        turn = self._line(conversation, number)
        self._labels.correct(
            "intent",
            turn.message,
            intent,
            was=turn.trace.get("intent"),
            language=language_of(turn),
            author=agent,
            conversation=conversation,
            turn=number,
        )

    def constraints(self, conversation: str, number: int, constraints: Constraints, agent: str) -> bool:
        """Keep what a line really asked for; returns whether it is the last line of the conversation."""
        turn = self._line(conversation, number)
        self._labels.correct(
            "constraints",
            turn.message,
            constraints.to_dict(),
            was=turn.trace.get("ledger"),
            language=language_of(turn),
            author=agent,
            conversation=conversation,
            turn=number,
        )
        return self._sessions.store.count(conversation) == number

    def reply(self, draft: Draft, outcome: Outcome, final: str, agent: str) -> None:
        """Keep what an agent made of a draft, with the line it answers."""
        self._labels.correct(
            "reply",
            outcome.answers or draft.text,
            final,
            was=draft.text,
            language=outcome.language,
            author=agent,
            conversation=draft.conversation_id,
            turn=outcome.turn,
        )

    def case(
        self,
        conversation: str,
        number: int,
        agent: str,
        must_mention: Sequence[str],
        must_not_mention: Sequence[str],
        note: str,
    ) -> str:
        """Add a line, with those before it, to the cases of the recommendation prompts."""
        if self._prompts is None:
            raise StoreError("no folder for cases is set; set ASSISTANT_PROMPTS to a prompts folder")
        turn = self._line(conversation, number)
        said = [t.message for t in self._sessions.history(conversation) if is_line(t) and t.number <= number]
        language = language_of(turn)
        turns = [text for text in said if text.strip()][-_MOST_TURNS:]
        digest = hashlib.sha256("\n".join(turns).encode()).hexdigest()[:10]
        record = {
            "id": f"console-{language}-{digest}",
            "language": language,
            "turns": turns,
            "tags": ["console"],
            "note": " · ".join(filter(None, (note.strip(), agent))),
            "checks": {
                "language": language,
                **({"must_mention_any": [[m] for m in must_mention]} if must_mention else {}),
                **({"must_not_mention": list(must_not_mention)} if must_not_mention else {}),
            },
        }
        try:
            case = parse_case(record)
        except ValueError as error:
            raise StoreError(f"this line makes no case: {error}") from error
        path = self._prompts / CASES / "blurb.jsonl"
        with made_of(self._sessions.store.database, conversation, case.id, path):
            add_cases(path, [case])
        return case.id

    def _line(self, conversation: str, number: int) -> StoredTurn:
        turn = self._sessions.store.turn(conversation, number)
        if turn is None or not is_line(turn) or not turn.message.strip():
            raise StoreError(f"the conversation has no customer line {number}")
        return turn
