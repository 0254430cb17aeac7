"""Conversation: what was asked for, what a message points at, what to do next. Knows no vectors, writes no text."""

from assistant.dialogue.plan import Plan, Planner
from assistant.dialogue.state import DialogueState, Topic

__all__ = ["DialogueState", "Plan", "Planner", "Topic"]
