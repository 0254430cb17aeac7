"""What agents put right and what they quote: corrections, cases, replies at hand and policies.

Everything kept here is labelled with who did it. Whether they may is for the caller to check.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.desk.cases import CaseReader
from assistant.desk.collected import Collected
from assistant.desk.knowledge import Knowledge
from assistant.desk.records import Canned, PolicyPassage
from assistant.dialogue.topics import replace_ledger
from assistant.store.policies import PassageVersion
from assistant.types import Constraints, ReplyLanguage


class Curator(CaseReader):
    """Reads cases, and keeps what agents put right."""

    _knowledge: Knowledge
    _collected: Collected

    # -- what agents put right -----------------------------------------------------------------------------------------

    def correct_intent(self, conversation: str, turn: int, intent: str, agent: str) -> None:
        """Say what a line really meant; kept as a label.

        Raises:
            StoreError: there is no such line or intent.
        """
        self._collected.intent(conversation, turn, intent, agent)

    def correct_constraints(self, conversation: str, turn: int, constraints: Constraints, agent: str) -> None:
        """Say what a line really asked for; kept as a label. For the last line the ledger is put right too.

        Raises:
            StoreError: there is no such line.
        """
        last = self._collected.constraints(conversation, turn, constraints, agent)
        if last:

            def mend() -> None:
                state = replace_ledger(self._sessions.state(conversation), constraints)
                self._sessions.store.save_state(conversation, state.to_dict())

            self._sessions.in_turn(conversation, mend)

    def keep_as_case(
        self,
        conversation: str,
        turn: int,
        agent: str,
        *,
        must_mention: Sequence[str] = (),
        must_not_mention: Sequence[str] = (),
        note: str = "",
    ) -> str:
        """Add a line, with those before it, to the cases that prompts are tried on; returns the case's id.

        Raises:
            StoreError: there is no such line, or no folder for cases.
            PromptError: the case is there already, or the file cannot be written.
        """
        return self._collected.case(conversation, turn, agent, must_mention, must_not_mention, note)

    # -- what agents quote ---------------------------------------------------------------------------------------------

    def canned(self, language: ReplyLanguage) -> tuple[Canned, ...]:
        """The replies agents keep at hand."""
        return self._knowledge.canned(language)

    def save_canned(self, language: ReplyLanguage, title: str, text: str | None, agent: str, *, base: int) -> None:
        """Store a reply to keep at hand; ``None`` takes it away.

        Raises:
            StoreError: it was edited meanwhile, or has neither title nor text.
        """
        self._knowledge.save_canned(language, title, text, agent, base)

    def policies(self, language: ReplyLanguage | None = None) -> tuple[PolicyPassage, ...]:
        """The passages as they are quoted now, withdrawn ones included."""
        return self._knowledge.policies(language)

    def save_passage(
        self, topic: str, language: str, heading: str, text: str | None, agent: str, *, base: int, note: str = ""
    ) -> PassageVersion:
        """Store a new version of a passage, quoted from the next answer on; ``None`` withdraws it.

        Raises:
            StoreError: the topic or language is unknown, it was edited meanwhile, or it is empty.
        """
        return self._knowledge.save_passage(topic, language, heading, text, agent, base, note)

    def passage_history(self, topic: str, language: str, heading: str) -> tuple[PassageVersion, ...]:
        """Every version of a passage, newest first."""
        return self._knowledge.history(topic, language, heading)
