"""What must not be lost, in SQLite by default, in PostgreSQL by URL: one small store a subject, on one ``Database``."""

from assistant.store.conversations import ConversationStore, StoredTurn
from assistant.store.database import Database
from assistant.store.desk import DeskStore
from assistant.store.events import EventStore
from assistant.store.feedback import FeedbackStore
from assistant.store.insights import InsightStore
from assistant.store.labels import LabelStore
from assistant.store.logins import LoginStore
from assistant.store.policies import PolicyStore
from assistant.store.queue import QueueStore
from assistant.store.retention import purge
from assistant.store.runs import RunStore
from assistant.store.trials import TrialStore
from assistant.store.users import UserStore

__all__ = [
    "ConversationStore",
    "Database",
    "DeskStore",
    "EventStore",
    "FeedbackStore",
    "InsightStore",
    "LabelStore",
    "LoginStore",
    "PolicyStore",
    "QueueStore",
    "RunStore",
    "StoredTurn",
    "TrialStore",
    "UserStore",
    "purge",
]
