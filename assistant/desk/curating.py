"""What agents put right and what they quote: corrections, cases, replies at hand and policies.

Everything kept here is labelled with who did it. Whether they may is for the caller to check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.desk.cases import CaseReader
from assistant.desk.collected import Collected
from assistant.desk.knowledge import Knowledge
from assistant.desk.records import Canned, PolicyPassage
from assistant.desk.targets import is_line
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
            StoreError: there is no such line or intent, or the conversation is not the agent's.
        """
        self._own(conversation, agent)
        self._collected.intent(conversation, turn, intent, agent)

    def correct_constraints(self, conversation: str, turn: int, constraints: Constraints, agent: str) -> None:
        """Say what a line really asked for; kept as a label. For the last line the ledger is put right too.

        Raises:
            StoreError: there is no such line, or the conversation is not the agent's.
        """
        self._own(conversation, agent)

        def mend() -> None:
            # Asked here, where no turn is under way: a line that came meanwhile is the last one now.
            if self._collected.constraints(conversation, turn, constraints, agent):
                self._save_ledger(conversation, constraints)

        self._sessions.in_turn(conversation, mend)

    def change_constraints(self, conversation: str, agent: str, change: Callable[[Constraints], Constraints]) -> bool:
        """Change what is looked for now; kept as a label of the customer's last line.

        Args:
            conversation: its id.
            agent: who puts it right.
            change: the new ledger out of the one that holds when no turn is under way.

        Returns:
            False where it changes nothing, or the customer wrote nothing yet.

        Raises:
            StoreError: the conversation is not the agent's.
        """
        self._own(conversation, agent)

        def mend() -> bool:
            ledger = self._sessions.state(conversation).ledger
            after = change(ledger)
            lines = [t for t in self._sessions.history(conversation) if is_line(t) and t.message.strip()]
            if after == ledger or not lines:
                return False
            self._collected.constraints(conversation, lines[-1].number, after, agent)
            self._save_ledger(conversation, after)
            return True

        return self._sessions.in_turn(conversation, mend)

    def _save_ledger(self, conversation: str, ledger: Constraints) -> None:
        """Within a turn of the conversation."""
        state = replace_ledger(self._sessions.state(conversation), ledger)
        self._sessions.store.save_state(conversation, state.to_dict())

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
            EditConflictError: it was edited meanwhile.
            StoreError: it has neither title nor text.
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
            EditConflictError: it was edited meanwhile.
            StoreError: the topic or language is unknown, or it is empty.
        """
        return self._knowledge.save_passage(topic, language, heading, text, agent, base, note)

    def passage_history(self, topic: str, language: str, heading: str) -> tuple[PassageVersion, ...]:
        """Every version of a passage, newest first."""
        return self._knowledge.history(topic, language, heading)
