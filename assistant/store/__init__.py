"""What must not be lost: conversations and their traces, in SQLite by default, in any SQLAlchemy database by URL."""

from assistant.store.conversations import ConversationStore

__all__ = ["ConversationStore"]
