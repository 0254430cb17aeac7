"""Sentences that need no language model: every fact comes from records, policies and state."""

from assistant.generation.replies.writer import ReplyWriter

__all__ = ["ReplyWriter"]
