"""Putting topics into a dialogue state: the one under way replaced, a new one begun, a ledger edited by hand.

Pure functions over states. What a topic should hold, the planner decides.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.dialogue.revisions import remembering
from assistant.dialogue.state import DialogueState, Topic
from assistant.types import Constraints

_MAX_TOPICS = 12


def put_topic(state: DialogueState, topic: Topic) -> DialogueState:
    """The state with the topic under way replaced."""
    assert state.active is not None
    topics = tuple(topic if i == state.active else t for i, t in enumerate(state.topics))
    return replace(state, topics=topics)


def with_topic(state: DialogueState, topic: Topic) -> DialogueState:
    """The state with the topic under way replaced; what it asked for before can be taken back to."""
    assert state.active is not None
    return put_topic(state, remembering(topic, state.topics[state.active]))


def with_new_topic(state: DialogueState, topic: Topic) -> DialogueState:
    """The state with a further topic, which is now under way; the oldest are forgotten."""
    topics = (*state.topics, topic)[-_MAX_TOPICS:]
    return replace(state, topics=topics, active=len(topics) - 1)


def replace_ledger(state: DialogueState, ledger: Constraints) -> DialogueState:
    """The state after the shopper edited the ledger by hand; what was shown may be shown again."""
    if state.topic is None:
        return state
    return with_topic(state, replace(state.topic, constraints=ledger, shown=()))
